"""Least squares with an intercept in closed form, by three routes that must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..task import Fit, Floats, Task
from .one_by_one import by_repeats, one_by_one


def pinv(x_NxF: Floats, y_N: Floats) -> Floats:
    """Coefficients (F,) of least norm, by the Moore-Penrose inverse of X."""
    return np.asarray(np.linalg.pinv(x_NxF) @ y_N)


def svd(x_NxF: Floats, y_N: Floats) -> Floats:
    """Coefficients (F,) by V diag(1/s) U' y, without singular values that are rounding errors."""
    u_NxK, s_K, vt_KxF = np.linalg.svd(x_NxF, full_matrices=False)
    kept_K = s_K > s_K.max() * max(x_NxF.shape) * np.finfo(np.float64).eps
    inverse_K = np.divide(1.0, s_K, out=np.zeros_like(s_K), where=kept_K)
    return np.asarray(vt_KxF.T @ (inverse_K * (u_NxK.T @ y_N)))


def linear_regression(x_NxF: Floats, y_N: Floats) -> Floats:
    """Coefficients (F,) by scikit-learn's LinearRegression."""
    from sklearn.linear_model import LinearRegression

    return np.asarray(LinearRegression().fit(x_NxF, y_N).coef_)


SOLVERS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "pinv": pinv,
    "svd": svd,
    "linear_regression": linear_regression,
}


def solve(x_NxF: Floats, y_N: Floats, method: str = "svd") -> tuple[Floats, float]:
    """Coefficients (F,) and intercept of the least-squares line through the rows.

    Features and target are centred first: the intercept then is no column that a large offset could
    drown, and a constant feature, which says the same as the intercept, gets coefficient 0.
    """
    means_F, mean = x_NxF.mean(axis=0), float(y_N.mean())
    coefficients_F = np.zeros(x_NxF.shape[1])
    varies_F = np.ptp(x_NxF, axis=0) > 0
    if varies_F.any():
        centred_NxK = (x_NxF - means_F)[:, varies_F]
        coefficients_F[varies_F] = SOLVERS[method](centred_NxK, y_N - mean)
    return coefficients_F, mean - float(means_F @ coefficients_F)


def fit(
    tasks: Sequence[Task], on_epochs: Callable[[int], None]
) -> Iterator[tuple[int, Fit | Exception]]:
    """Solve each task on its training rows; `on_epochs` is told of none, so that it may stop us."""
    return one_by_one(tasks, lambda task: _fit(task, on_epochs))


def _fit(task: Task, on_epochs: Callable[[int], None]) -> Fit:
    return by_repeats(task, lambda own, _: _fit_repeat(own, on_epochs))


def _fit_repeat(task: Task, on_epochs: Callable[[int], None]) -> tuple[Any, ...]:
    """The line through one repeat's training rows, as the fields of a `Fit` without epochs."""
    on_epochs(0)
    rows_T = task.train_T
    coefficients_F, intercept = solve(task.x_NxF[rows_T], task.y_N[rows_T], task.model.kind)
    prediction_N = task.x_NxF @ coefficients_F + intercept
    return (
        prediction_N,
        {},
        (coefficients_F[:, None], np.array([intercept])),
        np.zeros(1, dtype=np.int64),
        prediction_N[None, :].astype(np.float32),
        None,
    )
