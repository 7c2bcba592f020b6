"""Values that Hydra stumbles over: one line that names the key, exit code 2, and no folder."""

from __future__ import annotations

import pytest

from experiments import compare, run
from experiments.config.explain import explain
from experiments.config.shell.arguments import arranged
from experiments.errors import ConfigError

SEARCH = ["-m", "hydra/sweeper=optuna"]
ROWS = [
    (["dataset.kind=[5,5]"], "dataset.kind: unknown dataset, received [5, 5]"),
    (["model.kind={a:1}"], "model.kind: unknown model, received {'a': 1}"),
    (["model=1"], "model: "),
    (["=3"], "'=3': Config group override must be"),
    ([""], "'': cannot be read"),
    (["~"], "'~': "),
    ([f"model.width={'[' * 300}1{']' * 300}"], "model.width: is nested too deep, received '[[["),
    (["-m", f"model.width=2,{'[' * 5000}1{']' * 5000}"], "model.width: is nested too deep"),
    (["-m", "model=1,2"], "model: "),
    (["-m", "dataset.seed=range(0,1,0)"], "dataset.seed: a range needs a step other than 0"),
    (["-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=0"], "hydra.launcher.n_jobs: "),
    (["-m", "hydra.launcher._target_=os.system"], "hydra.launcher._target_: "),
    (["-m", "hydra.sweeper._target_=subprocess.run"], "hydra.sweeper._target_: "),
    (["-m", "hydra.sweeper._target_=[1]"], "hydra.sweeper._target_: "),
    (["hydra.verbose=3"], "hydra.verbose: must be true, false, or names of loggers, received 3"),
    (["hydra.verbose=[hydra,1]"], "hydra.verbose: "),
    ([*SEARCH, "model.width=interval(5,inf)"], "model.width: must have two ends"),
    ([*SEARCH, "model.width=interval(nan,5)"], "model.width: must have two ends"),
    ([*SEARCH, "model.width=range(1,5,0)"], "model.width: takes no step"),
    ([*SEARCH, "model.width=range(1,1000000000)"], "model.width: has more than 100,000 steps"),
    ([*SEARCH, "model.width=shuffle(range(1,1000000000))"], "model.width: has more than 100,000"),
]


@pytest.mark.parametrize(("arguments", "line"), ROWS, ids=[row[0][-1][:30] for row in ROWS])
def test_a_value_that_hydra_stumbles_over_is_one_line(ask, tmp_path, arguments, line):
    ended = ask(tmp_path, arguments)
    assert ended.stderr.startswith(f"error: {line}"), ended.stderr
    assert all(one.startswith("error: ") and "; " in one for one in ended.stderr.splitlines())
    assert "HYDRA_FULL_ERROR" not in ended.stderr
    assert ended.returncode == 2
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["model=pinv", "hydra.run.dir=r"], "r/run.log"),
        (["model=pinv", "hydra.run.dir=r"], "r/.hydra/config.yaml"),
        (["-m", "model=pinv,svd", "hydra.sweep.dir=r"], "r/sweep.log"),
        (["-m", "model=pinv,svd", "hydra.sweep.dir=r"], "r/.lock"),
    ],
)
def test_a_folder_where_a_file_belongs_is_named(ask, tmp_path, arguments, name):
    (tmp_path / name).mkdir(parents=True)
    ended = ask(tmp_path, arguments)
    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert name in ended.stderr
    assert "is a folder where a file belongs" in ended.stderr


TABLE = ["dataset=csv", "dataset.features=x", "dataset.target=y"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([*TABLE, "dataset.path=é.csv"], "dataset.path: cannot be read"),
        (["model.width=é", "model.width=é"], "model.width: cannot be read"),
        (["hydra/launcher=loky", "hydra.launcher.n_jobs=1"], "hydra.launcher.n_jobs: "),
        (["--cfg", "job", "-p", "nope"], "--package: there is no such part, received 'nope'"),
        (["--cfg", "all", "--package=model.widht"], "--package: there is no such part"),
        (["-p", "model"], "--package: is for --cfg"),
    ],
    ids=lambda given: given[-1] if isinstance(given, list) else "",
)
def test_one_mistake_is_one_line(ask, tmp_path, arguments, line):
    ended = ask(tmp_path, arguments)
    assert ended.stderr.startswith(f"error: {line}"), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stdout == ""
    assert ended.returncode == 2


def test_a_part_of_the_config_is_shown(ask, tmp_path):
    ended = ask(tmp_path, ["--cfg", "job", "-p", "model"])
    assert ended.stdout.startswith("# @package model\nkind: network\n")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_file_that_is_nested_without_end_is_one_line(ask, tmp_path):
    (tmp_path / "experiment").mkdir()
    lists = f"# @package _global_\nmodel:\n  width: {'[' * 5000}1{']' * 5000}\n"
    (tmp_path / "experiment" / "deep.yaml").write_text(lists)
    ended = ask(tmp_path, ["--config-dir=.", "experiment=deep"])
    assert "deep.yaml: is too large for a config, received values nested" in ended.stderr
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)


def test_a_working_folder_that_is_gone_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for door in (
        lambda: arranged(["model.widht=3"]),
        lambda: run(model__widht=3),
        lambda: compare(model__widht=3),
    ):
        with pytest.raises(ConfigError, match="error: working folder: is gone"):
            door()
    outcome = explain(ValueError("it broke"), ["model.widht=3"])
    assert [problem.key for problem in outcome.problems] == ["working folder"]


@pytest.mark.parametrize("first", [3, 12])
def test_a_full_disk_is_one_line_for_all_runs(ask, tmp_path, first):
    sweep = ["-m", "model=pinv,svd", "dataset=linear", "dataset.seed=1,2,3", "hydra.sweep.dir=s"]
    ended = ask(tmp_path, sweep, fail_write=first, full=True)
    assert ended.returncode == 3
    assert ended.stderr.count("error: ") == 1, ended.stderr
    assert " more: No space left on device; free space" in ended.stderr


@pytest.mark.parametrize("key", ["model.activation", "model." + "w" * 10**5])
def test_an_enormous_value_or_key_loses_its_middle(key):
    with pytest.raises(ConfigError) as refused:
        run(**{key.replace(".", "__"): "x" * 10**5})
    line = str(refused.value)
    assert line.startswith(f"error: {key[:400].replace('.', '__')}")
    assert " … " in line
    assert len(line) < 8000
    assert "\n" not in line
