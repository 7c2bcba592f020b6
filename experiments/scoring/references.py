"""Reference predictors: what a result must be read against, from the best one down.

A reference is an entry in REFERENCES. Whatever shows scores sets a run beside all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from datasets.dataset import Floats
from models.kinds import least_squares as closed_form
from models.task import Rows

NEIGHBOURS = 5


@dataclass(frozen=True)
class Reference:
    """A predictor that needs no training by gradients.

    Attributes:
        title: its name for people.
        error: its error for people, as in "that of least squares".
        meaning: one sentence for somebody who does not know it.
        predict: the rows -> predictions (N,) of all of them, from the training rows alone; None
            where it is unknown for these data.
    """

    title: str
    error: str
    meaning: str
    predict: Callable[[Rows], Floats | None]


def mean_predictor(rows: Rows) -> Floats:
    """Always answers the mean of the training targets."""
    return np.full(len(rows.y_N), rows.y_N[rows.train_T].mean())


def least_squares(rows: Rows) -> Floats:
    """The straight line, or plane, of least training error on the same features."""
    coefficients_F, intercept = closed_form.solve(rows.x_NxF[rows.train_T], rows.y_N[rows.train_T])
    return rows.x_NxF @ coefficients_F + intercept


def nearest_neighbours(rows: Rows) -> Floats:
    """The mean target of the nearest training rows, by features standardised on the training rows.

    A training row is a neighbour of its own. Where no feature varies all rows are equally near.
    """
    from scipy.spatial import KDTree

    x_TxF = rows.x_NxF[rows.train_T]
    varies_F = np.ptp(x_TxF, axis=0) > 0
    if not varies_F.any():
        return mean_predictor(rows)
    scale_F = x_TxF.std(axis=0)[varies_F]
    tree = KDTree(x_TxF[:, varies_F] / scale_F)
    count = min(NEIGHBOURS, len(x_TxF))
    _, nearest_NxK = tree.query(rows.x_NxF[:, varies_F] / scale_F, k=[*range(1, count + 1)])
    return np.asarray(rows.y_N[rows.train_T][nearest_NxK].mean(axis=1), dtype=np.float64)


REFERENCES: dict[str, Reference] = {
    "bayes": Reference(
        title="Bayes-optimal",
        error="the Bayes-optimal error",
        meaning="E[y given x], the predictor of the least expected error, on the very same rows.",
        predict=lambda rows: rows.optimum_N,
    ),
    "least_squares": Reference(
        title="least squares",
        error="that of least squares",
        meaning="The best straight line through the training rows, on the same features.",
        predict=least_squares,
    ),
    "nearest_neighbours": Reference(
        title="nearest neighbours",
        error="that of the nearest neighbours",
        meaning=f"The mean target of the {NEIGHBOURS} nearest training rows; on training rows it "
        "has seen the answer.",
        predict=nearest_neighbours,
    ),
    "mean_predictor": Reference(
        title="mean predictor",
        error="that of the mean predictor",
        meaning="Always answers the mean of the training targets.",
        predict=mean_predictor,
    ),
}
