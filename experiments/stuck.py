"""Repeats that got stuck: whose training ended far from where the others of the same run end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A gap between neighbouring errors that parts two humps: this factor at least, and so many times
# the scatter on its two sides. Of normal or exponential scatter hardly a sample has such a gap.
_FACTOR, _SCATTERS = 1.2, 4.0
_NEAR, _CLEAR = 0.95, 0.8


def hump(logs_R: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which repeats (R,) lie in an upper hump of their own, by the logarithms of their errors.

    The errors are parted at their widest gap. Two repeats have no humps.
    """
    found_R = np.zeros(len(logs_R), np.bool_)
    if len(logs_R) < 3:
        return found_R
    sorted_R = np.sort(logs_R)
    gaps = np.diff(sorted_R)
    cut = int(gaps.argmax())
    sides = sorted_R[: cut + 1], sorted_R[cut + 1 :]
    squares = sum(float(((side - side.mean()) ** 2).sum()) for side in sides)
    scatter = np.sqrt(squares / max(len(logs_R) - 2, 1))
    if gaps[cut] > max(np.log(_FACTOR), _SCATTERS * scatter):
        found_R = logs_R > (sides[0][-1] + sides[1][0]) / 2
    return found_R


def stuck(values: Sequence[float], mean_predictor: float, least_squares: float) -> int:
    """How many repeats got stuck: in a hump of their own, or near the mean predictor's error.

    The latter counts where better is shown to be possible, by another repeat or by least squares.
    """
    errors_R = np.asarray(values, dtype=np.float64)
    stuck_R = hump(np.log(np.maximum(errors_R, 1e-300)))
    if min(float(errors_R.min()), least_squares) <= _CLEAR * mean_predictor:
        stuck_R |= errors_R >= _NEAR * mean_predictor
    return int(stuck_R.sum())
