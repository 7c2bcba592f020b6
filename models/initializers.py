"""Initializers of kernels by the names that Keras gives them.

To add one, add an entry to INITIALIZERS: the spec, the messages, both engines and the tests read
it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

Kernel = NDArray[np.float32]
# A kernel (inputs, outputs) drawn from a generator; see `seeds.of_weights` for what it depends on.
Initializer = Callable[[np.random.Generator, int, int], Kernel]
# The variance of a kernel's entries, by inputs and outputs.
Variance = Callable[[int, int], float]

# Standard deviation of the standard normal distribution once it is cut off at -2 and at 2.
TRUNCATED_STD = 0.87962566103423978


def glorot_uniform(rng: np.random.Generator, n_inputs: int, n_outputs: int) -> Kernel:
    """Uniform on +-sqrt(6 / (inputs + outputs)): the default of Dense (Glorot and Bengio, 2010)."""
    limit = np.sqrt(6.0 / (n_inputs + n_outputs))
    return rng.uniform(-limit, limit, size=(n_inputs, n_outputs)).astype(np.float32)


def _uniform(variance: Variance, rng: np.random.Generator, n_inputs: int, n_outputs: int) -> Kernel:
    """Uniform around 0."""
    limit = np.sqrt(3.0 * variance(n_inputs, n_outputs))
    return rng.uniform(-limit, limit, size=(n_inputs, n_outputs)).astype(np.float32)


def _normal(variance: Variance, rng: np.random.Generator, n_inputs: int, n_outputs: int) -> Kernel:
    """Normal around 0, cut off two standard deviations out, of that variance after the cut."""
    drawn = rng.normal(size=(n_inputs, n_outputs))
    while (outside := np.abs(drawn) > 2).any():
        drawn[outside] = rng.normal(size=int(outside.sum()))
    std = np.sqrt(variance(n_inputs, n_outputs)) / TRUNCATED_STD
    return np.asarray(std * drawn, dtype=np.float32)


def _ones(rng: np.random.Generator, n_inputs: int, n_outputs: int) -> Kernel:
    """Every weight alike, which shows why they must not be."""
    return np.ones((n_inputs, n_outputs), dtype=np.float32)


def _glorot(n_inputs: int, n_outputs: int) -> float:
    return 2.0 / (n_inputs + n_outputs)


def _he(n_inputs: int, n_outputs: int) -> float:
    return 2.0 / n_inputs


def _lecun(n_inputs: int, n_outputs: int) -> float:
    return 1.0 / n_inputs


INITIALIZERS: dict[str, Initializer] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": partial(_normal, _glorot),
    "he_uniform": partial(_uniform, _he),
    "he_normal": partial(_normal, _he),
    "lecun_normal": partial(_normal, _lecun),
    "ones": _ones,
}
