"""Least squares with an intercept in closed form, by three routes that must agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.dataset import Floats
from datasets.spec import STRICT

from ..fitters.protocol import Kind, OnEpochs, Snapshots, one_by_one
from ..spec import Layer
from ..task import RepeatFit, Task


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


if TYPE_CHECKING:  # a name, which a type checker cannot read out of SOLVERS
    SolverName = str
else:
    SolverName = Literal[tuple(SOLVERS)]


@dataclass(frozen=True, config=STRICT)
class ClosedForm:
    """Least squares with an intercept, solved at once: no epochs, no seed."""

    kind: Annotated[
        SolverName,
        Field(
            examples=["pinv"],
            description="network, or least squares in closed form: pinv, svd, linear_regression",
        ),
    ]
    trained: ClassVar[bool] = False
    in_batches: ClassVar[bool] = False
    precision: ClassVar[str] = "float64"
    # Nothing of `Training` is read, and none is refused: sweeps set it for the networks beside it.
    unread: ClassVar[frozenset[str]] = frozenset()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """None: a linear map from the features to the target."""
        return ()

    @property
    def label(self) -> str:
        """The method."""
        return f"least squares by {self.kind}"

    def parameters(self, n_features: int) -> tuple[int, int]:
        """(total, trainable): a weight for each feature and an intercept."""
        return n_features + 1, n_features + 1


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


def _solve_repeat(task: Task, repeat: int, on_epochs: OnEpochs) -> RepeatFit:
    """The line through one repeat's training rows; it has no epochs."""
    on_epochs(0)
    rows_T = task.train_T
    coefficients_F, intercept = solve(task.x_NxF[rows_T], task.y_N[rows_T], task.model.kind)

    def predicted(x_PxF: Floats) -> Floats:
        return np.asarray(x_PxF @ coefficients_F + intercept)

    snapshots = Snapshots(task, predicted)
    snapshots.keep(0)
    return RepeatFit(
        prediction_N=predicted(task.x_NxF),
        history={},
        weights=(coefficients_F[:, None], np.array([intercept])),
        **snapshots.fields(),
    )


_solve_task = one_by_one(_solve_repeat)
KIND = Kind(ClosedForm, lambda task: _solve_task)
