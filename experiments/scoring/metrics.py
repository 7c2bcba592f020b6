"""How far predictions are from the target. A metric is a function and an entry in METRICS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.task import Floats, Task


def mse(y_N: Floats, prediction_N: Floats) -> float:
    """Mean squared error, in the target's units squared."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean(np.square(prediction_N - y_N)))


METRICS: dict[str, Callable[[Floats, Floats], float]] = {"mse": mse}


def splits(task: Task) -> dict[str, NDArray[np.int64]]:
    """Row numbers by the name that metrics carry; without validation rows there is no `val`."""
    rows = {"train": task.train_T, "val": task.validation_V, "all": np.arange(len(task.y_N))}
    return {name: chosen for name, chosen in rows.items() if len(chosen)}


def score(task: Task, prediction_N: Floats) -> dict[str, float]:
    """Every metric on every split, under `<split>/<metric>`."""
    return {
        f"{split}/{name}": metric(task.y_N[chosen], prediction_N[chosen])
        for split, chosen in splits(task).items()
        for name, metric in METRICS.items()
    }
