"""How far predictions are from the target. A metric is a function and an entry in METRICS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from models.task import Floats
from numpy.typing import NDArray


def mse(y_N: Floats, prediction_N: Floats) -> float:
    """Mean squared error, in the target's units squared."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean(np.square(prediction_N - y_N)))


METRICS: dict[str, Callable[[Floats, Floats], float]] = {"mse": mse}


def splits(train_T: NDArray[np.int64], validation_V: NDArray[np.int64]) -> dict[str, object]:
    """Row selections by the name that metrics carry; without validation rows there is no `val`."""
    rows: dict[str, object] = {"train": train_T}
    if len(validation_V):
        rows["val"] = validation_V
    return {**rows, "all": slice(None)}


def score(
    y_N: Floats, prediction_N: Floats, rows: Mapping[str, object]
) -> dict[str, float]:
    """Every metric on every split, under `<split>/<metric>`."""
    return {
        f"{split}/{name}": metric(y_N[chosen], prediction_N[chosen])  # type: ignore[index]
        for split, chosen in rows.items()
        for name, metric in METRICS.items()
    }
