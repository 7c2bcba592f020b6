"""The peer: scikit-learn's MLPRegressor on all cores. Usage: python -m benchmarks.peers.mlp JOB...

Prints one JSON object: wall seconds for one network of each job, worker processes already started,
CPU seconds that they spend fitting, and how many. Same data, layers, batches, Adam, learning rate
and epochs; no early stopping, and no validation error, which only the others compute.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models import Task

NAMES = {"linear": "identity", "sigmoid": "logistic", "relu": "relu", "tanh": "tanh"}


def fit(task: Task, seed: int) -> float:
    """One network; returns CPU seconds of fitting it."""
    from sklearn.neural_network import MLPRegressor

    warnings.simplefilter("ignore")  # that it has not converged is known
    layers, training = task.model.layers, task.training
    x_TxF, y_T = task.x_NxF[task.train_T], task.y_N[task.train_T]
    spread_F = x_TxF.std(0)
    network = MLPRegressor(
        hidden_layer_sizes=[layer.units for layer in layers],
        activation=NAMES[layers[0].activation],
        solver="adam",
        alpha=0,
        batch_size=min(training.batch_size, len(y_T)),
        learning_rate_init=training.learning_rate,
        max_iter=training.epochs,
        shuffle=True,
        tol=0,
        n_iter_no_change=training.epochs + 1,
        early_stopping=False,
        random_state=seed,
    )
    started = time.process_time()
    network.fit((x_TxF - x_TxF.mean(0)) / (spread_F + (spread_F == 0)), y_T)
    assert network.n_iter_ == training.epochs
    return time.process_time() - started


def main(jobs: list[str]) -> None:
    """Fit all jobs and print the seconds."""
    from joblib import Parallel, delayed

    from ..tasks import tasks

    prepared = tasks(jobs)
    cores = os.cpu_count() or 1
    with Parallel(n_jobs=cores) as pool:
        pool(delayed(fit)(prepared[0], seed) for seed in range(2 * cores))  # starts the workers
        started = time.perf_counter()
        cpu = sum(pool(delayed(fit)(task, seed) for seed, task in enumerate(prepared)))
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "cpu": cpu, "networks": len(prepared)}))


if __name__ == "__main__":
    main(sys.argv[1:])
