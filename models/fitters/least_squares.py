"""Least squares with an intercept in closed form, by three routes that must agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from ..task import Fit, Floats, Task


def pinv(a_NxK: Floats, y_N: Floats) -> Floats:
    """Theta (K,) of least norm, by the Moore-Penrose inverse of A."""
    return np.asarray(np.linalg.pinv(a_NxK) @ y_N)


def svd(a_NxK: Floats, y_N: Floats) -> Floats:
    """Theta (K,) by V diag(1/s) U' y, without the singular values that are rounding errors."""
    u_NxK, s_K, vt_KxK = np.linalg.svd(a_NxK, full_matrices=False)
    kept_K = s_K > s_K.max() * max(a_NxK.shape) * np.finfo(np.float64).eps
    inverse_K = np.divide(1.0, s_K, out=np.zeros_like(s_K), where=kept_K)
    return np.asarray(vt_KxK.T @ (inverse_K * (u_NxK.T @ y_N)))


def linear_regression(a_NxK: Floats, y_N: Floats) -> Floats:
    """Theta (K,) by scikit-learn's LinearRegression, the intercept first."""
    from sklearn.linear_model import LinearRegression

    if a_NxK.shape[1] == 1:
        return np.array([y_N.mean()])
    fitted = LinearRegression().fit(a_NxK[:, 1:], y_N)
    return np.concatenate([[fitted.intercept_], fitted.coef_])


SOLVERS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "pinv": pinv,
    "svd": svd,
    "linear_regression": linear_regression,
}


def solve(x_NxF: Floats, y_N: Floats, method: str = "svd") -> tuple[Floats, float]:
    """Coefficients (F,) and intercept of the least-squares line through the rows.

    A constant feature says the same as the intercept: it gets coefficient 0.
    """
    varies_F = np.ptp(x_NxF, axis=0) > 0
    a_NxK = np.column_stack([np.ones(len(y_N)), x_NxF[:, varies_F]])
    theta_K = SOLVERS[method](a_NxK, y_N)
    coefficients_F = np.zeros(x_NxF.shape[1])
    coefficients_F[varies_F] = theta_K[1:]
    return coefficients_F, float(theta_K[0])


def fit(tasks: Sequence[Task], on_epochs: Callable[[int], None]) -> list[Fit]:
    """Solve each task on its training rows; `on_epochs` is not called, there are none."""
    return [_fit(task) for task in tasks]


def _fit(task: Task) -> Fit:
    started = time.perf_counter()
    rows_T = task.train_T
    coefficients_F, intercept = solve(task.x_NxF[rows_T], task.y_N[rows_T], task.model.kind)
    prediction_N = task.x_NxF @ coefficients_F + intercept
    return Fit(
        prediction_RxN=prediction_N[None, :],
        history=({},),
        weights=((coefficients_F[:, None], np.array([intercept])),),
        snapshot_epochs=(np.zeros(1, dtype=np.int64),),
        snapshots=(prediction_N[None, :].astype(np.float32),),
        diverged_at=(None,),
        seconds=time.perf_counter() - started,
    )
