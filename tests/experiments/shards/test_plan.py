"""Shards are of one program, about equal, the longest first, and enough for all workers."""

from __future__ import annotations

import pytest

from experiments.config.explain import composed
from experiments.runner.shards.plan import A_FOLDER, AHEAD, BYTES, MOST_BYTES, Shard, shards
from experiments.task import prepare
from models import cost

WORDS = [
    [f"model.width={width}", f"model.depth={depth}", f"training.epochs={epochs}"]
    for width in (4, 20, 50)
    for depth in (1, 3)
    for epochs in (20, 200)
]
TASKS = [prepare(composed(["dataset=linear", *words]))[1] for words in WORDS]


@pytest.mark.parametrize("workers", [1, 3, 8])
@pytest.mark.parametrize("most", [0.5, 5.0, 1e4])
def test_each_run_is_in_one_shard_of_its_program(workers, most):
    found = shards(TASKS, most, workers)
    assert sorted(place for shard in found for place in shard.places) == list(range(len(TASKS)))
    for shard in found:
        assert len({cost.program(TASKS[place]) for place in shard.places}) == 1
        whole = sum(cost.seconds(TASKS[place]) + A_FOLDER for place in shard.places)
        assert shard.seconds == pytest.approx(whole)
    assert [one.seconds for one in found] == sorted((one.seconds for one in found), reverse=True)
    assert len(found) >= min(workers, len(TASKS))


def test_a_shard_takes_no_longer_than_is_asked_for():
    for shard in shards(TASKS, 2.0, 1):
        assert len(shard.places) == 1 or shard.seconds < 2 * 2.0


def test_what_is_out_fits_into_memory_however_many_workers_there_are():
    few, many = (shards(TASKS[:1] * 3000, 1e4, workers) for workers in (2, 100))
    assert max(len(one.places) for one in few) == 1500
    assert max(len(one.places) for one in many) * 100 * AHEAD * BYTES <= MOST_BYTES


def test_a_wide_network_costs_more_and_so_do_epochs():
    of = dict(zip(map(tuple, WORDS), map(cost.seconds, TASKS), strict=True))
    short, long = (("model.width=4", "model.depth=1", f"training.epochs={n}") for n in (20, 200))
    assert of[long] == pytest.approx(10 * of[short])
    assert of["model.width=50", "model.depth=3", "training.epochs=20"] > of[short]


def test_halves_hold_the_same_runs():
    whole = Shard((5, 6, 7), 3.0, deaths=2)
    first, second = whole.halves()
    assert first.places + second.places == whole.places
    assert (first.seconds, second.seconds) == (1.0, 2.0)
    assert first.deaths == second.deaths == 2
    assert Shard((5,), 1.0).halves() == [Shard((5,), 1.0)]
