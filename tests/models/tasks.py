"""Small tasks to fit."""

from __future__ import annotations

import numpy as np
import yaml

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


def example(spec, field):
    """A value that a field of a spec names as an example; where there are several, the first."""
    return yaml.safe_load(str(spec.__pydantic_fields__[field].examples[0]))


def make_task(model=None, rows=30, validation=10, features=2, data_seed=0, **training):
    """A task on a noisy plane. `model`: a kind's name, or some fields of a network."""
    rng = np.random.default_rng(data_seed)
    x_NxF = rng.normal(size=(rows, features)) * 3 + 1
    y_N = x_NxF @ np.arange(1, features + 1) + rng.normal(size=rows) + 5
    network = {"kind": "network", "depth": 1, "width": 4, "activation": "tanh"}
    if isinstance(model, str) and model != "network":
        of_kind = MODELS[model]
        spec = of_kind(
            **{name: example(of_kind, name) for name in of_kind.__pydantic_fields__}
            | {"kind": model}
        )
    else:
        spec = Network(**{**network, **(model if isinstance(model, dict) else {})})
    return Task(
        x_NxF=x_NxF,
        y_N=y_N,
        train_T=np.arange(rows - validation),
        validation_V=np.arange(rows - validation, rows),
        model=spec,
        training=Training(**{**TRAINING, **training}),
        grid_GxF=rng.normal(size=(7, features)) * 6,
    )


def all_fits(fitter, tasks, on_epochs=lambda epochs: None):
    """The fits of one engine (a module), in the order of the tasks."""
    fits = dict(fitter.fit(tasks, on_epochs))
    return [fits[index] for index in range(len(tasks))]
