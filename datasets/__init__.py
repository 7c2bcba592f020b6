"""Datasets: arrays in memory, with the Bayes-optimal prediction where it is known."""

from __future__ import annotations

from typing import Any

from . import csv, openml
from .csv import Csv
from .dataset import Dataset, Source
from .draws import data_of, split_of
from .errors import DataError
from .grid import grid, varying
from .noisy_sine import noisy_sine
from .openml import OpenMl
from .outliers import Outliers, outliers
from .split import Split, SplitError, split_rows, training_rows
from .synthetic import SYNTHETIC, Synthetic

DATASETS: dict[str, Source] = {
    **SYNTHETIC,
    "noisy_sine": Source(Synthetic, noisy_sine),
    "outliers": Source(Outliers, outliers),
    "csv": Source(Csv, csv.csv, outside=True),
    "openml": Source(OpenMl, openml.openml, outside=True),
}


def load(spec: Any) -> Dataset:
    """The dataset that a spec describes; `spec.kind` is a key of `DATASETS`.

    Raises DataError for data from outside that cannot be used.
    """
    return DATASETS[spec.kind].make(spec)


__all__ = [
    "DATASETS",
    "Csv",
    "DataError",
    "Dataset",
    "OpenMl",
    "Source",
    "Split",
    "SplitError",
    "Synthetic",
    "data_of",
    "grid",
    "load",
    "split_of",
    "split_rows",
    "training_rows",
    "varying",
]
