"""Activations by the names that Keras gives them: value and slope of each, for both engines.

To add one, add an entry to ACTIVATIONS: the spec, the messages, both engines and the tests read it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

Array = Any  # a TensorFlow tensor of any shape, float32

# Keras' defaults.
LEAKY_SLOPE = 0.2
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
# Those that every program of the stacked engine holds, chosen by a code at run time; the others are
# compiled into the programs of networks that use them.
CLASSIC = ("linear", "relu", "tanh", "sigmoid")


class Activation(NamedTuple):
    """What a unit makes of its weighted sum z.

    value: f(z), computed as Keras computes it. slope: the derivative of f at z, from z and from
    f(z), whichever gives it without loss of digits, in the formula of Keras' own gradient.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]


def _linear(z: Array) -> Array:
    return z


def _linear_slope(z: Array, out: Array) -> Array:
    import tensorflow as tf

    return tf.ones_like(out)


def _relu(z: Array) -> Array:
    import tensorflow as tf

    return tf.nn.relu(z)


def _relu_slope(z: Array, out: Array) -> Array:
    import tensorflow as tf

    return tf.cast(out > 0, tf.float32)


def _tanh(z: Array) -> Array:
    import tensorflow as tf

    return tf.tanh(z)


def _tanh_slope(z: Array, out: Array) -> Array:
    return 1.0 - out * out


def _sigmoid(z: Array) -> Array:
    import tensorflow as tf

    return 1.0 / (1.0 + tf.exp(-z))


def _sigmoid_slope(z: Array, out: Array) -> Array:
    return out * (1.0 - out)


def _elu(z: Array) -> Array:
    import tensorflow as tf

    return tf.nn.elu(z)


def _elu_slope(z: Array, out: Array) -> Array:
    import tensorflow as tf

    return tf.where(z > 0, 1.0, out + 1.0)


def _selu(z: Array) -> Array:
    import tensorflow as tf

    return tf.nn.selu(z)


def _selu_slope(z: Array, out: Array) -> Array:
    import tensorflow as tf

    return tf.where(z > 0, SELU_SCALE, out + SELU_SCALE * SELU_ALPHA)


def _gelu(z: Array) -> Array:
    import tensorflow as tf

    return tf.nn.gelu(z, approximate=False)


def _gelu_slope(z: Array, out: Array) -> Array:
    """The normal distribution function at z, plus z times its density."""
    import tensorflow as tf

    density = tf.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return 0.5 * (1.0 + tf.math.erf(z / math.sqrt(2))) + z * density


def _silu(z: Array) -> Array:
    import tensorflow as tf

    return tf.nn.silu(z)


def _silu_slope(z: Array, out: Array) -> Array:
    gate = _sigmoid(z)
    return gate * (1.0 + z * (1.0 - gate))


def _softplus(z: Array) -> Array:
    import tensorflow as tf

    return tf.math.softplus(z)


def _softplus_slope(z: Array, out: Array) -> Array:
    return _sigmoid(z)


def _softsign(z: Array) -> Array:
    import tensorflow as tf

    return tf.nn.softsign(z)


def _softsign_slope(z: Array, out: Array) -> Array:
    import tensorflow as tf

    return 1.0 / tf.square(1.0 + tf.abs(z))


def _leaky_relu(z: Array) -> Array:
    import tensorflow as tf

    return tf.nn.leaky_relu(z, alpha=LEAKY_SLOPE)


def _leaky_relu_slope(z: Array, out: Array) -> Array:
    import tensorflow as tf

    return tf.where(z > 0, 1.0, LEAKY_SLOPE)


def _mish(z: Array) -> Array:
    import tensorflow as tf

    return z * tf.tanh(tf.math.softplus(z))


def _mish_slope(z: Array, out: Array) -> Array:
    import tensorflow as tf

    gate = tf.tanh(tf.math.softplus(z))
    return gate + z * (1.0 - gate * gate) * _sigmoid(z)


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(_linear, _linear_slope),
    "relu": Activation(_relu, _relu_slope),
    "tanh": Activation(_tanh, _tanh_slope),
    "sigmoid": Activation(_sigmoid, _sigmoid_slope),
    "elu": Activation(_elu, _elu_slope),
    "selu": Activation(_selu, _selu_slope),
    "gelu": Activation(_gelu, _gelu_slope),
    "silu": Activation(_silu, _silu_slope),
    "softplus": Activation(_softplus, _softplus_slope),
    "softsign": Activation(_softsign, _softsign_slope),
    "leaky_relu": Activation(_leaky_relu, _leaky_relu_slope),
    "mish": Activation(_mish, _mish_slope),
}
# What members carry for each layer, to choose by at run time.
CODES = {name: code for code, name in enumerate(ACTIVATIONS)}


def value(z: Array, code: Array, compiled: tuple[str, ...]) -> Array:
    """The activation of each member at its sums z.

    Args:
        z: sums, (M, B, W).
        code: the member's entry in CODES, (M, 1, 1).
        compiled: names besides the classic ones that a member may have.

    Returns:
        f(z), (M, B, W).
    """
    import tensorflow as tf

    # Keras' own sigmoid: by way of tanh it is exactly 0 below z = -17, and Adam makes whole steps
    # of the slopes that are left there. One division ends both curves, so that XLA keeps one array
    # of them. exp may overflow: 1 / inf is 0, and unchosen it is seen by nothing.
    sigmoid = code == CODES["sigmoid"]
    curve = tf.where(sigmoid, 1.0, tf.tanh(z)) / tf.where(sigmoid, 1.0 + tf.exp(-z), 1.0)
    bent = tf.where(code == CODES["relu"], tf.nn.relu(z), curve)
    out = tf.where(code == CODES["linear"], z, bent)
    for name in compiled:
        out = tf.where(code == CODES[name], ACTIVATIONS[name].value(z), out)
    return out


def slope(z: Array, out: Array, code: Array, compiled: tuple[str, ...]) -> Array:
    """The derivative of each member's activation, (M, B, W); arguments as those of `value`.

    Args:
        z: sums, (M, B, W).
        out: what `value` gave for them, (M, B, W).
        code: the member's entry in CODES, (M, 1, 1).
        compiled: names besides the classic ones that a member may have.
    """
    import tensorflow as tf

    sigmoid = ACTIVATIONS["sigmoid"].slope(z, out)
    curve = tf.where(code == CODES["sigmoid"], sigmoid, ACTIVATIONS["tanh"].slope(z, out))
    bent = tf.where(code == CODES["relu"], ACTIVATIONS["relu"].slope(z, out), curve)
    slopes = tf.where(code == CODES["linear"], ACTIVATIONS["linear"].slope(z, out), bent)
    for name in compiled:
        slopes = tf.where(code == CODES[name], ACTIVATIONS[name].slope(z, out), slopes)
    return slopes
