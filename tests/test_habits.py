"""What Hydra's users are used to, on archlab's command line; see docs/hydra.md."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from experiments.storage import run_folder
from tests.conftest import ROOT

QUICK = ["model.depth=0", "training.epochs=2", "training.repeats=2"]
PICKLE = (
    "+hydra.callbacks.pickle._target_=hydra.experimental.callbacks.PickleJobInfoCallback",
    "hydra.run.dir=first",
)
OWN = "# @package _global_\nmodel: {depth: 0}\ntraining: {epochs: 3, repeats: 2}\n"
PAGE = (ROOT / "docs" / "hydra.md").read_text(encoding="utf-8")


def states(folder):
    return {path.parent.name: run_folder.state(path.parent) for path in folder.glob("*/.hydra")}


@pytest.fixture
def mine(tmp_path):
    """A person's own preset, a table, and the file of a sweep as docs/hydra.md has it."""
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "experiment" / "own.yaml").write_text(OWN)
    (widths,) = re.findall(r"```yaml\n(defaults:.*?)```", PAGE, re.DOTALL)
    (tmp_path / "mine" / "widths.yaml").write_text(widths)
    rows = "".join(f"{k},{3 * k + 1}\n" for k in range(40))
    (tmp_path / "table.csv").write_text(f"a,b\n{rows}")
    return tmp_path


def test_a_run_is_run_again_from_its_pickle(ask, tmp_path):
    assert ask(tmp_path, [*PICKLE, *QUICK]).returncode == 0
    metrics = (tmp_path / "first" / "metrics.json").read_bytes()
    (tmp_path / "first" / "metrics.json").unlink()
    done = ask(tmp_path, ["--experimental-rerun", "first/.hydra/config.pickle"])
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)
    again = json.loads((tmp_path / "first" / "metrics.json").read_text())
    assert again["val/mse"] == json.loads(metrics)["val/mse"]
    assert run_folder.state(tmp_path / "first") == "done"


@pytest.mark.parametrize(
    "content", [pickle.dumps({"a": 1}), b"\x80\x04", b"\x80\xff.", b"\x80\x04cnosuchmodule\nx\n."]
)
def test_a_pickle_that_holds_no_config_is_one_line(ask, tmp_path, content):
    (tmp_path / "config.pickle").write_bytes(content)
    refused = ask(tmp_path, ["--experimental-rerun", "config.pickle"])
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert refused.stderr.startswith("error: --experimental-rerun: holds no config of a run (")


def test_files_of_a_persons_own_are_found(ask, mine):
    done = ask(mine, ["experiment=own", "--config-dir", "mine", "hydra.run.dir=here"])
    assert done.returncode == 0
    config = yaml.safe_load((mine / "here" / ".hydra" / "config.yaml").read_text())
    assert config["training"]["epochs"] == 3
    refused = ask(mine, ["--config-dir", "mine", "experiment=oven"])
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: experiment: unknown experiment, received 'oven'; ")
    assert ", own, " in refused.stderr


def test_a_sweep_stands_in_a_file_and_its_errors_are_explained(ask, mine):
    given = ["--config-dir", "mine", "--config-name", "widths", "-m", "hydra.sweep.dir=here"]
    done = ask(mine, [*given, *QUICK[1:], "model.depth=1", "training.seed=1"])
    assert done.returncode == 0
    assert len(states(mine / "here")) == 4, "the file's widths, and the seed of the command line"
    refused = ask(mine, [*given, "training.epochs=x", "model.dept=1"])
    assert refused.returncode == 2
    keys = [line.split(": ")[1] for line in refused.stderr.splitlines()]
    assert sorted(keys) == ["model.dept", "training.epochs"]


def test_values_come_from_a_file_by_the_shell(ask, tmp_path):
    (tmp_path / "widths.txt").write_text("2\n3\n")
    (line,) = re.findall(r"^python run\.py -m (model\.width=\$\(.*)$", PAGE, re.MULTILINE)
    echo = ["bash", "-c", f"echo {line}"]
    word = subprocess.run(echo, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert word.strip() == "model.width=2,3"
    done = ask(tmp_path, ["-m", word.strip(), "model.depth=1", *QUICK[1:], "hydra.sweep.dir=here"])
    assert done.returncode == 0
    assert set(states(tmp_path / "here").values()) == {"done"}


@pytest.mark.parametrize("more", [[], ["-m"], ["-m", "hydra/launcher=basic"]])
def test_another_folder_of_work_moves_no_path(ask, mine, more):
    table = ["dataset=csv", "dataset.path=table.csv", "dataset.features=[a]", "dataset.target=b"]
    folders = ["hydra.run.dir=runs/here", "hydra.sweep.dir=runs", "hydra.sweep.subdir=here"]
    done = ask(mine, [*table, *folders, *QUICK, *more, "hydra.job.chdir=true"])
    assert (done.returncode, states(mine / "runs")) == (0, {"here": "done"})
    assert "report: runs/here/report.html" in done.stdout or more[1:]
    assert {path.name for path in mine.iterdir()} == {"mine", "runs", "table.csv"}
    assert not list((mine / "runs").rglob("runs"))


def test_what_hydra_is_asked_about_itself_is_told(ask, tmp_path):
    shown = ask(tmp_path, ["dataset=cubic", "-m", "--cfg", "job", "-p", "dataset"])
    assert (shown.returncode, shown.stderr) == (0, "")
    assert yaml.safe_load(shown.stdout)["kind"] == "cubic"
    for asked in (["--cfg", "hydra"], ["--info", "dataset=cubic"], ["--hydra-help"]):
        told = ask(tmp_path, asked)
        assert (told.returncode, told.stderr) == (0, "")
        assert len(told.stdout.splitlines()) > 20
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "setting",
    [
        "hydra.output_subdir=null",
        "hydra.verbose=true",
        "hydra/job_logging=none",
        "hydra.job.name=x",
    ],
)
def test_hydras_settings_of_a_job_are_taken(ask, tmp_path, setting):
    done = ask(tmp_path, [setting, "model=pinv", "dataset=linear", "hydra.run.dir=here"])
    assert (done.returncode, run_folder.state(tmp_path / "here")) == (0, "done")
    assert (tmp_path / "here" / ".hydra").exists() == (setting != "hydra.output_subdir=null")


def test_the_mode_is_a_setting_too(ask, tmp_path):
    line = ["hydra.mode=MULTIRUN", "model=pinv,svd", "dataset=linear", "hydra.sweep.dir=here"]
    assert ask(tmp_path, line).returncode == 0
    assert set(states(tmp_path / "here").values()) == {"done"}


def test_hydras_own_submitit_is_refused_with_what_to_use(ask, tmp_path):
    done = ask(tmp_path, ["-m", "hydra/launcher=submitit_local", *QUICK])
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.endswith(
        "received 'submitit_local'; archlab's own takes its place: hydra/launcher=submitit"
    )


@pytest.mark.parametrize(
    ("word", "candidates"),
    [
        ("model.activation=tanh,re", ["model.activation=tanh,relu"]),
        ("split.how=", ["split.how=tail", "split.how=shuffled"]),
        ("--multi", ["--multirun"]),
        ("dataset=c", ["dataset=csv", "dataset=cubic"]),
    ],
)
def test_bash_completes_with_hydras_own_script(word, candidates):
    """Bash calls the function with the words of the line, and takes what it leaves."""
    line = f"python run.py -m {word}"
    asked = f"""eval "$(python run.py -sc install=bash)"
        COMP_LINE={line!r} COMP_POINT={len(line)} COMP_CWORD=3 COMP_WORDS=({line})
        hydra_bash_completion; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(
        ["bash", "-c", asked],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == candidates
    assert "rror" not in done.stderr
