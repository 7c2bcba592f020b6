"""The rate of every step against Keras' own schedules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.schedules import SCHEDULES, rates, varies
from tests.models.tasks import make_task

STEPS, EPOCHS, RATE = 7, 12, 0.03


def training(**settings):
    return make_task(learning_rate=RATE, epochs=EPOCHS, **settings).training


def keras_rates(schedule):
    return np.array([float(schedule(step)) for step in range(STEPS * EPOCHS)])


@pytest.mark.parametrize("warmup", [0, 3])
def test_rates_are_those_of_keras_schedules(warmup):
    from keras.optimizers import schedules

    warm = warmup * STEPS
    rise = {"warmup_target": RATE, "warmup_steps": warm} if warmup else {}
    start = 0.0 if warmup else RATE
    cosine = schedules.CosineDecay(start, EPOCHS * STEPS - warm, **rise)
    stairs = schedules.ExponentialDecay(RATE, 4 * STEPS, 0.3, staircase=True)
    line = schedules.PolynomialDecay(start, max(warm, 1), RATE, power=1.0)
    by_hand = [float(line(k)) if k < warm else float(stairs(k - warm)) for k in range(84)]
    expected = {
        "constant": keras_rates(line),
        "cosine": keras_rates(cosine),
        "step": np.array(by_hand),
    }
    assert set(expected) == set(SCHEDULES)
    for name, rates_K in expected.items():
        drops = {"step_epochs": 4, "step_factor": 0.3} if name == "step" else {}
        spec = training(schedule=name, warmup_epochs=warmup, **drops)
        ours = rates(spec, STEPS, 0, EPOCHS)
        assert ours.shape == (EPOCHS, STEPS)
        np.testing.assert_allclose(ours.ravel(), rates_K, rtol=1e-5, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_part_of_a_schedule_is_part_of_the_whole(name):
    spec = training(schedule=name, warmup_epochs=2)
    whole = rates(spec, STEPS, 0, EPOCHS)
    np.testing.assert_array_equal(rates(spec, STEPS, 5, 9), whole[5:9])
    assert varies(spec)
    assert varies(replace(spec, warmup_epochs=0)) == (name != "constant")
    assert (whole >= 0).all()
    assert whole.max() == pytest.approx(RATE)


def test_warm_up_may_be_longer_than_the_training():
    whole = rates(training(schedule="cosine", warmup_epochs=2 * EPOCHS), STEPS, 0, EPOCHS)
    np.testing.assert_allclose(np.diff(whole.ravel()), RATE / (2 * EPOCHS * STEPS), rtol=1e-4)
