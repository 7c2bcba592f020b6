"""A task's repeats trained a few at a time: the same bits, and nothing compiled anew."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

import models.task
from models import Fit, Rows, fit, fit_each, joined, seeds, with_snapshots
from models.fitters import program
from tests.models.tasks import make_task


def assert_same(ours, theirs, but=("seconds",)):
    for name in [field.name for field in fields(Fit) if field.name not in but]:
        np.testing.assert_equal(getattr(ours, name), getattr(theirs, name))


def stage(task, first, count):
    return replace(task, first_repeat=first, count=count)


@pytest.mark.parametrize(
    ("model", "training", "repeats"),
    [
        (None, {"engine": "stacked"}, 10),
        (None, {"engine": "keras"}, 4),
        ("gradient_descent", {"learning_rate": 0.5}, 10),
    ],
)
def test_repeats_trained_later_are_those_of_a_task_trained_at_once(model, training, repeats):
    task, half = make_task(model, repeats=repeats, epochs=4, **training), repeats // 2
    whole = fit([task])[0]
    first, later = (fit([stage(task, number, half)])[0] for number in (0, half))
    np.testing.assert_array_equal(later.prediction_RxN, whole.prediction_RxN[half:])
    assert not np.array_equal(first.prediction_RxN, later.prediction_RxN)
    both = joined([first, later])
    assert_same(both, whole)
    assert both.seconds == first.seconds + later.seconds


@pytest.mark.parametrize(
    ("model", "training"),
    [
        (None, {"engine": "stacked"}),
        (None, {"engine": "stacked", "patience": 1}),
        (None, {"engine": "keras"}),
        ("gradient_descent", {"learning_rate": 0.5}),
    ],
)
def test_a_fit_leaves_out_snapshots_where_they_are_too_many_and_has_them_still(
    model, training, monkeypatch
):
    task = make_task(model, repeats=5, epochs=4, **training)
    points = len(task.y_N) + len(task.grid_GxF)
    enough = 4 * points * 5 * len(seeds.snapshot_epochs(task.epochs))
    monkeypatch.setattr(models.task, "SNAPSHOT_BYTES", enough)
    assert not task.thin
    whole = fit([task])[0]
    monkeypatch.setattr(models.task, "SNAPSHOT_BYTES", 0)
    assert task.thin
    thin = fit([task])[0]
    assert_same(thin, whole, but=("seconds", "snapshot_epochs", "snapshots", "grids"))
    assert [len(epochs) for epochs in thin.snapshot_epochs] == [0] * 5
    assert sum(snapshots.nbytes for snapshots in thin.snapshots) == 0
    for ours, theirs in zip(thin.grids, whole.grids, strict=True):
        np.testing.assert_array_equal(ours, theirs[-1:])
    for repeat in range(5):
        assert with_snapshots(task, whole, repeat) == (whole, repeat)
        again, place = with_snapshots(task, thin, repeat)
        for name in ("snapshot_epochs", "snapshots", "grids", "weights"):
            ours, theirs = getattr(again, name)[place], getattr(whole, name)[repeat]
            np.testing.assert_equal(ours, theirs)


def test_a_closed_form_has_one_fit_whatever_is_asked_for():
    task = stage(make_task("svd"), 5, 5)
    assert task.repeats == 1
    assert len(fit([task])[0].prediction_RxN) == 1


def fits_of(tasks, members_per_call):
    fits = dict(fit_each(tasks, lambda epochs: None, members_per_call))
    return [fits[place] for place in range(len(tasks))]


def test_stages_of_ever_fewer_tasks_compile_nothing_new_and_move_no_number():
    tasks = [
        make_task({"depth": 2, "width": width}, engine="stacked", repeats=20, epochs=6, seed=width)
        for width in (3, 4, 5, 6, 7, 8)
    ]
    program.compiled.cache_clear()
    parts = {place: [] for place in range(len(tasks))}
    compiled = []
    for first, count, kept in ((0, 5, 6), (5, 5, 3), (10, 10, 1)):
        stages = [stage(task, first, count) for task in tasks[:kept]]
        for place, fitted in enumerate(fits_of(stages, 7)):
            parts[place].append(fitted)
        compiled.append(program.compiled.cache_info().misses)
    assert compiled == [1, 1, 1]
    # Another size of call, chosen for these tasks, would have been another program.
    assert_same(joined(parts[0]), fit(tasks[:1])[0])
    assert program.compiled.cache_info().misses == 2


def test_a_call_holds_two_members_at_least_and_what_memory_allows_at_most():
    task = make_task({"depth": 1}, engine="stacked", repeats=3)
    alone = fit([task])[0]
    for members_per_call in (1, 1000):
        assert_same(fits_of([task], members_per_call)[0], alone)


ENGINES = [
    (None, {"engine": "stacked"}),
    (None, {"engine": "keras"}),
    ("gradient_descent", {"learning_rate": 0.5}),
    ("svd", {}),
]


def rows_of(task):
    return Rows(task.x_NxF, task.y_N, task.train_T, task.validation_V)


@pytest.mark.parametrize("vary", [("data",), ("weights", "data")])
@pytest.mark.parametrize(("model", "training"), ENGINES)
def test_a_repeat_is_a_training_on_its_own_rows(model, training, vary):
    """Rows, normalisation and sides are the repeat's own; weights are repeat 0's unless listed."""
    own = [make_task(model, data_seed=k, epochs=3, repeats=3, **training) for k in range(3)]
    draws = {k: rows_of(one) for k, one in enumerate(own)}
    spec = replace(own[0].training, vary=vary)
    task = replace(own[0], training=spec, draws=draws)
    assert task.repeats == 3
    fitted = fit([task])[0]
    for repeat, one in enumerate(own):
        start = repeat if "weights" in vary else 0
        (alone,) = fit([one if model == "svd" else stage(one, start, 1)])
        for name in ("prediction_RxN", "history", "weights", "snapshots"):
            np.testing.assert_equal(getattr(fitted, name)[repeat], getattr(alone, name)[0])
    later = fit([stage(task, 1, 2)])[0]
    np.testing.assert_array_equal(later.prediction_RxN, fitted.prediction_RxN[1:])


@pytest.mark.parametrize(("model", "training"), ENGINES)
def test_without_weights_all_repeats_start_and_go_on_alike(model, training):
    """Split alone: the same rows, so repeats of equal sides are equal."""
    task = make_task(model, epochs=2, repeats=3, vary=("split",), **training)
    same, other = rows_of(task), rows_of(task)
    other = replace(other, train_T=np.arange(10, 30), validation_V=np.arange(10))
    fitted = fit([replace(task, draws={0: same, 1: same, 2: other})])[0]
    np.testing.assert_array_equal(fitted.prediction_RxN[0], fitted.prediction_RxN[1])
    assert not np.array_equal(fitted.prediction_RxN[0], fitted.prediction_RxN[2])


def test_a_stage_without_its_draws_is_refused():
    task = make_task("svd", vary=("data",))
    with pytest.raises(KeyError):
        fit([stage(replace(task, draws={0: rows_of(task)}), 5, 1)])
