"""Draws what `animation` found: what stands is drawn once, what moves anew for each frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import theme
from . import style
from .animation import GrowingFit, heights_at, loss_limits, same_data, timeline

WIDE_FRAME, HIGH = 9.6, 5.4  # inches of a slide, 16:9
FAINT = 0.3  # opacity of what is beyond the rows, or yet to come
BIG = 16  # points of the epoch counter
FRAME_SIZE, MANY = 16, 200  # square points of a row; rows from which on they are half as large


Parts = tuple[tuple[Line2D, NDArray[np.bool_]], ...]


@dataclass(frozen=True, eq=False)
class Moving:
    """What one run's artists show: each its part of the curve's points, and losses so far."""

    shown: GrowingFit
    axes: Axes
    parts: Parts
    lost: Text
    losses: tuple[tuple[Line2D, NDArray[np.int64], Floats], ...]


def frames(fits: Sequence[GrowingFit], width: int, title: str) -> Iterator[NDArray[np.uint8]]:
    """A picture (height, width, RGBA) for each epoch of the timeline.

    Args:
        fits: at most `animation.PANELS`.
        width: in pixels; the height is 9/16 of it, both are even.
        title: stands above.
    """
    height = 2 * round(width * HIGH / WIDE_FRAME / 2)
    figure = Figure(figsize=(WIDE_FRAME, WIDE_FRAME * height / width), dpi=width / WIDE_FRAME)
    figure.set_facecolor(style.role_color("surface"))
    canvas: Any = FigureCanvasAgg(figure)
    panels, curves = _axes_of(figure, len(fits))
    units = _units(fits)
    moving = [
        _panel(axes, curves, shown, _color(number, len(fits)), unit)
        for number, (axes, shown, unit) in enumerate(zip(panels, fits, units, strict=True))
    ]
    _frame_losses(curves, fits, units)
    if same_data(fits):
        _share(panels)
    _titles(figure, title, moving)
    counter = figure.text(
        1 - 0.2 / WIDE_FRAME,
        1 - 0.3 / HIGH,
        "",
        ha="right",
        va="center",
        fontsize=BIG,
        animated=True,
    )
    counter.set_color(style.role_color("ink"))
    cursor = curves.axvline(1, color=style.role_color("muted"), linewidth=1, animated=True)
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    for epoch in timeline(fits).tolist():
        canvas.restore_region(still)
        _bring_to(moving, epoch)
        cursor.set_xdata([max(epoch, 1)] * 2)
        curves.draw_artist(cursor)
        counter.set_text(f"epoch {epoch:,}")
        figure.draw_artist(counter)
        yield np.array(canvas.buffer_rgba())


def _axes_of(figure: Figure, count: int) -> tuple[list[Axes], Axes]:
    """A panel for each run, and the axes of the losses: below two or three, else beside."""
    room = {"left": 0.085, "right": 0.975, "top": 0.86, "bottom": 0.18}
    if 1 < count <= 3:
        grid = GridSpec(2, count, figure, height_ratios=[1, 0.55], hspace=0.45, **room)
        panels = [figure.add_subplot(grid[0, k]) for k in range(count)]
        return panels, figure.add_subplot(grid[1, :])
    across, down = (1, 1) if count == 1 else (2 if count <= 4 else 3, 2)
    shares = [1.7] if count == 1 else [1.0] * across
    ratios = [*shares, 1.0 if across < 3 else 1.2]
    room["right"] -= 0.0 if count == 1 else 0.055  # its words stand on that side
    grid = GridSpec(down, across + 1, figure, width_ratios=ratios, wspace=0.28, hspace=0.3, **room)
    panels = [figure.add_subplot(grid[k // across, k % across]) for k in range(count)]
    losses = figure.add_subplot(grid[:, across])
    if count > 1:
        losses.yaxis.set_label_position("right")
    return panels, losses


def _color(number: int, count: int) -> str | None:
    """The colour of one run among several; a single one is drawn in the colours of its sides."""
    if count == 1:
        return None
    return theme.PIGMENTS[theme.SERIES[number % len(theme.SERIES)]].light


def _units(fits: Sequence[GrowingFit]) -> list[float]:
    """What losses are divided by: runs on other data share an axis in their mean predictor's."""
    return [1.0 if same_data(fits) else one.usual or 1.0 for one in fits]


def _panel(axes: Axes, curves: Axes, shown: GrowingFit, color: str | None, unit: float) -> Moving:
    """The axes of one run: rows and optimum stand, prediction and losses move."""
    margin = 0.15 * float(np.ptp(shown.y_N)) or 1.0
    low, high = float(shown.y_N.min()) - margin, float(shown.y_N.max()) + margin
    axes.set_ylim(low, high)
    if shown.feature:
        parts = _over_feature(axes, shown)
        axes.set_xlim(float(shown.x_P[0]), float(shown.x_P[-1]))
        style.label_axes(axes, shown.feature, shown.target, "")
    else:
        parts = _against_target(axes, shown)
        ends = [low, high]
        axes.plot(ends, ends, color=style.role_color("ink"), linewidth=1, label="equal", zorder=1)
        axes.set_xlim(low, high)
        style.label_axes(axes, shown.target, "prediction", "")
    place: dict[str, Any] = {"ha": "center", "transform": axes.transAxes, "animated": True}
    lost = axes.text(0.5, 0.04, "no finite prediction", color=style.role_color("bad"), **place)
    return Moving(shown, axes, parts, lost, _losses(curves, shown, color, unit))


def _over_feature(axes: Axes, shown: GrowingFit) -> Parts:
    """Rows and the Bayes-optimal stand; the prediction moves, fainter beyond the rows."""
    for side, chosen_N in _drawn_sides(shown):
        size = FRAME_SIZE if len(shown.y_N) <= MANY else FRAME_SIZE / 2
        look: dict[str, Any] = {"color": style.role_color(side), "alpha": 0.7, "linewidths": 0}
        x_N, y_N = shown.x_N[chosen_N], shown.y_N[chosen_N]
        axes.scatter(x_N, y_N, s=size, label=f"{side} rows", **look)
    if shown.optimal_P is not None:
        look = style.look("bayes", linewidth=1.8, label="Bayes-optimal")
        axes.plot(shown.x_P, shown.optimal_P, **look)
    look = {"color": style.role_color("prediction"), "linewidth": 2.4, "animated": True}
    nothing_P = np.full(len(shown.x_P), np.nan)
    (beyond,) = axes.plot(shown.x_P, nothing_P, alpha=FAINT, **look)
    (curve,) = axes.plot(shown.x_P, nothing_P, label="prediction", **look)
    return (beyond, ~shown.inside_P), (curve, shown.inside_P)


def _against_target(axes: Axes, shown: GrowingFit) -> Parts:
    """The predictions of all rows move, as points in the colours of their sides."""
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4}
    look |= {"markeredgewidth": 0, "alpha": 0.8, "animated": True}
    parts = []
    for side, chosen_N in _drawn_sides(shown):
        more = {"color": style.role_color(side), "label": f"{side} rows", **look}
        (points,) = axes.plot(shown.x_P, np.full(len(shown.x_P), np.nan), **more)
        parts.append((points, chosen_N))
    return tuple(parts)


def _drawn_sides(shown: GrowingFit) -> list[tuple[str, NDArray[np.bool_]]]:
    """Which rows train and, if any, which validate."""
    sides = (("training", ~shown.validation_N), ("validation", shown.validation_N))
    return [(side, chosen_N) for side, chosen_N in sides if chosen_N.any()]


def _losses(
    axes: Axes, shown: GrowingFit, color: str | None, unit: float
) -> tuple[tuple[Line2D, NDArray[np.int64], Floats], ...]:
    """Losses to come are faint; those of the other repeats are thin."""
    moving = []
    for side, (epochs_E, loss_E) in shown.losses.items():
        if color is not None and side != shown.scored:
            continue
        look: dict[str, Any] = {"color": color or style.role_color(side), "linewidth": 2}
        axes.plot(epochs_E, loss_E / unit, **{**look, "linewidth": 1, "alpha": FAINT})
        (line,) = axes.plot([], [], animated=True, **look)
        moving.append((line, epochs_E, loss_E / unit))
    for epochs_E, loss_E in shown.others if color is None else ():
        look = {"color": style.role_color(shown.scored), "linewidth": 0.6, "alpha": FAINT}
        axes.plot(epochs_E, loss_E / unit, **look)
    if shown.best:
        axes.axhline(shown.best / unit, **style.look("bayes", linewidth=1.6))
    return tuple(moving)


def _frame_losses(axes: Axes, fits: Sequence[GrowingFit], units: Sequence[float]) -> None:
    low, high = loss_limits(fits, units)
    if not any(len(loss_E) for one in fits for _, loss_E in one.losses.values()):
        place: dict[str, Any] = {"ha": "center", "transform": axes.transAxes}
        axes.text(0.5, 0.5, "no finite loss", color=style.role_color("bad"), **place)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1, max(2, int(timeline(fits)[-1])))
    axes.set_ylim(low, high)
    axes.xaxis.set_major_formatter("{x:,g}")
    subs = (1, 2, 5) if high / low < 200 else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_major_formatter("{x:,g}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
    rows = f"\n{fits[0].scored} rows" if len(fits) > 1 else ""
    error = "mean squared error" if same_data(fits) else "error / mean predictor's"
    style.label_axes(axes, "epoch", f"{error}{rows}", "")


def _share(panels: Sequence[Axes]) -> None:
    """The same axes in all panels, whose rows are the same; words at the outer ones alone."""
    spots = [place for axes in panels if (place := axes.get_subplotspec())]
    lowest = max(place.rowspan.start for place in spots)
    for axes, place in zip(panels, spots, strict=True):
        axes.set_xlim(panels[0].get_xlim())
        axes.set_ylim(panels[0].get_ylim())
        if place.colspan.start:
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
        if place.rowspan.start < lowest:
            axes.set_xlabel("")
            axes.tick_params(labelbottom=False)


def _titles(figure: Figure, title: str, moving: Sequence[Moving]) -> None:
    """Titles and the legend."""
    ink = style.role_color("ink")
    look: dict[str, Any] = {"va": "center", "fontsize": theme.TITLE, "color": ink, **style.LITERAL}
    figure.text(0.2 / WIDE_FRAME, 1 - 0.3 / HIGH, title, **look)
    if len(moving) > 1:
        for one in moving:
            color = one.losses[0][0].get_color() if one.losses else ink
            look = {"fontsize": theme.LABEL, "color": color, **style.LITERAL}
            one.axes.set_title(one.shown.title, loc="left", **look)
    handles, labels = moving[0].axes.get_legend_handles_labels()
    for one in moving:
        for handle, label in zip(*one.axes.get_legend_handles_labels(), strict=True):
            if label not in labels:
                handles.append(handle)
                labels.append(label)
    figure.legend(handles, labels, loc="lower center", ncols=5, frameon=False, labelcolor=ink)


def _bring_to(moving: Sequence[Moving], epoch: int) -> None:
    """Bring every run to an epoch, and draw what moves."""
    for one in moving:
        heights_P = heights_at(one.shown, epoch)
        for line, part_P in one.parts:
            line.set_ydata(np.where(part_P, heights_P, np.nan))
            one.axes.draw_artist(line)
        if not np.isfinite(heights_P).any():
            one.axes.draw_artist(one.lost)
        for line, epochs_E, loss_E in one.losses:
            until = epochs_E <= epoch
            line.set_data(epochs_E[until], loss_E[until])
            if line.axes is not None:
                line.axes.draw_artist(line)
