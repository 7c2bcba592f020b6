"""The way of a straight line through the loss: slope and intercept after each epoch that is kept.

Both are those of feature and target standardised by the training rows. There the mean squared
error of a line is what least squares leaves, plus the squared distance to its slope and intercept:
a round bowl.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .runs import Case, Values, record_of


class Way(NamedTuple):
    """Slope and intercept on the way, in standardised units.

    epochs_S; at_Sx2: the repeat shown after each of them; ends_Rx2: every repeat with its final
    weights, where a grid is known; best_2: those of least squares, and least, what it leaves.
    """

    epochs_S: Values
    at_Sx2: Values
    ends_Rx2: Values | None
    best_2: Values
    least: float


def way_of(case: Case) -> Way:
    """The way of a run that predicts straight lines, found again from what it predicted."""
    record = record_of(case)
    rows, names = record.predictions, record.features
    x_NxF = rows[names].to_numpy(dtype=float)
    column = int(np.flatnonzero(np.ptp(x_NxF, axis=0) > 0)[0])
    x_N, y_N = x_NxF[:, column], rows["y"].to_numpy(dtype=float)
    trains_N = (rows["split"] == "train").to_numpy()
    x_T, y_T = x_N[trains_N], y_N[trains_N]

    def line(at: Values, predicted: Values) -> Values:
        """What a line fits exactly, but for the rounding of what is stored."""
        t = (predicted.astype(float) - y_T.mean()) / y_T.std()
        if not np.isfinite(t).all():
            return np.full(2, np.nan)
        found: Values = np.polyfit((at - x_T.mean()) / x_T.std(), t, 1)
        return found

    best_2 = line(x_T, y_T)
    grid = record.grid
    ends = None
    if grid is not None:
        ends = np.stack([line(grid.x_GxF[:, column], one) for one in grid.prediction_RxG])
    return Way(
        epochs_S=record.snapshot_epochs,
        at_Sx2=np.stack([line(x_N, one) for one in record.snapshots]),
        ends_Rx2=ends,
        best_2=best_2,
        least=float(1 - best_2[0] ** 2),
    )


def bowl(
    low_2: Values, high_2: Values, way: Way, points: int = 61
) -> tuple[Values, Values, Values]:
    """Slopes, intercepts and the loss over them, as contours take it."""
    across_A, up_B = (np.linspace(*ends, points) for ends in zip(low_2, high_2, strict=True))
    off_A, off_B = across_A - way.best_2[0], up_B - way.best_2[1]
    return across_A, up_B, way.least + off_A**2 + off_B[:, None] ** 2
