"""Real errors over many seeds: what simulated sweeps of real architectures are drawn from."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Logs = NDArray[np.float64]
DATASETS = ("sine", "cubic")
TRAINED, AT_ONCE = 240, 40
ARCHITECTURES = [*product((1, 2, 3), (5, 20), ("linear", "sigmoid", "relu", "tanh"))]


class Population(NamedTuple):
    """Log errors (A, K) of A architectures over K seeds, and that of what learns nothing."""

    names: tuple[str, ...]
    logs_AxK: Logs
    worst: float

    @property
    def typical(self) -> Logs:
        """The logarithm of each architecture's typical error (A,)."""
        return np.asarray(self.logs_AxK.mean(axis=1))


def trained() -> dict[str, Population]:
    """Validation errors of the 48 architectures of README's sweep, 240 seeds each."""
    from experiments.config.explain import composed
    from experiments.task import prepare
    from models import fit

    found: dict[str, list[list[float]]] = {}
    names = [f"{depth} × {width} {name}" for depth, width, name in ARCHITECTURES]
    worst: dict[str, float] = {}
    for dataset in DATASETS:
        errors: list[list[float]] = [[] for _ in names]
        for seed in range(1000, 1000 + TRAINED // AT_ONCE):
            keys = [
                [
                    f"dataset={dataset}",
                    f"model.depth={depth}",
                    f"model.width={width}",
                    f"model.activation={name}",
                    "training.epochs=100",
                    f"training.repeats={AT_ONCE}",
                    f"training.seed={seed}",
                ]
                for depth, width, name in ARCHITECTURES
            ]
            tasks = [prepare(composed(one))[1] for one in keys]
            for number, (task, fitted) in enumerate(zip(tasks, fit(tasks), strict=True)):
                rows_V = task.validation_V
                square_RxV = (fitted.prediction_RxN[:, rows_V] - task.y_N[rows_V]) ** 2
                errors[number] += square_RxV.mean(axis=1).tolist()
                answers = (
                    task.y_N[task.train_T].mean(),
                    0.0,
                )  # the mean; a network that died at once
                worst[dataset] = max(float(np.mean((a - task.y_N[rows_V]) ** 2)) for a in answers)
        found[dataset] = errors
    return {
        dataset: Population(tuple(names), np.log(found[dataset]), math.log(worst[dataset]))
        for dataset in DATASETS
    }


def kept(path: Path | None) -> dict[str, Population]:
    """The populations of a file; trained, and stored there, where there is none yet."""
    if path is None or not path.exists():
        found = trained()
        if path is not None:
            arrays: dict[str, Any] = {f"{name}_logs": one.logs_AxK for name, one in found.items()}
            arrays |= {f"{name}_worst": np.array(one.worst) for name, one in found.items()}
            np.savez(path, names=np.array(found["sine"].names), **arrays)
        return found
    with np.load(path) as stored:
        names = tuple(map(str, stored["names"]))
        return {
            one: Population(names, stored[f"{one}_logs"], float(stored[f"{one}_worst"]))
            for one in DATASETS
        }


def sampled(
    rng: np.random.Generator, logs_AxK: Logs, runs: int, repeats: int
) -> tuple[Logs, NDArray[np.int64]]:
    """Repeats (M, R) of runs drawn from a population, and which they are; none twice if enough."""
    count = len(logs_AxK)
    chosen_M = rng.permutation(count) if runs <= count else rng.integers(0, count, runs)
    chosen_M = chosen_M[:runs]
    seeds = rng.permuted(np.tile(np.arange(logs_AxK.shape[1]), (runs, 1)), axis=1)[:, :repeats]
    return logs_AxK[chosen_M[:, None], seeds], chosen_M
