"""Sweeps over real engines that are stopped in the middle, and go on."""

from __future__ import annotations

import os
import re
import signal
import time

import pandas as pd
import pytest

from tests.experiments.shards.sweeps import (
    GRID,
    begun,
    done,
    ended,
    engine_at,
    numbers,
    until,
    working,
)

QUICK = ["loky", "ray"]


def under_way(folder, words, more=1):
    """The process of a sweep as soon as so many more of its runs are done, and others are not."""
    enough = done(folder) + more
    process = begun(folder, words)
    assert until(lambda: done(folder) >= enough, process), ended(process)
    return process


def interrupt(process):
    """As a terminal does it: the whole group is told."""
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("engine", QUICK)
def test_ctrl_c_lets_what_is_out_come_home(engine, tmp_path):
    folder = tmp_path / "sweep"
    with engine_at(engine, tmp_path) as words:
        process = under_way(folder, words)
        interrupt(process)
        _, err = ended(process, code=130)
        assert "interrupted: finished runs are kept" in err
        assert 1 < done(folder) < 24
        assert not list(tmp_path.glob("archlab-[0-9]*-*"))  # no worker was in the middle


@pytest.mark.parametrize("engine", [*QUICK, "dask"])
def test_ctrl_c_twice_drops_what_is_out(engine, tmp_path):
    folder = tmp_path / "sweep"
    with engine_at(engine, tmp_path) as words:
        process = under_way(folder, words)
        assert until(lambda: working(tmp_path), process)
        interrupt(process)
        time.sleep(1)
        interrupt(process)
        _, err = ended(process, code=130)
        assert re.search(r"stopping: \d+ shards? (is|are) out; Ctrl-C again to drop", err)
        assert done(folder) < 24
        assert until(lambda: not working(tmp_path), seconds=10)


def test_a_killed_sweep_goes_on_and_with_another_engine_than_it_began_with(alone, tmp_path):
    folder = tmp_path / "sweep"
    ended(begun(folder, [], ["dataset=linear", "model.activation=relu", *GRID[1:4], *GRID[5:]]))
    assert done(folder) == 6
    with engine_at("loky", tmp_path) as words:
        words.append("sweep.extend=true")
        process = under_way(folder, words)
        process.kill()
        process.communicate(timeout=60)
        before = {path: path.stat().st_mtime for path in folder.glob("*/metrics.json")}
        assert len(before) < 24
        ended(begun(folder, words))
        assert before.items() <= {path: path.stat().st_mtime for path in before}.items()
        assert until(lambda: not working(tmp_path), seconds=60)
    pd.testing.assert_frame_equal(by_config(numbers(folder)), by_config(alone))


def by_config(table):
    """The table of a sweep that was added to, whose folders and columns have another order."""
    table = table.set_index("config_sha256").drop(columns="folder")
    return table[sorted(table)].sort_index()
