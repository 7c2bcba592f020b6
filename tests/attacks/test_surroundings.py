"""Odd places, clocks and crowds: a run is done all the same, or one line says why not."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from experiments.storage import files, run_folder, sweep_folder
from tests.conftest import ROOT

PINV = ["model=pinv", "dataset=linear"]


def begun(here, *arguments, **environment):
    """A command that is under way; a variable that is None is taken away."""
    merged = {**os.environ, **environment}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        cwd=here,
        env={name: value for name, value in merged.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"HOME": None, "USER": None, "LOGNAME": None, "XDG_CACHE_HOME": None},
        {"HOME": os.devnull + "/nowhere", "TERM": "dumb", "COLUMNS": "20"},
    ],
    ids=["LANG=C", "no HOME", "a HOME that is none"],
)
def test_odd_surroundings_do_not_matter(tmp_path, environment):
    here = tmp_path / "Größe 漢字 = [1]"
    here.mkdir()
    process = begun(here, *PINV, "hydra.run.dir=out", **environment)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert run_folder.state(here / "out") == "done"
    assert b"Traceback" not in err


@pytest.mark.parametrize("seconds", [-86400, 86400], ids=["forward", "back"])
def test_a_clock_that_was_set_does_not_matter(ask, tmp_path, seconds):
    """What was written before has times that are far off, later ones too."""
    named = ["-m", "sweep.name=s", "dataset=linear"]
    assert ask(tmp_path, [*named, "model=pinv,svd"]).returncode == 0
    sweep = tmp_path / "outputs/sweeps/s"
    for path in sweep.rglob("*"):
        os.utime(path, (time.time() + seconds,) * 2)
    before = {path: path.read_bytes() for path in sweep.glob("*/status.json")}
    again = ask(tmp_path, [*named, "model=pinv,svd"])
    assert again.returncode == 0
    assert {path: path.read_bytes() for path in sweep.glob("*/status.json")} == before
    more = ask(tmp_path, [*named, "model=linear_regression", "sweep.extend=true"])
    assert more.returncode == 0
    assert "linear_regression" in (sweep / "results.csv").read_text()
    assert "linear_regression" in (sweep / "comparison.html").read_text()


@pytest.mark.parametrize("place", ["file/here", "file"])
@pytest.mark.parametrize("how", [["hydra.run.dir={}"], ["-m", "hydra.sweep.dir={}"]])
def test_a_file_in_place_of_a_folder_is_one_line(ask, tmp_path, place, how):
    (tmp_path / "file").write_text("mine")
    ended = ask(tmp_path, [*PINV, *(word.format(place) for word in how)])
    assert ended.returncode == 3
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


def test_eight_starts_in_one_second_share_no_folder_and_no_sweep(tmp_path):
    alone = [begun(tmp_path, *PINV) for _ in range(4)]
    named = [begun(tmp_path, "-m", "sweep.name=s", *PINV) for _ in range(4)]
    told = [process.communicate(timeout=300)[1].decode() for process in (*alone, *named)]
    assert [process.returncode for process in alone] == [0] * 4, told
    assert len([*(tmp_path / "outputs/runs").glob("*/status.json")]) == 4
    codes = [process.returncode for process in named]
    assert 0 in codes
    assert set(codes) <= {0, 3}, told
    refused = [line for line, code in zip(told[4:], codes, strict=True) if code == 3]
    assert all("is held by another live sweep" in line for line in refused)
    (run,) = (tmp_path / "outputs/sweeps/s").glob("*/status.json")
    assert run_folder.state(run.parent) == "done"


def beside(folder, process, machine=None, days=0.0):
    """A file that a process has half written."""
    machine = machine or files._machine()
    part = folder / f".part-{machine}-{process:x}-01234567.html"
    part.write_text("half")
    then = time.time() - 86400 * days
    os.utime(part, (then, then))
    return part


def test_a_sweep_that_begins_leaves_what_others_are_writing(tmp_path):
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    living, away = beside(tmp_path, os.getppid(), days=2), beside(tmp_path, 1, "none")
    (tmp_path / ".part-0123-folder").mkdir()
    with files.replacing(tmp_path / "comparison.html") as aside:
        aside.write_text("half")
        dropped = [
            beside(tmp_path, over.pid),
            beside(tmp_path, os.getpid()),  # of another process that had this number
            beside(tmp_path, 10**30),
            beside(tmp_path, 1, "gone", days=2),
        ]
        sweep_folder.release(tmp_path, sweep_folder.claim(tmp_path, "python run.py"))
        assert (living.exists(), away.exists(), aside.exists()) == (True, True, True)
        assert not [part for part in dropped if part.exists()]
    assert (tmp_path / "comparison.html").read_text() == "half"
