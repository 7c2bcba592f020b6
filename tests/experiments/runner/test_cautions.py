"""What is told of data and settings that say little, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from datasets import Dataset
from experiments.runner.notices.cautions import cautions, of_sweep
from tests.models.tasks import make_task


def pair(rows=40, validation=10, batch=8, change=lambda x_NxF, y_N: None, features=2, model=None):
    """A dataset and its task, after a change of the arrays."""
    task = make_task(model, rows, validation, features, batch_size=batch)
    x_NxF, y_N = task.x_NxF.copy(), task.y_N.copy()
    change(x_NxF, y_N)
    names = tuple(f"c{index}" for index in range(features))
    return Dataset(x_NxF, y_N, names, "price", "a plane"), replace(task, x_NxF=x_NxF, y_N=y_N)


def constant(x_NxF, y_N):
    x_NxF[:30, 1] = 7


def narrow(x_NxF, y_N):
    x_NxF[:, 0] = 1e7 + np.linspace(0, 1, len(x_NxF))


def same(x_NxF, y_N):
    y_N[:30] = 3.5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"validation": 1}, "split.fraction: 1 row to validate on"),
        ({"batch": 31}, "training.batch_size: 31 is more than the 30 training rows"),
        ({"change": constant}, "dataset.features: c1 is the same in all training rows"),
        ({"change": narrow}, "dataset.features: c0 is nearly constant"),
        ({"change": same}, "dataset: price is the same in all training rows"),
        ({"features": 31}, "dataset: 31 features and 30 training rows"),
    ],
)
def test_what_says_little_is_told_in_one_line(settings, words):
    (line,) = cautions(*pair(**settings))
    assert line.startswith(f"warning: {words}")
    assert "; " in line, "what follows from it"


@pytest.mark.parametrize("settings", [{}, {"validation": 0}, {"model": "pinv", "batch": 100}])
def test_what_is_right_is_not_told(settings):
    assert not cautions(*pair(**settings))


def test_a_column_of_ones_that_archlab_adds_is_meant_to_be_there():
    dataset, task = pair(change=lambda x_NxF, y_N: x_NxF.__setitem__((..., 0), 1))
    ours = replace(dataset, feature_names=("x0", "x1"), optimum=lambda x_GxF: x_GxF[:, 1])
    assert not cautions(ours, task)
    assert cautions(dataset, task)


def test_a_sweep_tells_each_once_with_the_number_of_runs():
    right, few = pair(), pair(validation=2)
    (line,) = of_sweep([right, few, few, pair(validation=2)])
    assert line.startswith("warning: split.fraction: 2 rows")
    assert line.endswith("(3 runs)")
