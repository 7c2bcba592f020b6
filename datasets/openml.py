"""A table of OpenML by its name, fetched (and kept on disk) by scikit-learn."""

from __future__ import annotations

import warnings
from functools import lru_cache
from http.client import HTTPException
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from .dataset import Dataset
from .errors import DataError, Wrong
from .spec import STRICT
from .table import Columns, Table, dataset_of


@dataclass(frozen=True, config=STRICT)
class OpenMl(Columns):
    """A table of openml.org and what is wanted of it, as `conf/dataset/openml.yaml` writes it."""

    kind: Literal["openml"]
    name: Annotated[
        str, Field(min_length=1, examples=["house_prices"], description="the table's name there")
    ]
    version: Annotated[int, Field(ge=1, le=10_000, examples=[1], description="its version there")]

    @property
    def label(self) -> str:
        """The table's name."""
        return self.name


@lru_cache(maxsize=4)
def openml(spec: OpenMl) -> Dataset:
    """The dataset in a table of OpenML; raises DataError with everything that is wrong with it."""
    return dataset_of(_fetched(spec.name, spec.version), spec)


def _fetched(name: str, version: int) -> Table:
    """All columns as texts; scikit-learn's own cache saves a second download."""
    from sklearn.datasets import fetch_openml

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of each attempt that the network refused
            frame = fetch_openml(
                name=name,
                version=version,
                target_column=None,  # every column, whatever OpenML calls the target
                as_frame=True,
                parser="pandas",
                n_retries=1,
            ).frame
    except (OSError, ValueError, HTTPException) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        what = f"cannot be fetched from openml.org, received {name!r}, version {version}: {reason}"
        fix = "look the name and the version up there, or save the table and use dataset=csv"
        raise DataError([Wrong("dataset.name", what, fix)]) from None
    cells = frame.reset_index(drop=True).astype(str).fillna("")
    return Table(f"{name} of OpenML", cells, lambda row, column: f"{name}:row {row}:{column}")
