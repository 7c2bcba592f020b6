"""The fit of one run or a few while they learned, frame by frame.

Letters: S snapshots, P points of a curve, N rows, E epochs with a loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats
from datasets.grid import varying

from ..record import Record, best_possible

PANELS = 6  # runs beside each other
CURVE_EPOCHS = 300  # epochs whose losses are drawn, more of them early
LOUDEST = 1e3  # mean predictor's errors; a diverged training goes off the top
SIDES = {"training": "mse", "validation": "val_mse"}


@dataclass(frozen=True, eq=False)
class GrowingFit:
    """What moves and what stands of one run.

    feature: what the curve is drawn over; empty where there is none, and predictions stand against
    targets. x_P, heights_SxP: the curve at each of epochs_S; inside_P: which of its points are
    between the rows. optimal_P: the Bayes-optimal curve where it is known. losses: epochs and
    loss of the shown repeat by side; others: those of the other repeats on the scored side.
    scored: the side that the run is scored on; best and usual: the errors there of the
    Bayes-optimal and of the mean predictor.
    """

    title: str
    data: str
    feature: str
    target: str
    x_N: Floats
    y_N: Floats
    validation_N: NDArray[np.bool_]
    x_P: Floats
    inside_P: NDArray[np.bool_]
    epochs_S: NDArray[np.int64]
    heights_SxP: Floats
    optimal_P: Floats | None
    losses: dict[str, tuple[NDArray[np.int64], Floats]]
    others: tuple[tuple[NDArray[np.int64], Floats], ...]
    scored: str
    best: float | None
    usual: float


def growing_fit(record: Record, title: str) -> GrowingFit:
    """The shown repeat of a run: over its feature where its grid has one, else against targets."""
    table, grid = record.predictions, record.grid
    y_N = table["y"].to_numpy(dtype=float)
    if grid is not None and grid.snapshots_SxG is not None:
        (column,) = varying(grid.x_GxF)
        feature = record.features[column]
        x_N, x_P = table[feature].to_numpy(dtype=float), grid.x_GxF[:, column]
        inside_P = (x_P >= x_N.min()) & (x_P <= x_N.max())
        heights_SxP, optimal_P = grid.snapshots_SxG, grid.optimal_G
    else:
        feature, x_N, x_P, inside_P = "", y_N, y_N, np.ones(len(y_N), dtype=bool)
        heights_SxP, optimal_P = record.snapshots, None
    score, shown = record.metrics.final_name, record.about.shown_repeat
    scored = "validation" if score.startswith("val/") else "training"
    return GrowingFit(
        title=title,
        data=str(record.about.data["sha256"]),
        feature=feature,
        target=str(record.about.data["target"]),
        x_N=x_N,
        y_N=y_N,
        validation_N=(table["split"] == "val").to_numpy(),
        x_P=x_P,
        inside_P=inside_P,
        epochs_S=record.snapshot_epochs,
        heights_SxP=_drawable(heights_SxP, y_N),
        optimal_P=optimal_P,
        losses={
            side: _losses_of(record, shown, column)
            for side, column in SIDES.items()
            if record.history[column].notna().any()
        },
        others=tuple(
            _losses_of(record, repeat, SIDES[scored])
            for repeat in range(record.metrics.repeats)
            if repeat != shown
        ),
        scored=scored,
        best=best_possible(record.metrics.references, score),
        usual=record.metrics.references["mean_predictor"][score],
    )


def _drawable(heights_SxP: NDArray[np.float32], y_N: Floats) -> Floats:
    """Heights that axes can place: nan where they are no finite numbers, far ones brought near."""
    reach = 100 * (float(np.ptp(y_N)) or 1.0)
    near_SxP: Floats = np.clip(heights_SxP.astype(float), y_N.min() - reach, y_N.max() + reach)
    near_SxP[~np.isfinite(heights_SxP)] = np.nan
    return near_SxP


def _losses_of(record: Record, repeat: int, column: str) -> tuple[NDArray[np.int64], Floats]:
    """Epochs and losses of one repeat, thinned out and without what is no finite number."""
    own = record.history[record.history["repeat"] == repeat]
    kept = np.unique(np.geomspace(1, max(len(own), 1), CURVE_EPOCHS).round().astype(int)) - 1
    own = own.iloc[kept[kept < len(own)]]
    own = own[np.isfinite(own[column].to_numpy(dtype=float))]
    return own["epoch"].to_numpy(), own[column].to_numpy(dtype=float)


def timeline(fits: Sequence[GrowingFit]) -> NDArray[np.int64]:
    """The epochs of the frames: those of the run that was trained longest."""
    return max(fits, key=lambda one: int(one.epochs_S[-1])).epochs_S


def heights_at(shown: GrowingFit, epoch: int) -> Floats:
    """The curve (P,) of the last snapshot that is not after an epoch."""
    index = int(np.searchsorted(shown.epochs_S, epoch, side="right")) - 1
    heights_P: Floats = shown.heights_SxP[max(index, 0)]
    return heights_P


def same_data(fits: Sequence[GrowingFit]) -> bool:
    """Whether all runs saw the same rows, so that their axes and errors can be shared."""
    return len({(one.data, one.feature, one.scored) for one in fits}) == 1


def loss_limits(fits: Sequence[GrowingFit], units: Sequence[float]) -> tuple[float, float]:
    """The ends of the losses' axis, each run's in its unit."""
    found, ends = [], []
    for one, unit in zip(fits, units, strict=True):
        curves = [*one.losses.values(), *one.others]
        losses = np.concatenate([loss_E for _, loss_E in curves])
        found.append(np.minimum(losses, LOUDEST * one.usual) / unit)
        ends += [one.best / unit] if one.best else []
    every = np.concatenate([*found, ends])
    every = every[every > 0]
    if not len(every):
        return 0.1, 1.0
    return 0.85 * float(every.min()), 1.2 * float(every.max())
