"""The one contract of fitters: every kind, engine and entry of a registry keeps it.

Nothing here is listed by hand: kinds, engines, activations, optimizers, losses, schedules and
initializers come from their registries, settings from the examples of their spec fields.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import get_args

import numpy as np
import pytest

from models import MODELS, Training, fit_each, seeds
from models import network as networks
from models.activations import ACTIVATIONS
from models.fitters import stacked
from models.initializers import INITIALIZERS
from models.losses import LOSSES
from models.optimizers import OPTIMIZERS
from models.schedules import SCHEDULES
from models.spec import DEFAULTS, EngineName
from tests.models.tasks import TRAINING, example, make_task

EPOCHS, REPEATS = 3, 2
# Who trains: (kind, engine); kinds without batches have no engine to choose.
FITTERS = [
    (kind, engine)
    for kind, spec in MODELS.items()
    for engine in (get_args(EngineName) if spec.in_batches else ("stacked",))
]
REGISTRIES = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "initializer": INITIALIZERS,
}
each_fitter = pytest.mark.parametrize(("kind", "engine"), FITTERS)


def setting(key):
    """The example of a key; a number of epochs in proportion to those trained here."""
    value = example(Training, key)
    return 1 if isinstance(value, int) and value > EPOCHS else value


def variants():
    """What a network may be trained with, each thing once: (fields of the model, of training).

    Activations come four to a network: what each is alone, tests/models/test_activations.py says.
    """
    found = {"as it is": ({}, {})}
    names = [*ACTIVATIONS]
    for four in (tuple(names[k : k + 4]) for k in range(0, len(names), 4)):
        found[" ".join(four)] = ({"activation": four, "depth": len(four), "width": 5}, {})
    plain = {**TRAINING, **DEFAULTS}
    entries = [
        (f, name, entry) for f, found_in in REGISTRIES.items() for name, entry in found_in.items()
    ]
    read = {key for _, _, entry in entries for key in getattr(entry, "reads", ())}
    for field, name, entry in entries:
        reads = getattr(entry, "reads", ())
        # An optimizer without its keys is one of its own; a schedule without them may be constant.
        several = [reads[:n] for n in range(len(reads) + 1)] if field == "optimizer" else [reads]
        for keys in several:
            settings = {field: name, **{key: setting(key) for key in keys}}
            if getattr(entry, "decoupled", False):
                settings["weight_decay"] = setting("weight_decay")
            if any(plain[key] != value for key, value in settings.items()):
                found[" ".join((field, name, *keys))] = ({}, settings)
    for key in sorted(DEFAULTS.keys() - REGISTRIES.keys() - read):
        found[key] = ({}, {key: setting(key)})
    everything = {"loss": "huber", "schedule": "cosine", "warmup_epochs": 1, "patience": 0}
    everything |= {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}
    model = {"activation": ("gelu", "tanh"), "depth": 2, "width": (4, 3)}
    found["all at once"] = (model, {**everything, "normalize_target": True})
    return found


VARIANTS = variants()
each_variant = pytest.mark.parametrize("name", VARIANTS)


def fits_of(tasks, on_epochs=lambda epochs: None):
    """The fits in the order of their tasks, by calls of one size: nothing is compiled twice."""
    fits = dict(fit_each(tasks, on_epochs, members_per_call=REPEATS))
    return [fits[index] for index in range(len(tasks))]


def task_of(kind, engine, **training):
    return make_task(kind, engine=engine, **{"epochs": EPOCHS, **training})


def wild(task):
    """The task with a target whose squares are beyond float32."""
    training = replace(task.training, normalize_target=False)
    return replace(task, y_N=task.y_N * 1e25, training=training)


def variant(name, engine, **training):
    model, settings = VARIANTS[name]
    return make_task(model, engine=engine, **{"epochs": EPOCHS, **settings, **training})


@cache
def stacked_fits():
    """By variant, what the stacked engine makes of it; each variant is compiled once.

    Without epochs a program is another one, which is not worth compiling: it runs as Python does.
    """
    import tensorflow as tf

    untrained = {(name, "untrained"): variant(name, "stacked", epochs=0) for name in VARIANTS}
    trained = {
        (name, what): task
        for name in VARIANTS
        for what, task in {
            "trained": variant(name, "stacked", repeats=REPEATS),
            "one epoch": variant(name, "stacked", epochs=1),
            "other seed": variant(name, "stacked", seed=2),
            "wild": wild(variant(name, "stacked", epochs=9)),
        }.items()
    }
    told = []
    fits = fits_of([*trained.values()], told.append)
    tf.config.run_functions_eagerly(True)
    try:
        fits += fits_of([*untrained.values()], told.append)
    finally:
        tf.config.run_functions_eagerly(False)
    tasks = trained | untrained
    assert sum(told) == sum(task.repeats * task.epochs for task in tasks.values())
    return dict(zip(tasks, zip(tasks.values(), fits, strict=True), strict=True))


def assert_same(ours, theirs):
    np.testing.assert_array_equal(ours.prediction_RxN, theirs.prediction_RxN)
    for field in ("history", "weights", "snapshot_epochs", "snapshots", "diverged_at"):
        np.testing.assert_equal(getattr(ours, field), getattr(theirs, field))


def assert_kept(task, fitted):
    """What every fit promises of itself that did not diverge."""
    n_rows, epochs = len(task.y_N), task.epochs
    assert fitted.prediction_RxN.shape == (task.repeats, n_rows)
    assert fitted.prediction_RxN.dtype == np.float64
    assert fitted.diverged_at == (None,) * task.repeats
    assert len(fitted.best_epoch) == task.repeats
    assert fitted.seconds >= 0
    for repeat in range(task.repeats):
        curves = fitted.history[repeat]
        assert set(curves) == ({"loss", "mse", "val_loss", "val_mse"} if epochs else set())
        trained = len(curves.get("loss", ()))
        best = fitted.best_epoch[repeat]
        if task.training.patience is None or not epochs:
            assert trained == epochs
            assert best is None
        else:
            assert 1 <= best <= trained <= epochs
            monitored = curves["val_loss"]
            assert best == 1 + int(np.argmin(monitored))
        assert {len(curve) for curve in curves.values()} <= {trained}
        taken = fitted.snapshot_epochs[repeat]
        wanted = seeds.snapshot_epochs(epochs)
        assert taken.tolist() == sorted({*wanted[wanted <= trained].tolist(), trained})
        snapshots_SxN = fitted.snapshots[repeat]
        assert (snapshots_SxN.shape, snapshots_SxN.dtype) == ((len(taken), n_rows), np.float32)
        final_N = fitted.prediction_RxN[repeat]
        np.testing.assert_array_equal(snapshots_SxN[-1], final_N.astype(np.float32))
        network = networks.restore(networks.build(task), fitted.weights[repeat])
        again_N = networks.predict(network, task.x_NxF)
        np.testing.assert_allclose(again_N, final_N, rtol=1e-4, atol=1e-4)
        grid_SxG = fitted.grids[repeat]
        assert (grid_SxG.shape, grid_SxG.dtype) == ((len(taken), 7), np.float32)
        on_grid_G = networks.predict(network, task.grid_GxF)
        np.testing.assert_allclose(grid_SxG[-1], on_grid_G, rtol=1e-4, atol=1e-3)
        first = networks.restore(network, networks.initial_weights(task, repeat))
        if task.model.trained and task.model.in_batches:
            before_G = networks.predict(first, task.grid_GxF)
            np.testing.assert_allclose(grid_SxG[0], before_G, rtol=1e-4, atol=1e-3)
        if epochs and best in (None, trained):
            error_V = (final_N - task.y_N)[task.validation_V]
            assert curves["val_mse"][-1] == pytest.approx(np.mean(error_V**2), rel=1e-3)


def assert_diverged(task, fitted):
    """It ends with the first epoch that is not finite, and says which that is."""
    for curves, epoch in zip(fitted.history, fitted.diverged_at, strict=True):
        assert 1 <= epoch <= task.epochs
        ends = np.array([curve[-1] for curve in curves.values()])
        assert {len(curve) for curve in curves.values()} == {epoch}
        assert not np.isfinite(ends).all()
        assert all(np.isfinite(curve[:-1]).all() for curve in curves.values())
    assert fitted.best_epoch == (None,) * task.repeats


@each_fitter
def test_a_fit_is_whole_without_epochs_with_one_and_with_more(kind, engine):
    told = []
    tasks = [task_of(kind, engine, epochs=epochs) for epochs in (0, 1, EPOCHS)]
    tasks[1] = task_of(kind, engine, epochs=1, repeats=REPEATS)
    for task, fitted in zip(tasks, fits_of(tasks, told.append), strict=True):
        assert_kept(task, fitted)
    assert sum(told) == sum(task.repeats * task.epochs for task in tasks)


@each_fitter
def test_what_diverges_stops_says_when_and_leaves_its_neighbours_alone(kind, engine):
    told = []
    calm = task_of(kind, engine)
    tasks = [wild(calm), calm, wild(task_of(kind, engine, epochs=50))]
    fits = fits_of(tasks, told.append)
    assert_kept(calm, fits[1])
    assert_same(fits[1], fits_of([calm])[0])
    for task, fitted in ((tasks[0], fits[0]), (tasks[2], fits[2])):
        if task.model.trained:
            assert_diverged(task, fitted)
        else:
            assert_kept(task, fitted)
    assert sum(told) == sum(task.repeats * task.epochs for task in tasks)


@each_fitter
def test_a_fit_follows_from_its_task_alone_whatever_the_order(kind, engine):
    tasks = [
        task_of(kind, engine, seed=seed, data_seed=data) for seed, data in ((1, 0), (2, 0), (1, 5))
    ]
    first, other, elsewhere = fits_of(tasks)
    for ours, theirs in zip(reversed(fits_of(tasks[::-1])), (first, other, elsewhere), strict=True):
        assert_same(ours, theirs)
    assert not np.array_equal(first.prediction_RxN, elsewhere.prediction_RxN)
    same = np.array_equal(first.prediction_RxN, other.prediction_RxN)
    assert same == (not tasks[0].model.trained)


@each_fitter
def test_what_is_finished_before_an_interrupt_is_yielded_and_it_goes_on(kind, engine):
    """The second fit is interrupted: in its first epoch, or before it where there are none."""
    told, fitted = [], []

    def stopping(epochs):
        told.append(epochs)
        if len(told) > 1 and not 1 <= sum(told) <= EPOCHS:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted.extend(fit_each([task_of(kind, engine)] * 4, stopping, members_per_call=REPEATS))
    assert 1 <= len(fitted) < 4
    assert all(not isinstance(one, Exception) for _, one in fitted)


@each_fitter
def test_a_task_that_fails_fails_alone(kind, engine):
    good = task_of(kind, engine)
    bad = replace(good, train_T=np.array([999]))  # a row that there is not
    fits = fits_of([bad, good])
    assert isinstance(fits[0], Exception)
    assert_same(fits[1], fits_of([good])[0])


@each_variant
def test_every_setting_keeps_the_contract_in_the_stacked_engine(name):
    fits = stacked_fits()
    for what in ("trained", "untrained", "one epoch"):
        assert_kept(*fits[name, what])
    assert_diverged(*fits[name, "wild"])
    task, untrained = fits[name, "untrained"]
    np.testing.assert_equal(untrained.weights[0], networks.initial_weights(task, 0))
    trained, other = (fits[name, what][1] for what in ("trained", "other seed"))
    assert not np.array_equal(trained.prediction_RxN, other.prediction_RxN)
    (alone,) = fits_of([variant(name, "stacked", repeats=REPEATS)])
    assert_same(trained, alone)


@each_variant
def test_every_setting_is_model_fits_own(name):
    task = variant(name, "keras")
    if obstacle := stacked.obstacle(task):
        pytest.skip(obstacle)
    (slow,) = fits_of([task])
    fast = stacked_fits()[name, "trained"][1]
    assert_kept(task, slow)
    assert fast.best_epoch[:1] == slow.best_epoch
    np.testing.assert_array_equal(fast.snapshot_epochs[0], slow.snapshot_epochs[0])
    for curve, values in slow.history[0].items():
        np.testing.assert_allclose(fast.history[0][curve], values, rtol=1e-4)
    scale = np.abs(task.y_N).max()
    for field in ("prediction_RxN", "snapshots"):
        ours, theirs = getattr(fast, field)[0], getattr(slow, field)[0]
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * scale)
    for ours, theirs in zip(fast.weights[0], slow.weights[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_every_setting_changes_something():
    """Otherwise parity would prove nothing. Patience may: where the last epoch is the best."""
    ends = {name: stacked_fits()[name, "trained"][1].weights[0] for name in VARIANTS}
    assert not [
        (one, other)
        for one, other in combinations(sorted(ends.keys() - {"patience"}), 2)
        if len(ends[one]) == len(ends[other]) and all(map(np.array_equal, ends[one], ends[other]))
    ]
