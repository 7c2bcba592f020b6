"""Small tasks to fit."""

from __future__ import annotations

import numpy as np

from models import MODELS, Network, Task, Training

TRAINING = {
    "engine": "keras",
    "optimizer": "adam",
    "learning_rate": 0.01,
    "epochs": 3,
    "batch_size": 8,
    "seed": 1,
    "repeats": 1,
    "vary": ("weights",),
    "initializer": "glorot_uniform",
    "normalize_on": "train",
    "normalize_target": False,
}


def make_task(model=None, rows=30, validation=10, features=2, data_seed=0, **training):
    """A task on a noisy plane. `model`: another kind's name, or the fields of a network."""
    rng = np.random.default_rng(data_seed)
    x_NxF = rng.normal(size=(rows, features)) * 3 + 1
    y_N = x_NxF @ np.arange(1, features + 1) + rng.normal(size=rows) + 5
    network = {"kind": "network", "depth": 1, "width": 4, "activation": "tanh"}
    spec = (
        MODELS[model](kind=model)
        if isinstance(model, str)
        else Network(**{**network, **(model or {})})
    )
    return Task(
        x_NxF=x_NxF,
        y_N=y_N,
        train_T=np.arange(rows - validation),
        validation_V=np.arange(rows - validation, rows),
        model=spec,
        training=Training(**{**TRAINING, **training}),
    )


def all_fits(fitter, tasks, on_epochs=lambda epochs: None):
    """The fits of one engine (a module), in the order of the tasks."""
    fits = dict(fitter.fit(tasks, on_epochs))
    return [fits[index] for index in range(len(tasks))]
