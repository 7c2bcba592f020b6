"""fit.png: data, prediction and the Bayes-optimal prediction, against the feature and by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from datasets.dataset import Floats

from ...record import Record, best_possible
from ...text import number, shown_rows
from .. import style
from ..fit_panels import (
    FitPicture,
    against_target,
    asked_for,
    draw_rows,
    keep_in_view,
    residuals,
    spans_a_plane,
    surface,
)

CAPTIONS = {
    "curve": "Left: target and prediction against the feature; where the Bayes-optimal prediction "
    "is known, it is drawn too (a row that stands alone is a diamond). Right: target and "
    "prediction row by row, a thin line for each row's error; validation rows, which training "
    "never saw, are shaded where they lie together.",
    "surface": "Left: the prediction as a surface over both features, and each row as a point in "
    "the colour of its target: a point that stands out is an error. Right: prediction against "
    "target; on the diagonal they are equal.",
    "errors": "Left: prediction against target; on the diagonal they are equal. Right: residuals, "
    "target less prediction, against the prediction; they should lie around zero everywhere.",
}
ASKED = " Stars: predictions that were asked for."
BEST = " The mean squared error of the Bayes-optimal prediction is {}."


def numbers(record: Record) -> FitPicture:
    """The shown repeat's prediction against the features that vary."""
    table = record.predictions
    features = varying(record)
    feature = features[-1]
    asked = record.about.data.get("asked", ())
    columns = [record.features.index(name) for name in features]
    known = table["y_optimal"].notna().any()
    x_N = table[feature].to_numpy(dtype=float)
    return FitPicture(
        kind=kind_of(record),
        features=features,
        x_NxK=table[list(features)].to_numpy(dtype=float),
        asked_QxK=np.array([[row[k] for k in columns] for row, _ in asked]).reshape(
            -1, len(columns)
        ),
        answer_Q=drawable(np.array([answer for _, answer in asked], dtype=float)),
        feature=feature,
        target=record.about.data["target"],
        x_N=x_N,
        y_N=table["y"].to_numpy(dtype=float),
        prediction_N=drawable(table["prediction"].to_numpy(dtype=float)),
        optimum_N=table["y_optimal"].to_numpy(dtype=float) if known else None,
        validation_N=(table["split"] == "val").to_numpy(),
        order_N=np.argsort(x_N, kind="stable"),
    )


def drawable(height_N: Floats) -> Floats:
    """Heights, nan where they are so far off, of a diverged training, that axes break."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(height_N) < 1e30, height_N, np.nan)


def varying(record: Record) -> tuple[str, ...]:
    """The features that take more than one value; the last one where none does."""
    table = record.predictions
    found = tuple(name for name in record.features if table[name].nunique() > 1)
    return found or tuple(record.features[-1:])


def kind_of(record: Record) -> str:
    """Which of the three pictures the features allow."""
    features = varying(record)
    if len(features) == 1:
        return "curve"
    x_NxK = record.predictions[list(features)].to_numpy(dtype=float)
    prediction_N = record.predictions["prediction"].to_numpy(dtype=float)
    finite = np.isfinite(drawable(prediction_N)).all()
    return "surface" if finite and len(features) == 2 and spans_a_plane(x_NxK) else "errors"


def caption(record: Record) -> str:
    """What the picture shows, in words."""
    references, sides = _references_drawn(record), {"train": "training", "val": "validation"}
    best = {side: best_possible(references, f"{side}/mse") for side in sides}
    made = [f"{number(e)} on the {sides[s]} rows" for s, e in best.items() if e is not None]
    text = BEST.format(" and ".join(made)) if made else ""
    text = CAPTIONS[kind_of(record)] + text + ASKED * bool(record.about.data.get("asked"))
    return f"{text} {shown_rows(record.about)}".strip()


def _references_drawn(record: Record) -> dict[str, dict[str, float]]:
    """The run's references, with the Bayes-optimal on the rows that are drawn.

    Where repeats see other rows the metrics have the mean over the repeats instead.
    """
    references, table = record.metrics.references, record.predictions
    if "bayes" not in references or not shown_rows(record.about):
        return references
    squares = ((table["y_optimal"] - table["y"]) ** 2).groupby(table["split"]).mean()
    return {**references, "bayes": {f"{side}/mse": float(made) for side, made in squares.items()}}


def draw(shown: FitPicture) -> Figure:
    """Two panels side by side."""
    figure = style.figure(10.5, 4.5, style.Margins(bottom=0.95))
    between = 0.34 if shown.kind == "surface" else 0.2  # a colour bar has a label too
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": between})
    if shown.kind == "curve":
        _against_feature(left, shown)
        _by_row(right, shown)
    elif shown.kind == "surface":
        surface(left, shown)
        against_target(right, shown)
    else:
        against_target(left, shown)
        residuals(right, shown)
    named = {
        label: handle
        for axes in (right, left)
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    look = {"ncols": 5, "frameon": False, "markerscale": 1.5}
    figure.legend(named.values(), named.keys(), loc="lower center", **look)
    return figure


def _against_feature(axes: Axes, shown: FitPicture) -> None:
    draw_rows(axes, shown, shown.x_N, shown.y_N)
    if shown.optimum_N is not None:
        look = style.look("bayes", linewidth=2, label="Bayes-optimal")
        _draw_curve(axes, shown, shown.optimum_N, **look)
    look = style.look("prediction", linewidth=2.2, label="prediction")
    _draw_curve(axes, shown, shown.prediction_N, **look)
    asked_for(axes, shown.asked_QxK[:, 0], shown.answer_Q, shown.answer_Q)
    keep_in_view(axes, np.append(shown.prediction_N, shown.answer_Q), shown.y_N)
    title = f"{shown.target} against {shown.feature}"
    low, high = axes.get_ylim()
    if not np.isfinite(shown.prediction_N).all():
        title += " – no finite prediction"
    elif not ((shown.prediction_N >= low) & (shown.prediction_N <= high)).any():
        title += " – the prediction lies outside"
    style.label_axes(axes, shown.feature, shown.target, title)


def _draw_curve(axes: Axes, shown: FitPicture, height_N: Floats, **look: Any) -> None:
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
    color = style.role_color("prediction")
    axes.vlines(rows_N, shown.y_N, shown.prediction_N, color=color, linewidth=0.5, alpha=0.3)
    draw_rows(axes, shown, rows_N, shown.y_N)
    size = 5 if len(rows_N) <= 200 else 3
    axes.plot(rows_N, shown.prediction_N, "D", color=color, markersize=size)
    first, last = (
        np.flatnonzero(shown.validation_N)[[0, -1]] if shown.validation_N.any() else (0, -1)
    )
    if last - first + 1 == shown.validation_N.sum() > 0:
        axes.axvspan(
            first - 0.5, last + 0.5, color=style.role_color("validation"), alpha=0.12, linewidth=0
        )
    keep_in_view(axes, shown.prediction_N, shown.y_N)
    axes.xaxis.set_major_locator(style.whole_numbers())
    style.label_axes(axes, "row", shown.target, f"{shown.target} by row, with each row's error")
