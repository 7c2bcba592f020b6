"""All randomness of training: pure functions of (seed, repeat, what for), whatever ran before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Keeps the two uses of a seed apart: layer 3 and epoch 3 must not draw the same numbers.
_WEIGHTS, _ORDER = 0, 1
# About how many snapshots a training leaves.
SNAPSHOTS = 40


def of_weights(seed: int, repeat: int, layer: int) -> np.random.Generator:
    """What the initial kernel of a layer is drawn from."""
    return np.random.default_rng([seed, repeat, _WEIGHTS, layer])


def batch_order(n_rows: int, seed: int, repeat: int, epoch: int) -> NDArray[np.int64]:
    """The order (n_rows,) in which training rows are visited in `epoch`, counted from 0."""
    return np.random.default_rng([seed, repeat, _ORDER, epoch]).permutation(n_rows)


def snapshot_epochs(epochs: int) -> NDArray[np.int64]:
    """Some SNAPSHOTS log-spaced numbers of finished epochs, from 0 (untrained) to `epochs`."""
    if epochs == 0:
        return np.zeros(1, dtype=np.int64)
    spaced = np.unique(np.geomspace(1, epochs, SNAPSHOTS).round().astype(np.int64))
    return np.concatenate([np.zeros(1, dtype=np.int64), spaced])


def small_normal(n_inputs: int, n_outputs: int, seed: int, repeat: int) -> NDArray[np.float64]:
    """Initial weights of shape (n_inputs, n_outputs) for gradient descent, normal x 0.01.

    Draw number `repeat` from NumPy's older generator, which the guide of this model uses: seed 3
    starts where the guide starts, and so ends on its very digits.
    """
    draws = np.random.RandomState(seed).normal(size=(repeat + 1, n_outputs, n_inputs))
    return np.asarray(draws[repeat].T * 0.01)
