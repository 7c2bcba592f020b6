"""Which rows train and which validate."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from .spec import STRICT, Seed

RowNumbers = NDArray[np.int64]


class SplitError(ValueError):
    """A split that leaves a side without a row."""


@dataclass(frozen=True, config=STRICT)
class Split:
    """How the rows are divided, as the `split` section of a config writes it."""

    how: Annotated[
        Literal["tail", "shuffled"],
        Field(
            examples=["tail"],
            description="tail: the last rows validate, as Keras' validation_split; "
            "shuffled: rows drawn with split.seed",
        ),
    ]
    fraction: Annotated[
        float,
        Field(ge=0, lt=1, examples=[0.2], description="validation rows over all rows; 0: none"),
    ]
    seed: Annotated[Seed, Field(description="seed of the shuffled split")]


def training_rows(n_rows: int, split: Split) -> int:
    """How many of the rows train: floor(n_rows * (1 - fraction)).

    Raises SplitError where a side that is asked for gets no row.
    """
    border = math.floor(n_rows * (1.0 - split.fraction))
    if border < 1:
        raise SplitError(f"leaves no training row of {n_rows}")
    if split.fraction > 0 and border == n_rows:
        raise SplitError(f"leaves no validation row of {n_rows}")
    return border


def split_rows(n_rows: int, split: Split) -> tuple[RowNumbers, RowNumbers]:
    """Row numbers of the training rows (T,) and of the validation rows (V,).

    The border lies where `keras.Model.fit(validation_split=...)` puts it, see `training_rows`,
    which also says what is raised.
    """
    border = training_rows(n_rows, split)
    rows_N = np.arange(n_rows, dtype=np.int64)
    if split.how == "shuffled":
        rows_N = np.random.default_rng(split.seed).permutation(rows_N)
    return rows_N[:border], rows_N[border:]
