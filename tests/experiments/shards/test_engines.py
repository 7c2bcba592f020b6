"""Real engines: the tables of one process, also where a worker is killed in the middle."""

from __future__ import annotations

import os
import signal
import time

import pandas as pd
import pytest

from tests.experiments.shards.sweeps import (
    LIBRARIES,
    begun,
    done,
    ended,
    engine_at,
    leftovers,
    numbers,
    ray_nodes,
    until,
    working,
)


@pytest.mark.parametrize("engine", LIBRARIES)
def test_an_engine_gives_the_table_of_one_process_and_survives_a_killed_worker(
    engine, alone, tmp_path
):
    folder = tmp_path / "sweep"
    with engine_at(engine, tmp_path) as words:
        process = begun(folder, words)
        (victim, *_) = until(lambda: working(tmp_path), process) or [None]
        assert victim, ended(process)
        time.sleep(1)
        os.kill(victim, signal.SIGKILL)
        _, err = ended(process)
        assert "Warning" not in err
        assert until(lambda: not leftovers(tmp_path), seconds=30)
    assert done(folder) == 24
    pd.testing.assert_frame_equal(numbers(folder), alone)


def test_a_node_of_ray_that_is_removed_takes_no_run_with_it(alone, tmp_path, monkeypatch):
    pytest.importorskip("ray")
    folder = tmp_path / "sweep"
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with ray_nodes(monkeypatch) as cluster:
        address = cluster.address
        words = ["hydra/launcher=ray", f"hydra.launcher.address={address}"]
        process = begun(folder, [*words, "hydra.launcher.seconds=1", "hydra.launcher.workers=7"])
        assert until(lambda: done(folder), process), ended(process)
        (node,) = cluster.worker_nodes
        cluster.remove_node(node, allow_graceful=False)
        _, err = ended(process)
    told = f"connected to Ray at {address}: 2 workers; hydra.launcher.workers=7 is for an engine "
    assert f"{told}without an address" in err
    assert done(folder) == 24
    pd.testing.assert_frame_equal(numbers(folder), alone)
