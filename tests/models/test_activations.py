"""Value and slope of every activation against Keras' own function and its gradient."""

from __future__ import annotations

import numpy as np
import pytest

from models import activations
from models.activations import ACTIVATIONS, CLASSIC, CODES

# Both ends of float32, where curves saturate, kinks, and what lies between.
HEIGHTS = np.concatenate([np.linspace(-30, 30, 601), np.linspace(-1.5, 1.5, 301), [-90, 90]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_slope_are_keras_own(name):
    import keras
    import tensorflow as tf

    z = tf.constant(HEIGHTS[HEIGHTS != 0], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(z)
        expected = keras.activations.get(name)(z)
    entry = ACTIVATIONS[name]
    out = entry.value(z)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-30)
    slopes = tape.gradient(expected, z)
    np.testing.assert_allclose(entry.slope(z, out), slopes, rtol=1e-4, atol=1e-6)


def test_the_choice_by_code_is_each_members_own_activation():
    """A program for some of them gives every member its own, the classic four besides."""
    import tensorflow as tf

    compiled = tuple(name for name in ACTIVATIONS if name not in CLASSIC)
    z_MxBxW = tf.constant(np.tile(HEIGHTS, (len(CODES), 1))[:, :, None], tf.float32)
    code = tf.constant([*CODES.values()])[:, None, None]
    out = activations.value(z_MxBxW, code, compiled)
    slopes = activations.slope(z_MxBxW, out, code, compiled)
    for member, (name, entry) in enumerate(ACTIVATIONS.items()):
        z = z_MxBxW[member]
        np.testing.assert_allclose(out[member], entry.value(z), rtol=1e-6, err_msg=name)
        expected = entry.slope(z, out[member])
        np.testing.assert_array_equal(slopes[member], expected, err_msg=name)
