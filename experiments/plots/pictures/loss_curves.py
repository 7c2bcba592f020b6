"""loss_curves.png: how the error fell over the epochs, and how far it could have fallen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator
from numpy.typing import NDArray

from datasets.dataset import Floats

from ... import theme
from ...record import Record, best_possible
from ...text import number, of_references
from .. import style

CAPTION = (
    "The mean squared error of each epoch, whatever loss is trained, on the training rows (an "
    "average while the weights move) and on the validation rows; over several repeats a thin line "
    "for each (a hundred at most), and the median. Where nothing is trained epoch by epoch, points "
    "show the result. Level lines: the errors of the reference predictors on the rows named."
)
FLOOR = " On new rows the Bayes-optimal error is expected to be {} (the noise floor)."
MEANS = " Repeats saw other rows on either side: level lines are their means."

LINES = 100  # thin lines at most: more would be one area


def caption(record: Record) -> str:
    """What the picture shows, in words."""
    floor = record.metrics.noise_floor
    text = CAPTION + MEANS * bool(of_references(record.about))
    return text + ("" if floor is None else FLOOR.format(number(floor)))


@dataclass(frozen=True, eq=False)
class Curve:
    """One loss over epochs: the median of R repeats, and each of them, nan where it is unknown.

    A repeat that diverged ends early.
    """

    name: str
    epochs_E: NDArray[np.int64]
    median_E: Floats
    each_RxE: Floats
    final: float | None


@dataclass(frozen=True, eq=False)
class LossCurves:
    """What loss_curves.png shows.

    references: heights of the level lines by their labels; reference_of: which one each is of.
    """

    curves: tuple[Curve, ...]
    references: dict[str, float]
    reference_of: dict[str, str]
    repeats: int
    epochs: int
    diverged_at: int | None
    log_scale: bool
    heights: tuple[float, float]


def numbers(record: Record) -> LossCurves:
    """The curves, and references on their rows. Losses that are not finite are left out."""
    splits = {"mse": ("training", "train/mse"), "val_mse": ("validation", "val/mse")}
    known = record.metrics.references
    curves = tuple(
        _curve(record, column, *names)
        for column, names in splits.items()
        if names[1] in record.metrics.scores
    )
    score = record.metrics.final_name
    side = "validation" if score.startswith("val") else "training"
    references = {
        f"Bayes-optimal, {name} rows": best
        for name, measured in splits.values()
        if measured in record.metrics.scores
        and (best := best_possible(known, measured)) is not None
    }
    reference_of = dict.fromkeys(references, "bayes")
    for name, numbers in known.items():
        if name != "bayes":
            label = f"{name.replace('_', ' ')}, {side} rows"
            references[label], reference_of[label] = numbers[score], name
    parts = [c.each_RxE.ravel() for c in curves]
    heights = np.concatenate([*parts, np.array(list(references.values()))])
    heights = heights[np.isfinite(heights)]
    diverged = [epoch for epoch in record.about.diverged_at if epoch is not None]
    return LossCurves(
        curves=curves,
        references=references,
        reference_of=reference_of,
        repeats=record.metrics.repeats,
        epochs=record.metrics.epochs,
        diverged_at=min(diverged, default=None),
        log_scale=bool((heights > 0).all() and heights.max() > 10 * heights.min()),
        heights=(float(heights.min()), float(heights.max())),
    )


def _curve(record: Record, column: str, name: str, score: str) -> Curve:
    known = record.shared_history.pivot(index="epoch", columns="repeat", values=column)
    values_ExR = known.to_numpy(dtype=float)
    values_ExR = np.where(np.isfinite(values_ExR), values_ExR, np.nan)
    known_E = np.isfinite(values_ExR).any(axis=1)
    return Curve(
        name=name,
        epochs_E=known.index.to_numpy()[known_E],
        median_E=np.nanmedian(values_ExR[known_E], axis=1),
        each_RxE=values_ExR[known_E].T,
        final=record.metrics.scores[score].mean,
    )


def draw(shown: LossCurves) -> Figure:
    """Curves over epochs, with the references as horizontal lines."""
    figure = style.figure(10.5, 4.4, style.Margins(right=3.55))
    axes = figure.add_subplot()
    for curve in shown.curves:
        color = style.role_color(curve.name)
        name = f"{curve.name} (median of {shown.repeats})" if shown.repeats > 1 else curve.name
        if len(curve.epochs_E) > 1:
            (median,) = axes.plot(curve.epochs_E, curve.median_E, color=color, label=name)
            median.set(linewidth=1.8, zorder=3)  # above the thin lines of either side
            if shown.repeats > 1:
                each_ExR = curve.each_RxE[:LINES].T
                axes.plot(curve.epochs_E, each_ExR, color=color, linewidth=0.5, alpha=0.35)
        elif curve.final is not None:  # nothing was trained step by step: the result alone
            name = f"{curve.name} (mean of {shown.repeats})" if shown.repeats > 1 else curve.name
            axes.plot([shown.epochs], [curve.final], "o", color=color, label=f"{name}, result")
    looks = style.reference_looks(dict.fromkeys(shown.reference_of.values()))
    for name, height in shown.references.items():
        if height > 0 or not shown.log_scale:
            width = 0.8 if name.endswith("training rows") else 1.6
            label = f"{name}: {height:.4g}"
            axes.axhline(height, **looks[shown.reference_of[name]], linewidth=width, label=label)
    if shown.log_scale:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        low, high = shown.heights
        axes.set_ylim(low / (high / low) ** 0.05, high * (high / low) ** 0.05)
        if high < 100 * low:  # few decades: label the steps between too
            axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
            axes.yaxis.set_minor_formatter("{x:g}")
    title = "Learning curves" if shown.epochs else "No epochs: the result beside its references"
    if shown.diverged_at is not None:
        axes.axvline(shown.diverged_at, color=style.role_color("bad"), linewidth=1)
        title += f" – diverged at epoch {shown.diverged_at}"
    axes.xaxis.set_major_locator(style.whole_numbers() if shown.epochs else FixedLocator([0]))
    style.label_axes(
        axes, "epoch", "mean squared error" + (" (log scale)" * shown.log_scale), title
    )
    look: dict[str, Any] = {"frameon": False, "fontsize": theme.NOTE}
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), **look)
    return figure
