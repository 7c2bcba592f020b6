"""A record made without training, for tests of what comes after it."""

from __future__ import annotations

import numpy as np

from datasets import load
from experiments.record import About
from experiments.scoring.summarize import summarise
from experiments.task import prepare
from models import Fit
from models import network as networks
from models.prepare import compared_by


def make_record(config, diverged_at=None):
    """(record, network) of a config whose fit is invented: the optimum plus a little per repeat."""
    dataset, task = prepare(config)
    assert load(config.dataset).fingerprint() == dataset.fingerprint()
    repeats, epochs = task.repeats, task.epochs
    base_N = dataset.optimum_N if dataset.optimum_N is not None else dataset.y_N
    prediction_RxN = np.stack([base_N + 0.1 * (k + 1) for k in range(repeats)])
    if diverged_at is not None:
        prediction_RxN[-1] = np.nan
    grids = ()
    if task.grid_GxF is not None:
        level = 0.0 if dataset.optimum is None else dataset.optimum(task.grid_GxF)
        base_G = np.zeros(len(task.grid_GxF)) + level
        curves_RxG = [base_G + 0.1 * (k + 1) for k in range(repeats)]
        if diverged_at is not None:
            curves_RxG[-1] = base_G * np.nan
        grids = tuple(np.stack([base_G * 0, c]).astype(np.float32) for c in curves_RxG)
    names = ["loss", "mse"] + (["val_loss", "val_mse"] if len(task.validation_V) else [])
    curves = [np.geomspace(100, 1, epochs) * (k + 1) for k in range(repeats)] if epochs else []
    history = tuple(dict.fromkeys(names, curve) for curve in curves) or ({},) * repeats
    fitted = Fit(
        prediction_RxN=prediction_RxN,
        history=history,
        weights=tuple(networks.initial_weights(task, k) for k in range(repeats)),
        snapshot_epochs=(np.arange(2),) * repeats,
        snapshots=(np.stack([base_N * 0, base_N]).astype(np.float32),) * repeats,
        diverged_at=(None,) * (repeats - 1) + (diverged_at,),
        seconds=1.0,
        grids=grids,
    )
    about = About(
        config.tree(),
        config.fingerprint(),
        "python run.py",
        {"python": "3"},
        data={"compared_by": compared_by(config, dataset)},
        label=f"{config.dataset.label}: {config.model.label}",
    )
    return summarise(dataset, task, fitted, about)
