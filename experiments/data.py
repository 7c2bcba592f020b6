"""The rows of a run: the dataset of a config, and which of its rows train."""

from __future__ import annotations

from datasets import DATASETS, DataError, Dataset, load, split_rows
from datasets.split import Rows

from .checks import Config
from .errors import ConfigError, Problem


def rows_of(config: Config, dataset: Dataset | None = None) -> tuple[Dataset, Rows, Rows]:
    """The dataset, its training rows (T,) and its validation rows (V,).

    `dataset` saves loading it again. Raises ConfigError with everything that is wrong with them.
    """
    try:
        dataset = dataset or load(config.dataset)
    except DataError as error:
        raise ConfigError([Problem(*one) for one in error.problems]) from None
    try:
        return dataset, *split_rows(len(dataset.y_N), config.split)
    except ValueError as error:
        what = f"{error}, received {config.split.fraction!r}"
        raise ConfigError([Problem("split.fraction", what, "change split.fraction")]) from None


def refuse_unusable(config: Config) -> None:
    """Look at data from outside before a run makes its folder; raises ConfigError.

    Other data are made by the program itself, and there is nothing about them to refuse.
    """
    if DATASETS[config.dataset.kind].outside:
        rows_of(config)
