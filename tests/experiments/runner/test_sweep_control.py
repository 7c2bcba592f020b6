"""How control goes through a sweep: what is checked, what is read, and what its settings decide."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest
import yaml

from experiments.config import compose
from experiments.config.field_text import fields
from experiments.config.sweep_settings import SweepSettings
from experiments.errors import ConfigError
from experiments.runner.purposes import PURPOSES
from experiments.storage import sweep_folder
from experiments.storage.outcome import Outcome
from tests.conftest import ROOT

SECTION = yaml.safe_load((ROOT / "conf/config.yaml").read_text())["sweep"] | {"name": "s"}
SETTINGS = SweepSettings(**SECTION | {"margin": 1.2})
COUNTING = """
import json, runpy, sys
from experiments.config import schema
from experiments.storage import sweep_folder

calls = []

def counted(module, name):
    function = getattr(module, name)
    def call(*arguments):
        calls.append([name, sys._getframe(1).f_globals["__name__"]])
        return function(*arguments)
    setattr(module, name, call)

counted(schema, "check_config")
counted(schema, "together")
counted(sweep_folder, "load_sweep")
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    with open("calls.json", "w") as file:
        json.dump(calls, file)
"""


def calls(folder, *arguments):
    """(function, module that called it) of each check of a config and read of sweep.json."""
    code = f"import sys; sys.argv[0] = {str(ROOT / 'run.py')!r}{COUNTING}"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "model=pinv"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(call) for call in json.loads((folder / "calls.json").read_text())]


@pytest.mark.parametrize(
    ("arguments", "checks"),
    [
        (["hydra.run.dir=r"], 1),
        (["-m", "dataset=linear,cubic", "hydra.sweep.dir=s"], 2),
        (["-m", "dataset=linear,cubic", "hydra.sweep.dir=s", "hydra/launcher=basic"], 2),
        (["-m", "dataset=linear,cubic", "hydra.sweep.dir=s", "hydra.sweeper.max_batch_size=1"], 2),
    ],
)
def test_a_config_is_checked_once_and_a_sweep_is_read_once(tmp_path, arguments, checks):
    found = calls(tmp_path, *arguments)
    assert sum(name in ("check_config", "together") for name, _ in found) == checks
    reads = [by for name, by in found if name == "load_sweep"]
    assert reads == [sweep_folder.__name__] * ("-m" in arguments)


def test_what_a_sweep_may_be_made_for_has_a_folder_of_choices():
    assert set(compose.PURPOSE_GROUPS) == set(PURPOSES)


def test_fail_fast_looks_at_the_state_of_a_run():
    fast = SweepSettings(**SECTION | {"fail_fast": True})
    for state, ends in (("done", False), ("diverged", True), ("failed", True), ("refused", True)):
        assert fast.ended_by(Outcome(state)) == ends
        assert not SETTINGS.ended_by(Outcome(state))


def test_stages_need_the_launcher_that_trains_together():
    settled = SweepSettings(**SECTION | {"settle": True, "max_repeats": 40})
    assert (SETTINGS.stages, settled.stages) == ((), (10, 20, 40))
    settled.check_launcher(together=True)
    SETTINGS.check_launcher(together=False)
    with pytest.raises(ConfigError, match=r"^error: sweep\.settle: needs the launcher that trains"):
        settled.check_launcher(together=False)


def test_a_record_of_a_sweep_is_read_as_it_was_written(tmp_path):
    record = SETTINGS.record("python run.py -m", "2026", [])
    sweep_folder.write_sweep(tmp_path, record)
    assert sweep_folder.read_sweep(tmp_path) == record
    assert (record.margin, record.stages) == (1.2, ())
    assert sweep_folder.read_sweep(tmp_path / "nowhere") is None
    assert sweep_folder.held_sweep(tmp_path / "nowhere") is None
    (tmp_path / sweep_folder.SWEEP).write_text('{"name": 3}')
    assert sweep_folder.read_sweep(tmp_path) is None
    with pytest.raises(ConfigError, match="is there and cannot be read"):
        sweep_folder.held_sweep(tmp_path)


PLUGINS = """
from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra_plugins.archlab import launcher
from hydra_plugins.archlab.sweeper import GridSweeper

class Mine(launcher.StackedLauncher):
    pass

class StackedLauncher(BasicLauncher):
    pass

class Grids(GridSweeper):
    pass
"""


@pytest.mark.parametrize(
    ("plugin", "names"),
    [
        ("launcher._target_=%s.Mine", ["0000-pinv", "0001-svd-"]),
        ("launcher._target_=%s.StackedLauncher", ["0", "1"]),
        ("sweeper._target_=%s.Grids", ["0000-pinv", "0001-svd-"]),
    ],
)
def test_launchers_and_sweepers_are_known_by_class_not_by_name(tmp_path, plugin, names):
    """Only the launcher that trains together names folders by what their runs are."""
    package = tmp_path / "hydra_plugins" / "mine"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "plugins.py").write_text(PLUGINS)
    target = f"hydra.{plugin % 'hydra_plugins.mine.plugins'}"
    line = ["--allow-plugins", "model=pinv,svd", "hydra.sweep.dir=s"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "-m", *line, target],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.parent.name[:9] for path in (tmp_path / "s").glob("*/status.json")) == names


OURS = [ROOT / "run.py", *(ROOT / "hydra_plugins").rglob("*.py")]
OURS += (ROOT / "experiments").rglob("*.py")


def test_hydras_private_modules_stand_in_one_file():
    found = {path.name for path in OURS if "hydra._internal" in path.read_text()}
    assert found == {"hydra_private.py"}


CHANGES = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "clear", "remove"}


def test_no_module_holds_what_a_process_has_come_to():
    """No function fills what stands at the top of a module; the session is what it may fill."""
    for path in OURS:
        tree = ast.parse(path.read_text())
        targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
        targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        for node in (inner for function in functions for inner in ast.walk(function)):
            assert not isinstance(node, ast.Global), path
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert not (node.value.id in names and node.attr in CHANGES), path
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                assert not (node.value.id in names and isinstance(node.ctx, ast.Store)), path


def test_every_key_of_a_sweep_is_read_by_something():
    trees = [ast.parse(path.read_text()) for path in OURS]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    read = {node.attr for node in nodes if isinstance(node.ctx, ast.Load)}
    assert set(fields(SweepSettings)) <= read
