"""The grid's tasks as arrays, for a peer in another environment.

Usage: python -m benchmarks.peers.handed_over FILE JOB... writes FILE, a `.npz`: `runs`, JSON, tells
of each run its data set, layers, learning rate, batch and epochs; data sets are normalised
features, target, validation rows, and the rows of each repeat's epochs in the order of its batches;
weights are the initial ones.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from models import scaling, seeds
from models.network import initial_weights
from models.task import Task


def hand_over(path: Path, tasks: list[Task]) -> None:
    """Write what tasks of one kind of layer each need to be trained elsewhere."""
    arrays: dict[str, Any] = {}
    numbers: dict[int, int] = {}
    runs = []
    for run, task in enumerate(tasks):
        data = numbers.setdefault(id(task.x_NxF), len(numbers))
        if f"x_{data}" not in arrays:
            arrays |= {f"{key}_{data}": value for key, value in _data(task).items()}
        layers, training = task.model.layers, task.training
        runs.append(
            {
                "data": data,
                "units": [layer.units for layer in layers],
                "activation": layers[0].activation,
                "rate": training.learning_rate,
                "batch": training.batch_size,
                "epochs": training.epochs,
            }
        )
        members = [initial_weights(task, repeat) for repeat in task.numbers]
        for place, weight in enumerate(zip(*members, strict=True)):
            arrays[f"weights_{run}_{place}"] = np.stack(weight).astype(np.float32)
    np.savez(path, runs=np.array(json.dumps(runs)), **arrays)


def _data(task: Task) -> dict[str, Any]:
    """The arrays of a data set; all its runs share seed, epochs and repeats."""
    rows_T = task.train_T
    orders = [
        [
            rows_T[seeds.batch_order(len(rows_T), task.training.seed, repeat, epoch)]
            for epoch in range(task.epochs)
        ]
        for repeat in task.numbers
    ]
    return {
        "x": scaling.features(task),
        "y": scaling.target(task).astype(np.float32),
        "validation": task.validation_V,
        "order": np.array(orders, np.int32),
    }


def main(path: str, jobs: list[str]) -> None:
    """Prepare all jobs and write them."""
    from ..tasks import tasks

    hand_over(Path(path), tasks(jobs))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
