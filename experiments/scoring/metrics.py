"""How far predictions are from the target: the metrics, and every one of them on every split.

A metric is an entry in METRICS. Whatever shows scores (files, terminal, pages, tables, lessons,
glossary) reads it from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats
from models.task import Rows

# The metric that a run is scored, ranked and compared by.
PRIMARY = "mse"
# By the name that a split has in scores such as `val/mse`.
SPLITS = {"train": "training", "val": "validation", "all": "all rows"}


@dataclass(frozen=True)
class Metric:
    """One way to measure predictions against the target.

    Attributes:
        title: its name for people, in small letters.
        short: the same where there is little room.
        meaning: one sentence for somebody who does not know it.
        unit: what the number is in.
        best: which end is good. Repeats of what is best when lowest, an error, are summarised by
            their geometric mean too, see `repeats.spread`.
        of: (target (N,), prediction (N,)) -> the number; inf or nan where it is not finite.
    """

    title: str
    short: str
    meaning: str
    unit: str
    best: Literal["lowest", "highest"]
    of: Callable[[Floats, Floats], float]


def mse(y_N: Floats, prediction_N: Floats) -> float:
    """Mean squared error."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean(np.square(prediction_N - y_N)))


def mae(y_N: Floats, prediction_N: Floats) -> float:
    """Mean absolute error."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean(np.abs(prediction_N - y_N)))


def r2(y_N: Floats, prediction_N: Floats) -> float:
    """Coefficient of determination; of a target that does not vary 1 if met and 0 if not.

    That convention is the one of scikit-learn's `r2_score`.
    """
    error, variance = mse(y_N, prediction_N), float(np.var(y_N))
    if variance == 0:
        return 1.0 if error == 0 else 0.0
    return 1 - error / variance


METRICS: dict[str, Metric] = {
    "mse": Metric(
        title="mean squared error",
        short="MSE",
        meaning="The average squared distance between prediction and target.",
        unit="the target's units squared",
        best="lowest",
        of=mse,
    ),
    "rmse": Metric(
        title="root mean squared error",
        short="RMSE",
        meaning="The square root of the mean squared error: a distance in the target's own units.",
        unit="the target's units",
        best="lowest",
        of=lambda y_N, prediction_N: mse(y_N, prediction_N) ** 0.5,
    ),
    "mae": Metric(
        title="mean absolute error",
        short="MAE",
        meaning="The average distance between prediction and target; a few wild rows weigh less.",
        unit="the target's units",
        best="lowest",
        of=mae,
    ),
    "r2": Metric(
        title="coefficient of determination",
        short="R²",
        meaning="The share of the target's variance that the prediction explains: 1 is perfect, 0 "
        "is no better than the mean of these rows, below 0 is worse.",
        unit="no unit",
        best="highest",
        of=r2,
    ),
}


def splits(rows: Rows) -> dict[str, NDArray[np.int64]]:
    """Row numbers by the name of their split; without validation rows there is no `val`."""
    chosen = {"train": rows.train_T, "val": rows.validation_V, "all": np.arange(len(rows.y_N))}
    return {name: chosen[name] for name in SPLITS if len(chosen[name])}


def score(rows: Rows, prediction_N: Floats) -> dict[str, float]:
    """Every metric on every split, under `<split>/<metric>`."""
    sides = {
        split: (rows.y_N[chosen], prediction_N[chosen]) for split, chosen in splits(rows).items()
    }
    return {
        f"{split}/{name}": metric.of(*side)
        for split, side in sides.items()
        for name, metric in METRICS.items()
    }
