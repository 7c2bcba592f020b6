"""Imports point one way only, and heavy libraries stay in their rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from graphlib import TopologicalSorter

import pytest

from experiments.storage import provenance
from tests.conftest import ROOT

# From the bottom up; a module imports only from its own room and from floors below. A room of
# experiments is a package or a module directly in it.
FLOORS = [
    {"datasets", "errors", "record", "theme"},
    {"ctrl_c", "models", "storage", "text"},
    {"config", "scoring", "comparison", "plots", "search", "terminal", "saved_model"},
    {"task", "report", "predict"},
    {"lessons", "gates", "animate", "ahead", "notebook", "export"},
    {"runner"},
    {"run", "hydra_plugins", "interactive", "verify"},
]
TOP = ("datasets", "models", "experiments", "hydra_plugins")
# library -> where it may be imported
HOMES = {
    "hydra": ("run.py", "experiments/config/", "hydra_plugins/"),
    "omegaconf": ("run.py", "experiments/config/", "hydra_plugins/"),
    "matplotlib": ("experiments/plots/", "experiments/interactive/"),  # there as a type
    "keras": (
        "models/",
        "experiments/plots/diagram.py",
        "experiments/runner/run.py",
        "experiments/saved_model.py",
        "experiments/scoring/summarize.py",
    ),
    "optuna": ("experiments/search/",),
    "tensorflow": ("models/", "experiments/export/destinations/"),
    "mlflow": ("experiments/export/",),
    "tensorboard": ("experiments/export/destinations/",),
    "jinja2": ("experiments/notebook/", "experiments/report/"),
    "rich": (
        "experiments/gates/",
        "experiments/report/",
        "experiments/runner/",
        "experiments/terminal/",
    ),
}
DATASETS_MAY_IMPORT = {"numpy", "pandas", "sklearn", "pydantic"}
HEAVY = {"tensorflow", "keras", "sklearn", "scipy", "matplotlib"}
FILES = [ROOT / "run.py", *(path for top in TOP for path in sorted((ROOT / top).rglob("*.py")))]


def module_of(path):
    """`experiments.report.svg` of a file; a package's name of its `__init__`."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def room_of(module):
    """The room of one of our modules, None of another's and of `experiments` itself."""
    parts = module.split(".")
    if parts[0] == "experiments":
        return parts[1] if len(parts) > 1 else None
    return parts[0] if parts[0] in (*TOP, "run") else None


def imports(path):
    """(absolute module name, at module level?) of every import, type-checking ones included."""
    package = path.relative_to(ROOT).parent.parts
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{stem}.{alias.name}", id(node) in top


RANK = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_from_floors_below(path):
    here = room_of(module_of(path))
    assert here is None or here in RANK, f"{here} has no floor yet"
    for module, _ in imports(path):
        room = room_of(module)
        if room is not None and room != here and here is not None:
            assert RANK[room] < RANK[here], f"{module} in {here}"


def test_every_room_is_there_and_no_floor_is_too_many():
    found = {room_of(module_of(path)) for path in FILES} - {None}
    assert found == set(RANK)
    assert len(FLOORS) <= 7


def test_no_modules_import_each_other_in_a_circle():
    ours = {module_of(path): path for path in FILES}
    graph = {}
    for name, path in ours.items():
        stems = {module.rpartition(".")[0] for module, _ in imports(path)}
        named = {module for module, _ in imports(path)}
        # `from .x import name`: the module x, unless x.name is a module itself.
        graph[name] = {m for m in named if m in ours} | {
            m.rpartition(".")[0] for m in named - set(ours) if m.rpartition(".")[0] in stems
        } & set(ours) - {name}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_libraries_stay_in_their_rooms(path):
    place = path.relative_to(ROOT).as_posix()
    for module, at_top in imports(path):
        first = module.split(".")[0]
        if first in HOMES:
            assert place.startswith(HOMES[first]), f"{module} in {place}"
        if first in HEAVY and not place.startswith("experiments/plots/"):
            assert not at_top, f"{module} is imported on use, not at the top"
        if place.startswith("datasets/") and first not in {*sys.stdlib_module_names, "datasets"}:
            assert first in DATASETS_MAY_IMPORT, module


def test_no_code_that_can_move_a_number_escapes_the_hash():
    """What hashed packages import of ours is hashed too, or plain data."""
    hashed = tuple(package.replace("/", ".") for package in provenance.NUMBERS)
    for path in FILES:
        if module_of(path).startswith(hashed):
            for module, _ in imports(path):
                ours = room_of(module) is not None and not module.startswith(hashed)
                assert not ours or module.startswith("experiments.record."), f"{module} in {path}"


def test_checking_a_config_imports_nothing_heavy():
    code = "import experiments.config.compose, models, datasets, sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in [*HEAVY, "pandas"]:
        assert f"'{name}'" not in done.stdout


def test_comparing_runs_imports_nothing_that_draws_or_trains():
    code = "from experiments import report; import sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in HEAVY:
        assert f"'{name}'" not in done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 45
    }
    assert not long


def top_names(path):
    """The names that a file gives at its top."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            if isinstance(target, ast.Name):
                yield target.id


def demanded(path, given):
    """Which of a file's names others demand: Python, a program's door, a folder that is a registry.

    A package that finds its modules by itself asks all of them for the same names.
    """
    found = {name for name in given[path] if name.startswith("__")}
    if 'if __name__ == "__main__":' in path.read_text(encoding="utf-8"):
        found.add("main")
    package = path.with_name("__init__.py")
    if (
        path != package
        and package in given
        and "iter_modules(__path__)" in package.read_text(encoding="utf-8")
    ):
        modules = [one for one in given if one.parent == path.parent and one != package]
        found |= set.intersection(*(set(given[one]) for one in modules))
    return found


def test_few_names_mean_two_things():
    """What stands at the top of several files, but for the parts that a protocol demands."""
    given = {path: list(top_names(path)) for path in FILES}
    homes = defaultdict(set)
    for path in FILES:
        for name in set(given[path]) - demanded(path, given):
            homes[name].add(path.relative_to(ROOT).as_posix())
    twice = {name: sorted(places) for name, places in homes.items() if len(places) > 1}
    assert len(twice) <= 15, f"call it otherwise, or share it: {twice}"
