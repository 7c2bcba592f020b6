"""All randomness of training: pure functions of (seed, repeat, place), whatever ran before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Keeps the two uses of a seed apart: layer 3 and epoch 3 must not draw the same numbers.
_WEIGHTS, _ORDER = 0, 1


def glorot_uniform(
    n_inputs: int, n_outputs: int, seed: int, repeat: int, layer: int
) -> NDArray[np.float32]:
    """Initial kernel of shape (n_inputs, n_outputs), uniform on +-sqrt(6 / (inputs + outputs)).

    The distribution of Keras' `GlorotUniform`, the default of Dense (Glorot and Bengio, 2010).
    """
    limit = np.sqrt(6.0 / (n_inputs + n_outputs))
    rng = np.random.default_rng([seed, repeat, _WEIGHTS, layer])
    return rng.uniform(-limit, limit, size=(n_inputs, n_outputs)).astype(np.float32)


def batch_order(n_rows: int, seed: int, repeat: int, epoch: int) -> NDArray[np.int64]:
    """The order (n_rows,) in which training rows are visited in `epoch`, counted from 0."""
    return np.random.default_rng([seed, repeat, _ORDER, epoch]).permutation(n_rows)


def snapshot_epochs(epochs: int, count: int = 40) -> NDArray[np.int64]:
    """About `count` log-spaced numbers of finished epochs, from 0 (untrained) to `epochs`."""
    if epochs == 0:
        return np.zeros(1, dtype=np.int64)
    spaced = np.unique(np.geomspace(1, epochs, count).round().astype(np.int64))
    return np.concatenate([np.zeros(1, dtype=np.int64), spaced])


def small_normal(n_inputs: int, n_outputs: int, seed: int, repeat: int) -> NDArray[np.float64]:
    """Initial weights of shape (n_inputs, n_outputs) for gradient descent, normal x 0.01.

    Draw number `repeat` from NumPy's older generator, which the guide of this model uses: seed 3
    starts where the guide starts, and so ends on its very digits.
    """
    draws = np.random.RandomState(seed).normal(size=(repeat + 1, n_outputs, n_inputs))
    return np.asarray(draws[repeat].T * 0.01)
