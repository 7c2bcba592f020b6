"""What a result must be read against: the worst sensible predictor, the best line, the optimum.

A baseline is a function of a task that predicts all rows from the training rows, and an entry in
BASELINES; the first line of its docstring explains it on the page. The Bayes-optimal predictor
comes with the dataset, where it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from models.kinds import least_squares as closed_form
from models.task import Floats, Task


def mean_predictor(task: Task) -> Floats:
    """Always answers the mean of the training targets."""
    return np.full(len(task.y_N), task.y_N[task.train_T].mean())


def least_squares(task: Task) -> Floats:
    """The best straight line through the training rows, on the same features."""
    coefficients_F, intercept = closed_form.solve(task.x_NxF[task.train_T], task.y_N[task.train_T])
    return task.x_NxF @ coefficients_F + intercept


BASELINES: dict[str, Callable[[Task], Floats]] = {
    "least_squares": least_squares,
    "mean_predictor": mean_predictor,
}


def best_possible(limits: Mapping[str, Mapping[str, float]], name: str) -> float | None:
    """What the Bayes-optimal predictor makes by a score; None where it is unknown.

    limits: scores by limit, of one set of rows. It is 0 where nothing but rounding is left of it,
    because the data hold no noise.
    """
    best = limits.get("bayes", {}).get(name)
    if best is None:
        return None
    return best if best > 1e-9 * limits["mean_predictor"][name] else 0.0
