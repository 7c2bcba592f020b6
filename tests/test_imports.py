"""Imports point one way only, and heavy libraries stay in their rooms."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

ROOMS = ("datasets", "models", "experiments", "hydra_plugins")
# room -> the rooms that it may import
ALLOWED = {
    "datasets": set(),
    "models": {"datasets"},
    "experiments": {"datasets", "models"},
    "hydra_plugins": {"experiments"},
}
# Inside experiments, from the top down; a module imports only those below it.
LAYERS = [
    {"gates", "predict", "sweep"},
    {"staged"},
    {"pipeline"},
    {"lessons"},
    {"cases"},
    {"manifest", "results", "report", "scoreboard"},
    {"comparison"},
    {"runs", "wording"},
    {"plots", "terminal"},
    {"varied"},
    {"limits", "metrics", "record"},
    {"config", "data", "history", "statistics", "versions"},
    {"machine"},
    {"claims"},
    {"checks"},
    {"constraints", "stages"},
    {"significance"},
    {"contenders"},
    {"equal_runs", "errors", "pair_tests", "stuck"},
]
# library -> where it may be imported
HOMES = {
    "hydra": ("run.py", "experiments/config/", "hydra_plugins/"),
    "omegaconf": ("run.py", "experiments/config/", "hydra_plugins/"),
    "matplotlib": ("experiments/plots/",),
    "keras": (
        "models/",
        "experiments/plots/diagram.py",
        "experiments/cases.py",
        "experiments/pipeline.py",
        "experiments/predict.py",
        "experiments/results.py",
        "experiments/report/__init__.py",
    ),
    "tensorflow": ("models/",),
    "jinja2": ("experiments/report/",),
    "rich": (
        "experiments/gates/",
        "experiments/scoreboard.py",
        "experiments/terminal.py",
        "experiments/sweep.py",
        "experiments/pipeline.py",
    ),
}
DATASETS_MAY_IMPORT = {"numpy", "pandas", "sklearn", "pydantic"}
HEAVY = {"tensorflow", "keras", "sklearn", "scipy", "matplotlib"}
FILES = [ROOT / "run.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]


def imports(path):
    """(absolute module name, at module level?) of every import, type-checking ones left out."""
    package = path.relative_to(ROOT).parent.parts
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{stem}.{alias.name}", id(node) in top


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path):
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[0]
    for module, at_top in imports(path):
        first = module.split(".")[0]
        if first in ROOMS and first != room and room in ALLOWED:
            assert first in ALLOWED[room] or module.startswith("hydra_plugins.archlab"), module
        if first in HOMES:
            assert place.startswith(HOMES[first]), f"{module} in {place}"
        if first in HEAVY and not place.startswith("experiments/plots/"):
            assert not at_top, f"{module} is imported on use, not at the top"
        if room == "datasets" and first not in sys.stdlib_module_names and first != "datasets":
            assert first in DATASETS_MAY_IMPORT, module


def test_inside_experiments_imports_point_down():
    rank = {name: level for level, names in enumerate(LAYERS) for name in names}
    found = {
        path.relative_to(ROOT / "experiments").parts[0].removesuffix(".py")
        for path in FILES
        if "experiments/" in path.as_posix()
    }
    assert found - {"__init__"} == set(rank)
    for path in (ROOT / "experiments").rglob("*.py"):
        here = path.relative_to(ROOT / "experiments").parts[0].removesuffix(".py")
        for module, _ in imports(path):
            parts = module.split(".")
            if parts[0] == "experiments" and parts[1] in rank and parts[1] != here:
                assert rank[parts[1]] >= rank[here], f"{path.name} imports {module}"


def test_checking_a_config_imports_nothing_heavy():
    code = "import experiments.config, models, datasets, sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in [*HEAVY, "pandas"]:
        assert f"'{name}'" not in done.stdout
