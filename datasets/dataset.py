"""What a dataset is: arrays in memory, with the Bayes-optimal prediction where it is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# What tables of a run's rows hold besides the features, which are called otherwise.
OWN_COLUMNS = ("row", "split", "y", "y_optimal", "prediction", "prediction_mean", "prediction_std")


@dataclass(frozen=True, eq=False)
class Dataset:
    """One regression problem.

    x_NxF: features, N rows by F columns; y_N: the target. `optimum` is the Bayes-optimal
    prediction E[y given x], of features (G, F) -> (G,), and `noise_floor` its expected squared
    error on new rows; both are None where the truth is unknown. `description` is one sentence for
    people.
    asked_QxF: feature values that a person wants predicted; dropped: rows left out because values
    are missing.
    """

    x_NxF: Floats
    y_N: Floats
    feature_names: tuple[str, ...]
    target_name: str
    description: str
    optimum: Callable[[Floats], Floats] | None = None
    noise_floor: float | None = None
    asked_QxF: Floats | None = None
    dropped: int = 0

    @property
    def optimum_N(self) -> Floats | None:  # noqa: N802, a shape stands in it
        """The Bayes-optimal prediction on the dataset's own rows."""
        return None if self.optimum is None else self.optimum(self.x_NxF)

    def fingerprint(self) -> str:
        """SHA-256 of features and target, to tell whether two runs saw the same data."""
        digest = sha256(repr((self.x_NxF.shape, self.feature_names, self.target_name)).encode())
        for array in (self.x_NxF, self.y_N):
            digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        return digest.hexdigest()


def beside_own_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The names of features, `y (feature)` where one is called as a column of OWN_COLUMNS is."""
    found: list[str] = []
    for name in names:
        free = name
        while free in OWN_COLUMNS or (free != name and free in {*names, *found}):
            free += " (feature)"
        found.append(free)
    return tuple(found)


class Source(NamedTuple):
    """How a dataset is described and how it is made; `outside`: from data that can be wrong."""

    spec: type[Any]
    make: Callable[[Any], Dataset]
    outside: bool = False
