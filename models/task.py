"""What a fitter takes and what it gives: arrays only, so that both can cross a process border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

from . import seeds
from .repeats import repeats_of
from .spec import Model, Training

# More than this is not kept of what the repeats of one task predict while they learn.
SNAPSHOT_BYTES = 512 * 2**20

Weights = tuple[NDArray[np.floating], ...]


@dataclass(frozen=True, eq=False)
class Rows:
    """What one repeat sees: features x_NxF, target y_N and the row numbers of each side.

    optimum_N: the Bayes-optimal prediction on these rows, where it is known. No fitter looks at it;
    who scores the fit does.
    """

    x_NxF: Floats
    y_N: Floats
    train_T: NDArray[np.int64]
    validation_V: NDArray[np.int64]
    optimum_N: Floats | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """One run, ready to be fitted.

    x_NxF: features; y_N: target; train_T and validation_V: the row numbers of each side (V may be
    0). Repeat k of a task draws its randomness from (training.seed, k) alone, so repeats can be
    trained a few at a time: first_repeat is the number of the first one here, and count, where it
    is given, says how many there are in place of `training.repeats`.

    The rows are those of repeat 0. draws: where rows or split vary, what each repeat sees, by its
    number; as many rows and as many of each side as repeat 0. Empty where all see the same.

    grid_GxF: further points to predict at every snapshot; they take no part in anything else.
    """

    x_NxF: Floats
    y_N: Floats
    train_T: NDArray[np.int64]
    validation_V: NDArray[np.int64]
    model: Model
    training: Training
    first_repeat: int = 0
    count: int | None = None
    draws: Mapping[int, Rows] = field(default_factory=dict)
    grid_GxF: Floats | None = None

    @property
    def exact(self) -> bool:
        """Whether nothing that varies touches the fit: a closed form on rows that stay."""
        return not self.model.trained and self.training.vary == ("weights",)

    @property
    def repeats(self) -> int:
        """How many fits the task asks for; one where no two could differ."""
        if self.exact:
            return 1
        if self.count is not None:
            return self.count
        return repeats_of(self.model, self.training, len(self.train_T), self.x_NxF.shape[1])

    @property
    def thin(self) -> bool:
        """Whether its fit holds no snapshots, because those of all repeats are too many."""
        points = len(self.y_N) + (0 if self.grid_GxF is None else len(self.grid_GxF))
        each = 4 * points * len(seeds.snapshot_epochs(self.epochs))
        return self.repeats > 1 and self.repeats * each > SNAPSHOT_BYTES

    @property
    def numbers(self) -> range:
        """The numbers of the repeats to fit."""
        return range(self.first_repeat, self.first_repeat + self.repeats)

    def of_repeat(self, repeat: int) -> Task:
        """The task of one repeat alone, on the rows that it sees."""
        alone = replace(self, first_repeat=repeat, count=1, draws={})
        if not self.draws:
            return alone
        own = self.draws[repeat]
        return replace(
            alone,
            x_NxF=own.x_NxF,
            y_N=own.y_N,
            train_T=own.train_T,
            validation_V=own.validation_V,
        )

    def start_of(self, repeat: int) -> int:
        """The repeat whose initial weights and batch orders a repeat has; its own if they vary."""
        return repeat if "weights" in self.training.vary else 0

    @property
    def epochs(self) -> int:
        """How many epochs a fit takes; a closed form has none."""
        return self.training.epochs if self.model.trained else 0


@dataclass(frozen=True, eq=False)
class RepeatFit:
    """What came out of one repeat, on N rows; all in the target's own units.

    prediction_N: with the final weights, on all rows. history: from Keras' name (loss, mse,
    val_loss, val_mse) to its values, one an epoch that was trained; empty without epochs. weights:
    kernel and bias of each Dense layer, from the input on. snapshot_epochs: after how many epochs
    each snapshot was taken, from 0 (untrained) to the last one trained; snapshots_SxN: what was
    predicted then; unless it diverged, the last is the final prediction. diverged_at: the first
    epoch (from 1) with a loss that is not finite, where the training then ended. best_epoch: where
    patience was asked for, the epoch (from 1) whose weights were restored. grid_SxG: what was
    predicted at the points of the task's grid, in time with snapshots_SxN.
    """

    prediction_N: Floats
    history: dict[str, Floats]
    weights: Weights
    snapshot_epochs: NDArray[np.int64]
    snapshots_SxN: NDArray[np.float32]
    diverged_at: int | None = None
    best_epoch: int | None = None
    grid_SxG: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Fit:
    """What came out of a task, for R repeats; the fields of `RepeatFit`, one entry a repeat.

    prediction_RxN: predictions with the final weights on all rows. history: mse in the target's own
    units squared, loss by the rule of `losses`. seconds: what it took. best_epoch and grids are
    empty in fits that were stored before there was patience or a grid.

    Of a task that is `thin` there are no snapshots, S is 0, and grids hold the last heights alone;
    `fitting.with_snapshots` has them of any repeat.
    """

    prediction_RxN: Floats
    history: tuple[dict[str, Floats], ...]
    weights: tuple[Weights, ...]
    snapshot_epochs: tuple[NDArray[np.int64], ...]
    snapshots: tuple[NDArray[np.float32], ...]
    diverged_at: tuple[int | None, ...]
    seconds: float
    best_epoch: tuple[int | None, ...] = ()
    grids: tuple[NDArray[np.float32] | None, ...] = ()


def thinned(one: RepeatFit) -> RepeatFit:
    """What a fit of a task that is `thin` holds of a repeat."""
    return replace(
        one,
        snapshot_epochs=one.snapshot_epochs[:0].copy(),
        snapshots_SxN=one.snapshots_SxN[:0].copy(),
        grid_SxG=None if one.grid_SxG is None else one.grid_SxG[-1:].copy(),
    )


def assemble(
    repeats: Sequence[RepeatFit], seconds: float, prediction_RxN: Floats | None = None
) -> Fit:
    """The fit of a task from those of its repeats, in their order.

    prediction_RxN: their predictions, where they are one array already.

    A repeat counts as diverged also where its fitter did not say so: at the first loss that is not
    finite, or at the last epoch where only the last update left the numbers.
    """
    return Fit(
        prediction_RxN=(
            np.stack([one.prediction_N for one in repeats])
            if prediction_RxN is None
            else prediction_RxN
        ),
        history=tuple(one.history for one in repeats),
        weights=tuple(one.weights for one in repeats),
        snapshot_epochs=tuple(one.snapshot_epochs for one in repeats),
        snapshots=tuple(one.snapshots_SxN for one in repeats),
        diverged_at=tuple(_diverged_at(one) for one in repeats),
        seconds=seconds,
        best_epoch=tuple(one.best_epoch for one in repeats),
        grids=tuple(one.grid_SxG for one in repeats),
    )


def _diverged_at(one: RepeatFit) -> int | None:
    if one.diverged_at is not None:
        return one.diverged_at
    if one.history:
        wild = ~np.isfinite(np.stack([*one.history.values()])).all(axis=0)
        if wild.any():
            return int(wild.argmax()) + 1
    if not np.isfinite(one.prediction_N).all():
        return len(one.history.get("loss", ()))
    return None


def joined(fits: Sequence[Fit]) -> Fit:
    """One fit from those of the same task's repeats, in their order, a few in each."""
    return Fit(
        prediction_RxN=np.concatenate([fit.prediction_RxN for fit in fits]),
        history=tuple(curves for fit in fits for curves in fit.history),
        weights=tuple(weights for fit in fits for weights in fit.weights),
        snapshot_epochs=tuple(epochs for fit in fits for epochs in fit.snapshot_epochs),
        snapshots=tuple(pictures for fit in fits for pictures in fit.snapshots),
        diverged_at=tuple(epoch for fit in fits for epoch in fit.diverged_at),
        seconds=sum(fit.seconds for fit in fits),
        best_epoch=tuple(epoch for fit in fits for epoch in fit.best_epoch),
        grids=tuple(heights for fit in fits for heights in fit.grids),
    )
