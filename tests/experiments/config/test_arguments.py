"""What stands on the command line besides overrides, and what the tab key makes of it."""

from __future__ import annotations

import pytest

from experiments.config.shell.arguments import arranged
from experiments.config.shell.completion import answer, completions
from experiments.config.shell.values import allowed, in_lists
from experiments.errors import ConfigError
from models.activations import ACTIVATIONS
from models.optimizers import OPTIMIZERS

FILE = "# @package _global_\nmodel: {depth: 1}\n"


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "own.yaml").write_text(FILE)
    return tmp_path


@pytest.mark.parametrize(
    "typed",
    [
        ["model.depth=1"],
        ["-m", "dataset=sine", "model.depth=1,2"],
        ["dataset=sine", "model.depth=1,2", "--multirun"],
        ["--cfg", "job", "-p", "model", "model.depth=1"],
        ["-sc", "install=bash"],
        ["--help"],
        [],
    ],
)
def test_what_hydra_takes_stays_as_it_was_typed(typed):
    assert arranged(typed) == typed


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        (["a=1", "-m", "b=1,2"], ["--multirun", "a=1", "b=1,2"]),
        (["a=1", "--cfg", "job", "b=1"], ["--cfg=job", "a=1", "b=1"]),
        (["a=1", "-cd", "conf", "~b", "-m"], ["--multirun", "--config-dir=conf", "a=1", "~b"]),
        (["-m", "--cfg", "job", "a=1"], ["--cfg=job", "a=1", "hydra.mode=MULTIRUN"]),
        (["--info", "a=1"], ["--info=all", "a=1"]),
        (["--multi", "a=1"], ["--multirun", "a=1"]),
        (["--allow-plug", "a=1"], ["--allow-plugins", "a=1"]),
        (["--info", "defaults", "a=1"], ["--info", "defaults", "a=1"]),
    ],
)
def test_flags_stand_anywhere(typed, taken):
    assert arranged(typed) == taken


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (["--mulitrun"], "error: --mulitrun: unknown flag, .*; did you mean --multirun\\? known: "),
        (["--cfg", "jb"], "error: --cfg: invalid choice: 'jb' .*; see python run.py --hydra-help"),
        (["--cfg"], "error: --cfg: expected one argument; see "),
        (["--resolve"], "error: --resolve: is for --cfg, received without it; add --cfg job"),
        (["-r", "-m"], "error: --run: does not go with --multirun, received both; choose one"),
        (["-sc"], "error: --shell-completion: needs a shell, received 'nothing'; for example "),
        (["-sc", "install=tcsh"], "error: --shell-completion: .*; for example -sc install=bash; "),
        (["-cd", "none"], "error: --config-dir: there is no such folder, received 'none'; name "),
        (["-cn", "none"], "error: --config-name: there is no none.yaml, received 'none'; name a "),
        (["-cp", "none"], "error: --config-path: takes the place of .*; use --config-dir, which "),
        (["--cfg", "job", "-m", "a=1,2"], "error: a: one config is shown, received '1,2'; name "),
        (["--experimental-rerun", "x"], "error: --experimental-rerun: there is no such file, rec"),
        (["--experimental-rerun", "x", "a=1"], "error: --experimental-rerun: takes no overrides"),
    ],
)
def test_a_flag_that_leads_nowhere_is_one_line(typed, line):
    with pytest.raises(ConfigError, match=f"^{line}") as raised:
        arranged(typed)
    (problem,) = raised.value.problems
    assert "\n" not in str(problem)


def test_files_that_hydra_would_pass_over_are_named(mine):
    assert arranged(["-cd", str(mine), "experiment=own"]) == ["-cd", str(mine), "experiment=own"]
    for name in ("sine_deep", "sine_linear"):
        (mine / "experiment" / f"{name}.yaml").write_text(FILE)
    with pytest.raises(ConfigError, match="give the file another name") as raised:
        arranged(["-cd", str(mine), "experiment=own"])
    assert [problem.what.rpartition("/")[2] for problem in raised.value.problems] == [
        "sine_deep.yaml'",
        "sine_linear.yaml'",
    ]


def test_what_is_no_pickle_is_refused_before_hydra_reads_it(tmp_path):
    (tmp_path / "config.pickle").write_text("")
    with pytest.raises(ConfigError, match="is no pickle of Hydra's"):
        arranged(["--experimental-rerun", str(tmp_path / "config.pickle")])


def test_the_config_of_a_run_is_not_passed_over_in_silence(tmp_path):
    (tmp_path / "config.yaml").write_text("{}\n")
    (tmp_path / "overrides.yaml").write_text("- dataset=cubic\n- model.width=[1,2]\n")
    again = r"to repeat (the|its) run: python run\.py dataset=cubic 'model\.width=\[1,2\]'$"
    with pytest.raises(ConfigError, match=again):
        arranged(["--config-dir", str(tmp_path), "--config-name", "config"])
    with pytest.raises(ConfigError, match=again):
        arranged(["--experimental-rerun", str(tmp_path / "config.pickle")])


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("model.activation", ACTIVATIONS),
        ("training.optimizer", OPTIMIZERS),
        ("split.how", ("tail", "shuffled")),
        ("sweep.settle", ("true", "false")),
        ("open", ("true", "false")),
        ("training.vary", ("[weights", "[data", "[split")),
        ("training.repeats", ("auto",)),
        ("training.epochs", ()),
        ("training", ()),
        ("nothing.at_all", ()),
    ],
)
def test_a_key_allows_what_its_spec_allows(key, names):
    assert allowed(key) == [*names]


@pytest.mark.parametrize(
    ("value", "candidates"),
    [
        ("", ["tanh", "relu", "elu"]),
        ("r", ["relu"]),
        ("relu", ["relu"]),
        ("tanh,", ["tanh,relu", "tanh,elu"]),
        ("tanh,e", ["tanh,elu"]),
        ("tanh,relu,", ["tanh,relu,elu"]),
        ("[", ["[tanh", "[relu", "[elu"]),
        ("[relu,t", ["[relu,tanh"]),
        ("no", []),
    ],
)
def test_values_go_on_after_a_comma_and_in_a_list(value, candidates):
    assert in_lists(value, ["tanh", "relu", "elu"]) == candidates


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("model.activation=re", ["model.activation=relu"]),
        ("-m dataset=sine,cu", ["dataset=sine,cubic"]),
        ("dataset=sine -m training.opt", ["training.optimizer="]),
        ("-m --cfg job sweep.settle=t", ["sweep.settle=true"]),
        ("experiment=sine_", [f"experiment=sine_{end}" for end in ("deep", "linear", "sigmoid2")]),
        ("hydra/launcher=s", ["hydra/launcher=stacked", "hydra/launcher=submitit"]),
        ("--mul", ["--multirun"]),
        ("--cfg ", ["job", "hydra", "all"]),
        ("--config-dir ", []),
        ("model=pinv model.", ["model.kind="]),
        ("training.epochs=", ["training.epochs=500"]),
    ],
)
def test_the_tab_key_completes(line, candidates):
    for program in ("python run.py", "python3 ./run.py", ".venv/bin/python -X dev /some/run.py"):
        assert completions(f"{program} {line}") == candidates


def test_an_empty_word_may_become_anything():
    assert {"dataset=", "experiment=", "training."} <= set(completions("python run.py "))


def test_the_tab_key_knows_a_persons_own_files(mine):
    assert completions(f"python run.py --config-dir {mine} experiment=o") == ["experiment=own"]


def test_the_line_ends_at_the_cursor_and_no_error_gets_into_it(monkeypatch):
    line = "python run.py split.how=t dataset=cubic"
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setenv("COMP_POINT", str(line.index(" dataset")))
    assert answer(["-sc", "query=bash"]) == "split.how=tail"
    monkeypatch.setenv("COMP_LINE", "python run.py split.how=")
    monkeypatch.setenv("COMP_POINT", "")
    assert answer(["-sc", "query=fish"]) == "split.how=tail\nsplit.how=shuffled"
    assert answer(["-sc", "install=bash"]) is None
    monkeypatch.setenv("COMP_LINE", "python run.py 'dataset=(( model")
    assert answer(["-sc", "query=bash"]) == ""
