"""Points between the rows of a dataset and a little beyond them, to draw predictions as curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .dataset import Floats

POINTS, SIDE = 400, 120  # of one feature that varies; of each of two
BEYOND = 0.1  # of the data's range, on either side
# Of one feature's points: evenly spaced, whatever the rows do between them. The others stand at
# quantiles of the rows, so that a curve is smooth where most rows are, also beside far tails.
EVEN = 240


def varying(x_NxF: Floats) -> NDArray[np.int64]:
    """The numbers (K,) of the features that are not the same in all rows."""
    return np.flatnonzero(np.ptp(x_NxF, axis=0) > 0)


def grid(x_NxF: Floats) -> Floats:
    """Points (G, F) at which a prediction is drawn over the features that vary.

    For one such feature POINTS points in ascending order, for two a grid of SIDE by SIDE whose
    first feature changes slowest; each from BEYOND below the data to BEYOND above. The other
    features stay as they are. None, (0, F), where no feature varies or more than two do.
    """
    varies_K = varying(x_NxF)
    if len(varies_K) == 1:
        x_N = x_NxF[:, varies_K[0]]
        quantiles = np.quantile(x_N, np.linspace(0, 1, POINTS - EVEN))
        columns = [np.sort(np.concatenate([_even(x_N, EVEN), quantiles]))]
    elif len(varies_K) == 2:
        axes = [_even(x_NxF[:, feature], SIDE) for feature in varies_K]
        columns = [values.ravel() for values in np.meshgrid(*axes, indexing="ij")]
    else:
        return np.empty((0, x_NxF.shape[1]))
    points_GxF = np.tile(x_NxF[0], (len(columns[0]), 1))
    points_GxF[:, varies_K] = np.column_stack(columns)
    return points_GxF


def _even(x_N: Floats, count: int) -> Floats:
    room = BEYOND * np.ptp(x_N)
    return np.linspace(x_N.min() - room, x_N.max() + room, count)
