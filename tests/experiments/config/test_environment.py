"""Environment variables of jobs: set where the work is done, and written into no file."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from experiments.config.shell.environment import with_environment
from tests.conftest import ROOT

SECRET = "hunter2 secret"
# Its features come from a variable that a job sets, and are in the data only if that arrives.
OWN = "dataset.features=['${oc.env:COLUMN}']"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a table, and with a config folder that sets and copies variables."""
    (tmp_path / "t.csv").write_text(
        "hunter2 secret,y\n" + "".join(f"{i},{i * i}\n" for i in range(20))
    )
    (tmp_path / "mine/experiment").mkdir(parents=True)
    (tmp_path / "mine/experiment/mine.yaml").write_text(
        "# @package _global_\n"
        "hydra:\n  job:\n    env_copy: [COPIED]\n    env_set: {COLUMN: hunter2 secret}\n"
    )
    monkeypatch.setenv("COPIED", SECRET)
    return tmp_path


def files_with_it(folder):
    """Files below that hold the secret; the table itself and what the run says of its column."""
    ours = {"t.csv", "mine.yaml", "status.json", "report.html", "predictions.csv", "run.log"}
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ours and SECRET.encode() in path.read_bytes()
    ]


TYPED = f"+hydra.job.env_set.TOKEN='{SECRET}'"
SETTINGS = [
    [TYPED],
    ["+hydra.job.env_set.TOKEN=${oc.env:COPIED}"],
    ["hydra.job.env_copy=[COPIED]"],
    ["--allow-plugins", "--config-dir=mine", "experiment=mine"],
    ["-m", TYPED, "hydra.job.env_copy=[COPIED]"],
    ["--allow-plugins", "-m", "hydra/launcher=joblib", "--config-dir=mine", "experiment=mine"],
]


@pytest.mark.parametrize("setting", SETTINGS, ids=" ".join)
def test_no_file_holds_what_a_variable_holds(here, setting):
    named = ["model=pinv", "hydra.run.dir=out", "hydra.sweep.dir=out"]
    command = [sys.executable, str(ROOT / "run.py"), *setting, *named]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not files_with_it(here)


def test_a_job_has_the_variables_that_are_set(here):
    named = ["dataset=csv", "dataset.path=t.csv", "dataset.target=y", "model=pinv"]
    command = [sys.executable, str(ROOT / "run.py"), *named, OWN, "hydra.run.dir=out"]
    setting = f"+hydra.job.env_set.COLUMN='{SECRET}'"
    without = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert without.returncode == 2
    done = subprocess.run(
        [*command, setting], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not files_with_it(here)


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("hydra.job.env_set.A=1", "hydra.job.env_set.A=${oc.env:A}"),
        ("++hydra.job.env_set.A='b c'", "++hydra.job.env_set.A=${oc.env:A}"),
        ("hydra.job.env_set.A=${oc.env:B}", "hydra.job.env_set.A=${oc.env:B}"),
        ("hydra.job.env_set.A=1,2", "hydra.job.env_set.A=1,2"),
        ("hydra.job.env_set.A=", "hydra.job.env_set.A=${oc.env:A}"),
        ("hydra.job.env_set.a-b=1", "hydra.job.env_set.a-b=1"),
        ("hydra.job.env_set.A=[", "hydra.job.env_set.A=["),
        ("hydra.job.env_copy=[A]", "hydra.job.env_copy=[A]"),
        ("model.depth=2", "model.depth=2"),
        ("-m", "-m"),
    ],
)
def test_words_of_a_command_line(word, named, monkeypatch):
    monkeypatch.setenv("A", "before")
    monkeypatch.setenv("B", "other")
    assert with_environment([word]) == [named]
    assert (os.environ["A"] == "before") == (word == named)
