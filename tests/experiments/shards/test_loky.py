"""Real processes of this machine: runs that kill their worker, doubles, and a first failure."""

from __future__ import annotations

import os

import pytest

from experiments.config.explain import composed
from experiments.runner.engines.loky import Loky
from experiments.runner.shards.carry import WorkerDiedError
from experiments.runner.shards.elsewhere import Elsewhere
from experiments.runner.shards.parcels import Order, Parcel
from experiments.task import prepare
from tests.experiments.shards.sweeps import begun, done, ended

WORDS = ["dataset=linear", "dataset.n_samples=60", "training.epochs=5", "training.repeats=2"]


class Poison:
    """Kills the process that takes it out of its pickle."""

    def __reduce__(self):
        return os._exit, (1,)


@pytest.fixture
def orders():
    configs = [composed([*WORDS, f"training.seed={seed}"]) for seed in range(4)]
    return [
        Order(config, WORDS, *prepare(config), f"run{number}")
        for number, config in enumerate(configs)
    ]


def test_a_run_that_always_kills_its_worker_is_found_and_the_others_are_done(orders, tmp_path):
    orders[2] = orders[2]._replace(overrides=[Poison()])
    settings = Loky(workers=2)
    with settings.start() as engine:
        where = Elsewhere(engine, settings, tmp_path, lambda: False, lambda *_: None)
        found = dict(where.train(orders))
    assert sorted(found) == [0, 1, 2, 3]
    assert [n for n, one in found.items() if isinstance(one, WorkerDiedError)] == [2]
    assert sum(isinstance(one, Parcel) for one in found.values()) == 3


LOKY = ["hydra/launcher=loky", "hydra.launcher.workers=2", "hydra.launcher.seconds=0.1"]


def test_doubles_are_trained_once(tmp_path):
    folder = tmp_path / "sweep"
    ended(begun(folder, LOKY, [*WORDS, "training.seed=0,1,0,1,0"]))
    assert done(folder) == 2


def test_fail_fast_sends_nothing_more_after_the_first_failure(tmp_path):
    folder = tmp_path / "sweep"
    fails = ["training=sgd", "dataset=cubic", "training.epochs=3", "training.repeats=1"]
    fails += ["training.learning_rate=1000", "training.seed=range(0,40)"]
    words = [*LOKY, "sweep.fail_fast=true"]
    ended(begun(folder, words, fails), code=1)
    assert len([*folder.glob("*/status.json")]) == 1
