"""training.repeats=auto: 20 for small networks, fewer for large ones; a number given wins."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.task import prepare
from models.repeats import FEWEST, LIMIT, MOST, automatic, steps
from tests.models.tasks import make_task


def test_the_rule():
    assert automatic(0, 0) == automatic(1, LIMIT) == MOST == 20
    assert automatic(1, LIMIT + 1) == 19
    assert automatic(2, LIMIT) == automatic(LIMIT, 2) == 10
    assert automatic(1, 4 * LIMIT) == automatic(10**9, 10**9) == FEWEST == 5
    falling = [automatic(parameters, 10_000) for parameters in range(1, 60_000, 500)]
    assert (np.diff(falling) <= 0).all()


@pytest.mark.parametrize(
    ("overrides", "repeats"),
    [
        (["experiment=sine_sigmoid2"], 20),
        (["experiment=sine_deep"], 5),
        (["experiment=sine_deep", "training.repeats=7"], 7),
        (["experiment=linear_untrained"], 20),
        (["experiment=linear_pinv"], 1),
        (["model.width=50", "model.depth=4", "training.epochs=500"], 20),
        (["model.width=50", "model.depth=4", "training.epochs=1500"], 13),
        (["model.width=50", "model.depth=4", "training.epochs=1500", "split.fraction=0.5"], 20),
        (["model.width=50", "model.depth=4", "training.repeats=50"], 50),
    ],
)
def test_repeats_of_runs(configured, overrides, repeats):
    assert prepare(configured(*overrides))[1].repeats == repeats


def test_batches_are_those_of_the_training_rows():
    task = make_task(rows=41, validation=8, epochs=3, batch_size=8)
    assert steps(task.model, task.training, len(task.train_T)) == 3 * 5


def test_gradient_descent_takes_one_step_an_epoch_and_counts_like_a_network():
    task = make_task("gradient_descent", repeats="auto", epochs=10_000_000, batch_size=1)
    assert steps(task.model, task.training, 20) == 10_000_000
    assert task.repeats == automatic(3, 10_000_000) == 20
    assert make_task("gradient_descent", repeats=3).repeats == 3


def test_a_closed_form_has_nothing_to_repeat():
    task = make_task("pinv", repeats="auto")
    assert (task.repeats, steps(task.model, task.training, 20)) == (1, 0)


def test_the_config_keeps_what_was_asked_for(configured):
    auto, number = configured(), configured("training.repeats=20")
    assert auto.tree()["training"]["repeats"] == "auto"
    assert auto.fingerprint() == configured("training.repeats=auto").fingerprint()
    assert prepare(auto)[1].repeats == prepare(number)[1].repeats
