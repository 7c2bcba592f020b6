"""The rows of a run: the dataset of a config, which of its rows train, and what repeats redraw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from datasets import DATASETS, DataError, Dataset, data_of, load, split_of, split_rows
from models import Rows

from .checks import Config
from .errors import ConfigError, Problem

# Datasets that are made already, by their spec: runs on the same data share their arrays.
Known = dict[Any, Dataset]


def rows_of(config: Config, known: Known | None = None, repeat: int = 0) -> tuple[Dataset, Rows]:
    """The dataset that a repeat sees, and its rows on either side.

    What does not vary is that of repeat 0. Raises ConfigError with all that is wrong with them.
    """
    varied, known = config.training.vary, {} if known is None else known
    spec = data_of(config.dataset, repeat) if "data" in varied else config.dataset
    split = split_of(config.split, repeat) if "split" in varied else config.split
    try:
        dataset = known.get(spec) or load(spec)
    except DataError as error:
        raise ConfigError([Problem(*one) for one in error.problems]) from None
    known[spec] = dataset
    try:
        sides = split_rows(len(dataset.y_N), split)
    except ValueError as error:
        what = f"{error}, received {config.split.fraction!r}"
        raise ConfigError([Problem("split.fraction", what, "change split.fraction")]) from None
    return dataset, Rows(dataset.x_NxF, dataset.y_N, *sides, dataset.optimum_N)


def draws_of(config: Config, repeats: Iterable[int], known: Known) -> dict[int, Rows]:
    """What each repeat sees, by its number; nothing where all see the same."""
    if config.training.vary == ("weights",):
        return {}
    return {repeat: rows_of(config, known, repeat)[1] for repeat in repeats}


def compared_by(config: Config, dataset: Dataset) -> str:
    """SHA-256 of what repeats see and what they vary: of runs with the same, repeats are a match.

    Where data vary, their seed counts too: two seeds could draw equal rows for repeat 0 alone.
    """
    varied = sorted(config.training.vary)
    seed = config.dataset.seed if "data" in varied else None
    said = [dataset.fingerprint(), asdict(config.split), varied, seed]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


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
