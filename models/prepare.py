"""Specs -> a task: the dataset that they describe, which rows train, and what repeats redraw."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from datasets import Dataset, Split, data_of, grid, load, split_of, split_rows, varying
from datasets.dataset import Floats

from .spec import Model, Training
from .task import Rows, Task


@dataclass(frozen=True, eq=False)
class Known:
    """What is made already: runs on the same data share their arrays.

    datasets, and grids for what is drawn over them, by spec; rows by the specs of data and split.
    """

    datasets: dict[Any, Dataset] = field(default_factory=dict)
    grids: dict[Any, Floats | None] = field(default_factory=dict)
    rows: dict[tuple[Any, Split], Rows] = field(default_factory=dict)


class Specs(Protocol):
    """What describes a run; `dataset` is a spec of `datasets.DATASETS`."""

    @property
    def dataset(self) -> Any: ...  # noqa: D102, the class says it
    @property
    def split(self) -> Split: ...  # noqa: D102
    @property
    def model(self) -> Model: ...  # noqa: D102
    @property
    def training(self) -> Training: ...  # noqa: D102


def rows_of(specs: Specs, known: Known, repeat: int = 0) -> tuple[Dataset, Rows]:
    """The dataset that a repeat sees, and its rows on either side.

    Args:
        specs: the run's; what `training.vary` does not name is that of repeat 0.
        known: what is made already; what is new is added.
        repeat: the number of the repeat.

    Raises:
        DataError: for data from outside that cannot be used.
        SplitError: where the split leaves no rows on a side.
    """
    varied = specs.training.vary
    spec = data_of(specs.dataset, repeat) if "data" in varied else specs.dataset
    split = split_of(specs.split, repeat) if "split" in varied else specs.split
    dataset = known.datasets[spec] = known.datasets.get(spec) or load(spec)
    if (spec, split) not in known.rows:
        sides = split_rows(len(dataset.y_N), split)
        known.rows[spec, split] = Rows(dataset.x_NxF, dataset.y_N, *sides, dataset.optimum_N)
    return dataset, known.rows[spec, split]


def _grid_of(spec: Any, known: Known) -> Floats | None:
    """The points over the feature that varies; None over two: only final weights are drawn."""
    if spec not in known.grids:
        x_NxF = known.datasets[spec].x_NxF
        known.grids[spec] = grid(x_NxF) if len(varying(x_NxF)) == 1 else None
    return known.grids[spec]


def make_task(
    specs: Specs, known: Known | None = None, first_repeat: int = 0, count: int | None = None
) -> tuple[Dataset, Task]:
    """The dataset of repeat 0 and the task, which holds what other repeats draw.

    Args:
        specs: the run's.
        known: what is made already; what is new is added.
        first_repeat: see `Task`.
        count: see `Task`.

    Raises:
        DataError: for data from outside that cannot be used.
        SplitError: where the split leaves no rows on a side.
    """
    known = Known() if known is None else known
    dataset, rows = rows_of(specs, known)
    sides = rows.x_NxF, rows.y_N, rows.train_T, rows.validation_V
    points_GxF = _grid_of(specs.dataset, known)
    task = Task(*sides, specs.model, specs.training, first_repeat, count, grid_GxF=points_GxF)
    if specs.training.vary == ("weights",):
        return dataset, task
    draws = {repeat: rows_of(specs, known, repeat)[1] for repeat in task.numbers}
    return dataset, replace(task, draws=draws)


def compared_by(specs: Specs, dataset: Dataset) -> str:
    """SHA-256 of what repeats see and what they vary: of runs with the same, repeats are a match.

    Where data vary, their seed counts too: two seeds could draw equal rows for repeat 0 alone.
    """
    varied = sorted(specs.training.vary)
    seed = specs.dataset.seed if "data" in varied else None
    seen = [dataset.fingerprint(), asdict(specs.split), varied, seed]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()
