"""Optimizers by the names that Keras gives them: slots, step, and the settings of Keras' class.

To add one, add an entry to OPTIMIZERS: the spec, the messages, both engines and the tests read it.
One that has a class in Keras but no step here is trained by the keras engine alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .activations import Array

Stepped = tuple[Array, tuple[Array, ...]]

# Keras' defaults.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
RHO = 0.9


class Settings(NamedTuple):
    """What one step goes by. Arrays broadcast with the weight; they differ between members.

    rate: the learning rate, after `Optimizer.rate`. values: of the keys of `Training` that the
    members use, by key, one array each. used: those keys' names, known when it is compiled.
    """

    rate: Array
    values: Mapping[str, Array]
    used: tuple[str, ...]


class Optimizer(NamedTuple):
    """One optimizer, for both engines.

    class_name: of the class in `keras.optimizers`. config: that class's settings besides the
    learning rate. reads: the keys of `Training` that this optimizer reads and not every other one.
    decoupled: whether training.weight_decay shrinks kernels by rate * decay before each step (Keras
    calls it the optimizer's weight_decay), rather than adding a penalty to the loss.

    For the stacked engine: slots, how many arrays like the weight a weight's step remembers, from
    the names of the keys in use; initial, what they hold before the first step; rate, the learning
    rate (M,) that steps take, from that asked for and from the number (M,) of the step, from 1;
    step, the next weight and slots from the weight, its gradient, its slots and the settings.
    """

    class_name: str
    step: Callable[[Array, Array, tuple[Array, ...], Settings], Stepped] | None
    slots: Callable[[tuple[str, ...]], int]
    config: Callable[[Any], dict[str, Any]] = lambda training: {}
    rate: Callable[[Array, Array], Array] = lambda rate_M, number_M: rate_M
    reads: tuple[str, ...] = ()
    decoupled: bool = False
    initial: float = 0.0


def _adam_rate(rate_M: Array, number_M: Array) -> Array:
    """With the corrections of both moments' bias towards zero (Kingma and Ba, 2015)."""
    import tensorflow as tf

    return rate_M * tf.sqrt(1 - BETA_2**number_M) / (1 - BETA_1**number_M)


def _adam(weight: Array, slope: Array, slots: tuple[Array, ...], settings: Settings) -> Stepped:
    import tensorflow as tf

    first, second = slots
    next_first = first + (slope - first) * (1 - BETA_1)
    next_second = second + (slope * slope - second) * (1 - BETA_2)
    next_weight = weight - next_first * settings.rate / (tf.sqrt(next_second) + EPSILON)
    return next_weight, (next_first, next_second)


def _sgd(weight: Array, slope: Array, slots: tuple[Array, ...], settings: Settings) -> Stepped:
    if not slots:
        return weight - settings.rate * slope, ()
    momentum = settings.values["momentum"]
    velocity = slots[0] * momentum - slope * settings.rate
    if "nesterov" in settings.used:
        return weight + (velocity * momentum - slope * settings.rate), (velocity,)
    return weight + velocity, (velocity,)


def _rmsprop(weight: Array, slope: Array, slots: tuple[Array, ...], settings: Settings) -> Stepped:
    import tensorflow as tf

    mean_square = RHO * slots[0] + (1 - RHO) * tf.square(slope)
    return weight - settings.rate * slope / tf.sqrt(mean_square + EPSILON), (mean_square,)


OPTIMIZERS: dict[str, Optimizer] = {
    "adam": Optimizer("Adam", _adam, slots=lambda used: 2, rate=_adam_rate),
    "sgd": Optimizer(
        "SGD",
        _sgd,
        slots=lambda used: int("momentum" in used),
        config=lambda training: {"momentum": training.momentum, "nesterov": training.nesterov},
        reads=("momentum", "nesterov"),
    ),
    "rmsprop": Optimizer("RMSprop", _rmsprop, slots=lambda used: 1),
    "adamw": Optimizer(
        "AdamW",
        _adam,
        slots=lambda used: 2,
        config=lambda training: {"weight_decay": training.weight_decay},
        rate=_adam_rate,
        decoupled=True,
    ),
}
