"""Invented sweeps whose curves are as hard to compress as those of trained networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.record import Grid, Record

from .synthetic import keys_of, make_record, make_sweep, write_run

UNITS = 12  # of the networks that are drawn


def lively_sweep(folder: Path, runs: int, drawn: int) -> None:
    """Run folders, of which the best `drawn` have curves of their own."""
    make_sweep(folder, runs)
    rng = np.random.default_rng(0)
    for number in range(min(drawn, runs)):
        keys = keys_of(number)
        errors = 0.141 * np.exp(np.abs(rng.normal(scale=0.01, size=10)))
        write_run(folder / f"{number:04d}-run", lively(make_record(list(errors), keys), rng))


def lively(record: Record, rng: np.random.Generator) -> Record:
    """The record with losses that jump and fits that are random networks growing."""
    history, grid = record.history.copy(), record.grid
    assert grid is not None
    for column in ("loss", "mse", "val_loss", "val_mse"):
        history[column] *= np.exp(0.1 * rng.normal(size=len(history)))
    fits = np.array([_network(grid.x_GxF[:, 1], rng) for _ in grid.prediction_RxG])
    shares_S = record.snapshot_epochs / record.snapshot_epochs[-1]
    growing = np.array([_network(grid.x_GxF[:, 1], rng) for _ in shares_S])
    snapshots = shares_S[:, None] * fits[0] + 0.2 * (1 - shares_S[:, None]) * growing
    made = Grid(grid.x_GxF, fits, grid.optimal_G, snapshots.astype(np.float32))
    return replace(record, history=history, grid=made)


def _network(x_G: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a random network of one hidden layer puts out, smooth units and kinked ones."""
    hidden = rng.normal(size=(UNITS, 1)) * x_G + rng.normal(size=(UNITS, 1))
    units = np.where(np.arange(UNITS)[:, None] % 2, np.tanh(hidden), np.maximum(hidden, 0))
    return np.asarray(rng.normal(size=UNITS) / 3 @ units, dtype=np.float32)
