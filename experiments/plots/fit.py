"""fit.png: data, prediction and the best possible prediction, against the feature and by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from models.task import Floats

from ..record import Record
from . import style

CAPTION = (
    "Left: target and prediction against the feature; where the best possible prediction is known, "
    "it is drawn too (a row that stands alone is a diamond). Right: target and prediction row by "
    "row, a grey line for each row's error; validation rows, which training never saw, are shaded "
    "where they lie together."
)


@dataclass(frozen=True, eq=False)
class FitPicture:
    """What fit.png shows, all of length N; `order_N` sorts the rows by the feature."""

    feature: str
    target: str
    x_N: Floats
    y_N: Floats
    prediction_N: Floats
    optimum_N: Floats | None
    validation_N: NDArray[np.bool_]
    order_N: NDArray[np.int64]


def numbers(record: Record) -> FitPicture:
    """The shown repeat's prediction on the last feature that varies."""
    table = record.predictions
    varying = [name for name in record.features if table[name].nunique() > 1]
    feature = (varying or record.features)[-1]
    known = table["y_optimal"].notna().any()
    x_N = table[feature].to_numpy(dtype=float)
    return FitPicture(
        feature=feature,
        target=record.about.data["target"],
        x_N=x_N,
        y_N=table["y"].to_numpy(dtype=float),
        prediction_N=table["prediction"].to_numpy(dtype=float),
        optimum_N=table["y_optimal"].to_numpy(dtype=float) if known else None,
        validation_N=(table["split"] == "val").to_numpy(),
        order_N=np.argsort(x_N, kind="stable"),
    )


def draw(shown: FitPicture) -> Figure:
    """Two panels side by side."""
    figure = style.figure(10.5, 4.5, style.Margins(bottom=0.95))
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.2})
    _against_feature(left, shown)
    _by_row(right, shown)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=4, frameon=False, markerscale=1.8)
    return figure


def _against_feature(axes: Axes, shown: FitPicture) -> None:
    _points(axes, shown, shown.x_N)
    if shown.optimum_N is not None:
        look = {"color": style.OPTIMUM, "linestyle": "--", "linewidth": 2, "label": "best possible"}
        _curve(axes, shown, shown.optimum_N, **look)
    look = {"color": style.PREDICTION, "linewidth": 2.2, "label": "prediction"}
    _curve(axes, shown, shown.prediction_N, **look)
    _window(axes, shown)
    title = f"{shown.target} against {shown.feature}"
    low, high = axes.get_ylim()
    if not np.isfinite(shown.prediction_N).all():
        title += " – no finite prediction"
    elif not ((shown.prediction_N >= low) & (shown.prediction_N <= high)).any():
        title += " – the prediction lies outside"
    style.finish(axes, shown.feature, shown.target, title)


def _curve(axes: Axes, shown: FitPicture, height_N: Floats, **look: Any) -> None:
    """A curve through the rows, broken where a straight line would mislead; lone rows: points."""
    if not np.isfinite(height_N).all():
        return
    x_N, height_N = shown.x_N[shown.order_N], height_N[shown.order_N]
    bends = misleading(x_N, height_N) + 1
    axes.plot(np.insert(x_N, bends, np.nan), np.insert(height_N, bends, np.nan), **look)
    bounds = np.concatenate([[0], bends, [len(x_N)]])
    alone = bounds[:-1][np.diff(bounds) == 1]
    axes.plot(x_N[alone], height_N[alone], "D", color=look["color"], markersize=4)


def misleading(x_N: Floats, height_N: Floats) -> NDArray[np.int64]:
    """Row numbers i where a straight line from i to i + 1 would be off by over 4 % of the height.

    A cubic with the curve's own slopes at both ends leaves the straight line by about an eighth of
    the gap times the difference between slope and secant.
    """
    gap, rise = np.diff(x_N), np.diff(height_N)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = rise / gap
    before, after = np.roll(slope, 1), np.roll(slope, -1)
    before[:1], after[-1:] = slope[:1], slope[-1:]
    off = np.fmax(np.abs(before - slope), np.abs(after - slope)) * gap / 8
    wide = gap > np.ptp(x_N) / 40
    return np.flatnonzero(wide & (off > 0.04 * np.ptp(height_N)))


def _by_row(axes: Axes, shown: FitPicture) -> None:
    rows_N = np.arange(len(shown.y_N), dtype=float)
    axes.vlines(rows_N, shown.y_N, shown.prediction_N, color="#999999", linewidth=0.5, alpha=0.6)
    _points(axes, shown, rows_N)
    size = 5 if len(rows_N) <= 200 else 3
    axes.plot(rows_N, shown.prediction_N, "D", color=style.PREDICTION, markersize=size)
    first, last = (
        np.flatnonzero(shown.validation_N)[[0, -1]] if shown.validation_N.any() else (0, -1)
    )
    if last - first + 1 == shown.validation_N.sum() > 0:
        axes.axvspan(first - 0.5, last + 0.5, color=style.VALIDATION, alpha=0.12, linewidth=0)
    _window(axes, shown)
    axes.xaxis.set_major_locator(style.whole_numbers())
    style.finish(axes, "row", shown.target, f"{shown.target} by row, with each row's error")


def _points(axes: Axes, shown: FitPicture, x_N: Floats) -> None:
    sides = [(~shown.validation_N, style.TRAINING, "training rows")]
    if shown.validation_N.any():
        sides.append((shown.validation_N, style.VALIDATION, "validation rows"))
    size = 22 if len(x_N) <= 200 else 12
    for chosen_N, color, label in sides:
        axes.scatter(
            x_N[chosen_N],
            shown.y_N[chosen_N],
            s=size,
            color=color,
            alpha=0.55,
            linewidths=0,
            label=label,
        )


def _window(axes: Axes, shown: FitPicture) -> None:
    """Keep the data in view when a prediction is far off or not finite."""
    low, high = float(shown.y_N.min()), float(shown.y_N.max())
    near_N = shown.prediction_N[np.isfinite(shown.prediction_N)]
    reach = 1.5 * (high - low) or 1.0
    seen = np.clip(near_N, low - reach, high + reach) if len(near_N) else np.array([low, high])
    low, high = min(low, float(seen.min())), max(high, float(seen.max()))
    margin = 0.05 * (high - low) or 1.0
    axes.set_ylim(low - margin, high + margin)
