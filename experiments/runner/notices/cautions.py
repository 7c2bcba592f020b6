"""What a person should know of data and settings before a training: it runs, but says little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from datasets import Dataset
from models import Task

from ...text import count

# Validation rows below which an error is mostly chance.
FEW_ROWS = 5
# Beside its size what a feature varies by: float32, in which networks are trained, has some seven
# digits.
NEAR_CONSTANT = 1e-5
MOST_NAMED = 3  # columns that a line names


def cautions(dataset: Dataset, task: Task) -> tuple[str, ...]:
    """A line for each, without what is right; see `_of`."""
    return tuple(f"warning: {line}" for line in _of(dataset, task))


def of_sweep(prepared: Iterable[tuple[Dataset, Task]]) -> list[str]:
    """The distinct lines of all runs, each with how many runs it is about."""
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    counts: Counter[str] = Counter()
    for dataset, task in prepared:
        key = id(dataset), len(task.train_T), len(task.validation_V), task.training.batch_size
        if key not in known:  # most runs share their data
            known[key] = cautions(dataset, task)
        counts.update(known[key])
    return [f"{line} ({count(runs, 'run')})" for line, runs in counts.items()]


def _of(dataset: Dataset, task: Task) -> Iterator[str]:
    rows, train = len(task.validation_V), len(task.train_T)
    if 0 < rows < FEW_ROWS:
        what = f"split.fraction: {count(rows, 'row')} to validate on, so val/mse is mostly chance"
        yield f"{what}; take a larger split.fraction, or more rows"
    batch = task.training.batch_size
    if task.model.trained and task.model.in_batches and batch > train:
        what = f"training.batch_size: {batch:,} is more than the {count(train, 'training row')}"
        yield f"{what}; an epoch is one step over all of them"
    if np.ptp(task.y_N[task.train_T]) == 0:
        what = f"dataset: {dataset.target_name} is the same in all training rows"
        yield f"{what}; there is nothing to learn, and R² says nothing"
    if task.x_NxF.shape[1] > train and train:
        what = f"dataset: {task.x_NxF.shape[1]:,} features and {count(train, 'training row')}"
        yield f"{what}; least squares fits these rows exactly, whatever the features are"
    yield from _of_features(dataset, task)


def _of_features(dataset: Dataset, task: Task) -> Iterator[str]:
    """On columns that say nothing; the one that archlab adds itself is meant to."""
    x_TxF = np.asarray(task.x_NxF[task.train_T], dtype=float)
    if not len(x_TxF):
        return
    spread_F, size_F = np.ptp(x_TxF, axis=0), np.abs(x_TxF).max(axis=0)
    ours = [name == "x0" and dataset.optimum is not None for name in dataset.feature_names]
    constant_F = (spread_F == 0) & ~np.array(ours)
    if constant_F.any():
        names = _columns_that_say_little(dataset, constant_F)
        what = f"dataset.features: {names} the same in all training rows"
        yield f"{what}; nothing can be learnt from that"
    narrow_F = (spread_F > 0) & (spread_F < NEAR_CONSTANT * size_F)
    if narrow_F.any():
        names = _columns_that_say_little(dataset, narrow_F)
        what = f"dataset.features: {names} nearly constant beside its size"
        yield f"{what}, which float32 rounds away; subtract a number in your data"


def _columns_that_say_little(dataset: Dataset, chosen_F: np.ndarray) -> str:
    """The first few columns that are chosen, with the verb."""
    names = [name for name, one in zip(dataset.feature_names, chosen_F, strict=True) if one]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more} {'is' if len(names) == 1 else 'are'}"
