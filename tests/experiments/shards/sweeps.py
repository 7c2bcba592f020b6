"""Sweeps over real engines, as processes of their own: started, looked at, and compared."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

import pandas as pd
import pytest

from tests.conftest import ROOT

GRID = [
    "dataset=linear,cubic",
    "dataset.n_samples=120",
    "model.depth=1,2",
    "model.width=4,20,30",
    "model.activation=relu,tanh",
    "training.epochs=20",
    "training.repeats=3",
]
LIBRARIES = {"loky": "joblib", "ray": "ray", "dask": "distributed", "submitit": "submitit"}
PATIENCE = 240  # seconds after which a test gives up


def begun(folder, words, grid=GRID, **variables):
    """The process of a sweep into a folder, in a group of its own, as a shell starts it."""
    command = [sys.executable, str(ROOT / "run.py"), "-m", *grid, f"hydra.sweep.dir={folder}"]
    return subprocess.Popen(
        [*command, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
        start_new_session=True,
        # A shell that runs the tests in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


def ended(process, code=0):
    """What a process has said, which leaves with that code."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, f"{process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err, err
    return out, err


def numbers(folder):
    """`results.csv` without what is of the clock."""
    table = pd.read_csv(folder / "results.csv")
    return table[[name for name in table if "seconds" not in name and name != "started"]]


@contextmanager
def engine_at(engine, place):
    """The words for an engine with two workers, whose files for a moment are in a folder.

    Ray and Dask have a cluster for it, which is reached by its address.
    """
    pytest.importorskip(LIBRARIES[engine])
    words = [f"hydra/launcher={engine}", "hydra.launcher.seconds=1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(place))
        if engine == "ray":
            with _ray_cluster(patch) as address:
                yield [*words, f"hydra.launcher.address={address}"]
        elif engine == "dask":
            with _dask_cluster() as address:
                yield [*words, f"hydra.launcher.address={address}"]
        else:
            local = ["hydra.launcher.executor=local", f"hydra.launcher.folder={place}/jobs"]
            yield [*words, "hydra.launcher.workers=2", *(local if engine == "submitit" else [])]


@contextmanager
def _ray_cluster(patch):
    """The address of two nodes of a core each."""
    with ray_nodes(patch) as cluster:
        yield cluster.address


@contextmanager
def ray_nodes(patch):
    """A cluster of two nodes of a core each."""
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # a socket's path must be
        patch.setenv("RAY_TMPDIR", short)
        node = {"num_cpus": 1, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=node)
        try:
            cluster.add_node(num_cpus=1)
            yield cluster
        finally:
            cluster.shutdown()


@contextmanager
def _dask_cluster():
    """A scheduler, and two processes that work for it."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


def leftovers(place):
    """The folders of shards whose worker is dead."""
    return [
        scratch
        for scratch in place.glob("archlab-[0-9]*-*")
        if not _alive(int(scratch.name.split("-")[1]))
    ]


def working(place):
    """The processes that have a shard, of workers whose files for a moment are in a folder."""
    numbers = {int(scratch.name.split("-")[1]) for scratch in place.glob("archlab-[0-9]*-*")}
    return {number for number in numbers if _alive(number)}


def _alive(number):
    try:
        with open(f"/proc/{number}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(seen, process=None, seconds=PATIENCE):
    """What is seen as soon as anything is; None where the process ends or time is up before."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        found = seen()
        if found:
            return found
        if process is not None and process.poll() is not None:
            return None
        time.sleep(0.05)
    return None


def done(folder):
    """How many runs of a sweep are done."""
    return sum('"done"' in path.read_text() for path in folder.glob("*/status.json"))
