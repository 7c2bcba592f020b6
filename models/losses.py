"""Losses by the names that a config gives them: of one row's error, for both engines.

To add one, add an entry to LOSSES: the spec, the messages, both engines and the tests read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .activations import Array

HUBER_DELTA = 1.0  # Keras' default


class Loss(NamedTuple):
    """What training makes small: the mean over rows of `value`.

    value: the loss of an error (prediction - target), by row. slope: its derivative. power: the
    loss of errors that are `scale` times as large is taken to be scale**power times as large, which
    brings the loss of a standardised target into the target's own units. class_name, of the class
    in `keras.losses`.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    power: int
    class_name: str


def _mse(error: Array) -> Array:
    return error * error


def _mse_slope(error: Array) -> Array:
    return 2.0 * error


def _mae(error: Array) -> Array:
    import tensorflow as tf

    return tf.abs(error)


def _mae_slope(error: Array) -> Array:
    import tensorflow as tf

    return tf.sign(error)


def _huber(error: Array) -> Array:
    import tensorflow as tf

    size = tf.abs(error)
    squared, straight = 0.5 * error * error, HUBER_DELTA * size - 0.5 * HUBER_DELTA**2
    return tf.where(size <= HUBER_DELTA, squared, straight)


def _huber_slope(error: Array) -> Array:
    import tensorflow as tf

    return tf.clip_by_value(error, -HUBER_DELTA, HUBER_DELTA)


LOSSES: dict[str, Loss] = {
    "mse": Loss(_mse, _mse_slope, power=2, class_name="MeanSquaredError"),
    "mae": Loss(_mae, _mae_slope, power=1, class_name="MeanAbsoluteError"),
    # Of what the network learns: where the target is standardised, delta is one standard deviation
    # of it, and the loss is brought back by the square that its quadratic part scales with.
    "huber": Loss(_huber, _huber_slope, power=2, class_name="Huber"),
}
