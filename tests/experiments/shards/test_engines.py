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
    numbers,
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
        ended(process)
    assert done(folder) == 24
    pd.testing.assert_frame_equal(numbers(folder), alone)
