"""Step of every optimizer against Keras' own class, on slopes of every size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models import Training
from models.optimizers import OPTIMIZERS, Settings
from tests.models.tasks import TRAINING, example

CASES = [
    pytest.param(name, entry.reads[:n], id=" ".join((name, *entry.reads[:n])))
    for name, entry in OPTIMIZERS.items()
    if entry.step is not None
    for n in range(len(entry.reads) + 1)
]


@pytest.mark.parametrize(("name", "keys"), CASES)
def test_steps_are_keras_own(name, keys):
    import keras
    import tensorflow as tf

    entry, rate = OPTIMIZERS[name], 0.01
    training = replace(
        Training(**{**TRAINING, "optimizer": name}), **{key: example(Training, key) for key in keys}
    )
    config = {"learning_rate": rate, **entry.config(training)}
    theirs = keras.optimizers.get({"class_name": entry.class_name, "config": config})
    sizes_N = 10.0 ** np.arange(-6, 5)
    slopes_SxN = np.random.default_rng(0).normal(size=(5, len(sizes_N))) * sizes_N
    variable = keras.Variable(np.ones(len(sizes_N), np.float32))
    theirs.build([variable])
    weight = tf.ones(len(sizes_N))
    slots = (tf.zeros_like(weight) + entry.initial,) * entry.slots(keys)
    values = {key: tf.constant(float(getattr(training, key))) for key in keys}
    for number, slope_N in enumerate(slopes_SxN.astype(np.float32), start=1):
        theirs.apply([tf.constant(slope_N)], [variable])
        step_rate = entry.rate(tf.constant(rate), tf.constant(float(number)))
        if entry.decoupled:
            weight = weight - weight * rate * training.weight_decay
        settings = Settings(step_rate, values, keys)
        weight, slots = entry.step(weight, tf.constant(slope_N), slots, settings)
        moved_N = np.asarray(variable) - 1
        np.testing.assert_allclose(np.asarray(weight) - 1, moved_N, rtol=1e-3, atol=3e-7)
