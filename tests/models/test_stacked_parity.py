"""The stacked engine is equal to the reference engine, `model.fit`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models import fit
from models.activations import ACTIVATIONS, CLASSIC
from models.fitters import keras_fit, stacked
from models.initializers import INITIALIZERS
from models.losses import LOSSES
from models.optimizers import OPTIMIZERS
from models.schedules import SCHEDULES
from tests.experiments.runner.test_run import PRESETS
from tests.models.tasks import all_fits, make_task

# The classic four share a program; each of the others has its own.
each_activation = pytest.mark.parametrize(
    "activation",
    [
        pytest.param(name, marks=[] if name in CLASSIC else [pytest.mark.slow])
        for name in ACTIVATIONS
    ],
)


def random_task(seed):
    """A configuration drawn from `seed`: what issue, users and nightmares may ask for."""
    rng = np.random.default_rng(seed)
    depth = int(rng.integers(0, 6))
    model = {
        "depth": depth,
        "width": tuple(int(width) for width in rng.integers(1, 65, depth)),
        "activation": tuple(str(name) for name in rng.choice([*ACTIVATIONS], depth)),
    }
    rows = int(rng.integers(30, 90))
    return make_task(
        model,
        rows=rows,
        validation=int(rng.integers(0, 20)),
        features=int(rng.integers(1, 4)),
        data_seed=seed,
        seed=seed,
        epochs=20,
        batch_size=int(rng.choice([5, 7, 32, 1000])),
        optimizer=str(rng.choice([*OPTIMIZERS])),
        loss=str(rng.choice([*LOSSES])),
        schedule=str(rng.choice([*SCHEDULES])),
        learning_rate=float(rng.choice([1e-4, 1e-3])),
        normalize_on=str(rng.choice(["train", "all", "none"])),
        initializer="ones" if seed % 4 == 1 else str(rng.choice([*INITIALIZERS])),
        normalize_target=seed % 3 == 0,
    )


def assert_parity(tasks, rtol=1e-4):
    ours, reference = all_fits(stacked, tasks), all_fits(keras_fit, tasks)
    for task, fast, slow in zip(tasks, ours, reference, strict=True):
        for repeat in range(task.repeats):
            assert set(fast.history[repeat]) == set(slow.history[repeat])
            for name, curve in slow.history[repeat].items():
                np.testing.assert_allclose(fast.history[repeat][name], curve, rtol=rtol)
            np.testing.assert_array_equal(
                fast.snapshot_epochs[repeat], slow.snapshot_epochs[repeat]
            )
            scale = np.abs(task.y_N).max()
            for a, b in zip(
                (fast.prediction_RxN[repeat], fast.snapshots[repeat]),
                (slow.prediction_RxN[repeat], slow.snapshots[repeat]),
                strict=True,
            ):
                np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * scale)
            for a, b in zip(fast.weights[repeat], slow.weights[repeat], strict=True):
                assert a.shape == b.shape
        assert fast.diverged_at == slow.diverged_at


@pytest.mark.parametrize(
    "seeds",
    [range(4), pytest.param(range(4, 20), marks=pytest.mark.slow)],
    ids=["first four", "next twelve"],
)
def test_parity_with_the_reference_engine_on_random_configurations(seeds):
    # A new entry of a registry draws all of them anew; exponential activations magnify rounding.
    assert_parity([random_task(seed) for seed in seeds], rtol=5e-4)


@pytest.mark.parametrize("dataset", ["linear", "cubic", "sine"])
def test_parity_with_the_reference_engine_on_every_preset(configured, dataset):
    from experiments.task import prepare

    configs = [
        configured(f"experiment={name}", "training.repeats=1")
        for name in PRESETS
        if name.startswith(dataset)
    ]
    networks = [prepare(config)[1] for config in configs if config.model.kind == "network"]
    short = [
        replace(task, training=replace(task.training, epochs=min(20, task.epochs)))
        for task in networks
    ]
    assert_parity(short)


def raw_task(seed, activation="sigmoid", depth=1, **training):
    """Features of 20 to 40 that nothing normalises: sums reach 60 on either side of zero."""
    model = {"depth": depth, "width": 5, "activation": activation}
    settings = {"epochs": 30, "batch_size": 16, "normalize_on": "none", **training}
    task = make_task(model, rows=60, data_seed=seed, seed=seed, **settings)
    rng = np.random.default_rng(seed)
    x_NxF = rng.uniform(20, 40, size=task.x_NxF.shape)
    return replace(task, x_NxF=x_NxF, y_N=x_NxF @ np.array([0.1, 0.2]) + rng.normal(size=60))


def test_parity_where_sigmoids_saturate():
    """By way of tanh, seeds 1 and 2 ended up to 140 % away: Adam makes steps of slopes of 1e-9."""
    tasks = [raw_task(seed, learning_rate=rate) for seed, rate in ((1, 0.01), (2, 0.01), (1, 0.1))]
    assert_parity([*tasks, raw_task(1, depth=2)])


@each_activation
def test_parity_on_raw_features(activation):
    assert_parity([raw_task(0, activation, epochs=10)])


@each_activation
def test_parity_at_learning_rates_that_are_too_large(activation):
    """Plain steps diverge at the same epoch. Adam's never do, but magnify every rounding by and by:
    one epoch is compared there, and that either engine stays finite.
    """
    tasks = [
        raw_task(3, activation, depth=2, optimizer=optimizer, learning_rate=rate, epochs=10)
        for optimizer, rate in (("sgd", 1.0), ("sgd", 100.0), ("adam", 1.0))
    ]
    ours, reference = all_fits(stacked, tasks), all_fits(keras_fit, tasks)
    for task, fast, slow in zip(tasks, ours, reference, strict=True):
        assert fast.diverged_at == slow.diverged_at
        seen = 1 if task.training.optimizer == "adam" else task.epochs
        for name, curve in slow.history[0].items():
            mine = fast.history[0][name]
            assert len(mine) == len(curve)
            finite = np.isfinite(curve)
            assert (np.isfinite(mine) == finite).all()
            compared = finite[:seen]
            np.testing.assert_allclose(mine[:seen][compared], curve[:seen][compared], rtol=1e-3)


def test_a_price_trains_as_well_as_a_sale():
    """The same plane with a target of about 180,000: normalize_target makes the scale no matter."""
    task = make_task(epochs=60, learning_rate=0.05, normalize_target=True)
    price = replace(task, y_N=task.y_N * 13_000 + 100_000)
    fits = all_fits(stacked, [task, price])
    np.testing.assert_allclose(
        (fits[1].prediction_RxN - 100_000) / 13_000, fits[0].prediction_RxN, atol=2e-3
    )
    assert_parity([price])


@pytest.mark.slow
@pytest.mark.parametrize(
    "preset", ["linear_sigmoid1", "cubic_relu2", "cubic_sigmoid1", "sine_linear"]
)
def test_final_errors_have_the_distribution_of_the_reference_engine(configured, preset):
    """Over 30 seeds each, other seeds for either: Mann-Whitney does not tell them apart."""
    from scipy.stats import mannwhitneyu

    from experiments.task import prepare

    errors = []
    for engine, seed in (("stacked", 1), ("keras", 2)):
        config = configured(
            f"experiment={preset}",
            "training.repeats=30",
            f"training.seed={seed}",
            f"training.engine={engine}",
        )
        _, task = prepare(config)
        fitted = fit([task])[0]
        squares_RxV = (fitted.prediction_RxN - task.y_N)[:, task.validation_V] ** 2
        errors.append(squares_RxV.mean(axis=1))
    p_value = mannwhitneyu(*errors).pvalue
    print(f"{preset}: p = {p_value:.3f}")
    assert p_value > 0.001
