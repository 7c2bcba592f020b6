"""The rows of a run: the dataset of a config, and which of its rows train."""

from __future__ import annotations

from collections.abc import Iterable

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


def refuse_unusable(configs: Iterable[Config]) -> None:
    """Look at data from outside before a run makes its folder.

    Raises ConfigError with everything that is wrong with any of them. Other data are made by the
    program itself, and there is nothing about them to refuse.
    """
    distinct = {(config.dataset, config.split): config for config in configs}
    problems: dict[Problem, None] = {}
    for config in distinct.values():
        if DATASETS[config.dataset.kind].outside:
            try:
                rows_of(config)
            except ConfigError as error:
                problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ConfigError(problems)
