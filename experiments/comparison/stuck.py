"""Repeats that got stuck: whose training ended far from where the others of the same run end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A gap between neighbouring errors that parts a hump from the others below it: this factor at
# least, and so many times the scatter of those. Few samples of normal or exponential
# scatter have one.
_WIDE, _SCATTERS = math.log(1.2), 4.0
_NEAR, _CLEAR = 0.95, 0.8


def hump(logs_R: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which repeats (R,) lie in a hump of their own above at least half of the others.

    By the logarithms of their errors: all beyond the lowest gap that is wide enough.
    """
    ordered = sorted(logs_R.tolist())  # a few floats, faster than as arrays
    least = max(-(-len(ordered) // 2), 2)  # how many of the others there have to be
    for cut in range(least, len(ordered)):
        gap = ordered[cut] - ordered[cut - 1]
        if gap > _WIDE and gap > _SCATTERS * np.std(ordered[:cut], ddof=1):
            return np.asarray(logs_R >= ordered[cut])
    return np.zeros(len(ordered), np.bool_)


def count_stuck(values: Sequence[float], mean_predictor: float, least_squares: float) -> int:
    """How many repeats got stuck: in a hump of their own, or near the mean predictor's error.

    The latter counts where better is shown to be possible, by another repeat or by least squares.
    """
    errors_R = np.asarray(values, dtype=np.float64)
    stuck_R = hump(np.log(np.maximum(errors_R, 1e-300)))
    if min(float(errors_R.min()), least_squares) <= _CLEAR * mean_predictor:
        stuck_R |= errors_R >= _NEAR * mean_predictor
    return int(stuck_R.sum())
