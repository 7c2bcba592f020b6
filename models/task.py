"""What a fitter takes and what it gives: arrays only, so that both can cross a process border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .repeats import chosen
from .spec import Model, Training

Floats = NDArray[np.float64]
Weights = tuple[NDArray[np.floating], ...]


@dataclass(frozen=True, eq=False)
class Task:
    """One run, ready to be fitted.

    x_NxF: features; y_N: target; train_T and validation_V: the row numbers of each side (V may be
    0). Repeat k of a task draws its randomness from (training.seed, k) alone.
    """

    x_NxF: Floats
    y_N: Floats
    train_T: NDArray[np.int64]
    validation_V: NDArray[np.int64]
    model: Model
    training: Training

    @property
    def repeats(self) -> int:
        """How many fits the task asks for; a closed form has no randomness to repeat."""
        rows, features = len(self.train_T), self.x_NxF.shape[1]
        return chosen(self.model, self.training, rows, features) if self.model.trained else 1

    @property
    def epochs(self) -> int:
        """How many epochs a fit takes; a closed form has none."""
        return self.training.epochs if self.model.trained else 0


@dataclass(frozen=True, eq=False)
class Fit:
    """What came out of a task, for R repeats.

    prediction_RxN: predictions with the final weights on all rows. history: one dict a repeat, from
    Keras' name (loss, mse, val_loss, val_mse) to its values, one an epoch, in the target's own
    units squared. weights: one tuple a repeat, kernel and bias of each Dense layer from the input
    on. snapshot_epochs: one array a
    repeat, the number of finished epochs at each snapshot; snapshots: one (S, N) float32 array a
    repeat. diverged_at: for each repeat the first epoch (from 1) with a non-finite loss, or None.
    """

    prediction_RxN: Floats
    history: tuple[dict[str, Floats], ...]
    weights: tuple[Weights, ...]
    snapshot_epochs: tuple[NDArray[np.int64], ...]
    snapshots: tuple[NDArray[np.float32], ...]
    diverged_at: tuple[int | None, ...]
    seconds: float
