"""Value and slope of every loss against Keras' own."""

from __future__ import annotations

import numpy as np
import pytest

from models import fit
from models import network as networks
from models.losses import LOSSES
from tests.models.tasks import make_task


@pytest.mark.parametrize("name", LOSSES)
def test_value_and_slope_are_keras_own(name):
    import keras
    import tensorflow as tf

    errors = np.linspace(-5, 5, 102)
    error = tf.constant(errors, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(error)
        expected = getattr(keras.losses, LOSSES[name].class_name)(reduction=None)(
            tf.zeros([102, 1]), error[:, None]
        )
    np.testing.assert_allclose(LOSSES[name].value(error), expected, rtol=1e-5)
    slopes = tape.gradient(expected, error)
    np.testing.assert_allclose(LOSSES[name].slope(error), slopes, rtol=1e-5)
    assert float(LOSSES[name].value(tf.zeros([]))) == 0, "rows of padding count nothing"


@pytest.mark.parametrize("name", LOSSES)
def test_history_is_in_the_targets_own_units(name):
    """The same training of a target ten times as large: the loss by its power, mse by 100."""
    task = make_task(engine="stacked", loss=name, normalize_target=True, epochs=5)
    large = make_task(engine="stacked", loss=name, normalize_target=True, epochs=5)
    large.y_N[:] *= 10
    small, tenfold = (one.history[0] for one in fit([task, large]))
    for prefix in ("", "val_"):
        for curve, power in (("loss", LOSSES[name].power), ("mse", 2)):
            ratio = tenfold[prefix + curve] / small[prefix + curve]
            np.testing.assert_allclose(ratio, 10.0**power, rtol=1e-3)


def test_weight_decay_is_part_of_the_loss_and_not_of_mse():
    decay = 0.5
    task = make_task(engine="stacked", weight_decay=decay, epochs=4)
    fitted = fit([task])[0]
    kernels = fitted.weights[0][::2]
    penalty = decay * sum(float((kernel**2).sum()) for kernel in kernels)
    curves = fitted.history[0]
    np.testing.assert_allclose(curves["val_loss"][-1] - curves["val_mse"][-1], penalty, rtol=1e-4)
    assert networks.build(task).losses, "Keras' own network has the penalty too"
