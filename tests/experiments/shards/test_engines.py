"""Real engines: the tables of one process, also where a worker is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from tests.conftest import ROOT

GRID = [
    "dataset=linear,cubic",
    "dataset.n_samples=120",
    "model.depth=1,2",
    "model.width=4,20",
    "model.activation=linear,relu,tanh",
    "training.epochs=20",
    "training.repeats=3",
]
LIBRARIES = {"loky": "joblib", "ray": "ray", "dask": "distributed", "submitit": "submitit"}
SECONDS = ("seconds", "total_seconds")  # they are of the clock, not of the run


def sweep(folder, *words, at=None):
    """The ended process of a sweep into a folder."""
    place = f"hydra.sweep.dir={folder}"
    command = [sys.executable, str(ROOT / "run.py"), "-m", *GRID, place, *words]
    environment = {**os.environ, "TMPDIR": str(at or folder.parent)}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def ended(process):
    out, err = process.communicate(timeout=500)
    assert process.returncode == 0, out + err
    return out, err


def numbers(folder):
    """`results.csv` without what is of the clock."""
    table = pd.read_csv(folder / "results.csv")
    return table[[name for name in table if "seconds" not in name and name != "started"]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone") / "sweep"
    ended(sweep(folder))
    return folder


def words_of(engine, folder):
    words = [f"hydra/launcher={engine}", "hydra.launcher.workers=2", "hydra.launcher.seconds=2"]
    if engine == "submitit":
        words += ["hydra.launcher.executor=local", f"hydra.launcher.folder={folder.parent}/jobs"]
    return words


@pytest.mark.parametrize("engine", LIBRARIES)
def test_an_engine_gives_the_table_of_one_process_and_survives_a_killed_worker(
    engine, alone, tmp_path
):
    pytest.importorskip(LIBRARIES[engine])
    folder = tmp_path / "sweep"
    process = sweep(folder, *words_of(engine, folder), at=tmp_path)
    killed = kill_a_worker(tmp_path, process)
    ended(process)
    assert killed is not None
    pd.testing.assert_frame_equal(numbers(folder), numbers(alone))


def kill_a_worker(place, process):
    """Kill the first process that has a shard, as soon as one has; its number."""
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        for scratch in place.glob("archlab-[0-9]*-*"):
            number = int(scratch.name.split("-")[1])
            time.sleep(1)
            os.kill(number, signal.SIGKILL)
            return number
        time.sleep(0.05)
    return None
