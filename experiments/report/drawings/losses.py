"""The learning curves as the page draws them: the numbers of loss_curves.png as paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ... import theme
from ...plots.pictures import loss_curves
from ...plots.pictures.loss_curves import LossCurves, LossLine
from ...record import Record
from ...text import number
from ..chart_data import spread_out
from . import paths, svg
from .paths import Places

LOSSES_HEIGHT = 380
LOSS_PLACES = 500  # epochs of a line that are drawn at most
BREAK = np.array([np.nan])


class Level(NamedTuple):
    """The level line of a reference."""

    role: str
    place: float
    label: str
    faint: bool


class LossSide(NamedTuple):
    """One side: the shown repeat's line, all others' in one, or points for results alone."""

    role: str
    line: str
    others: str
    points: str


@dataclass(frozen=True)
class LossChart:
    """The learning curves in pixels; not_finite: place and words where a loss left the numbers."""

    measure: str
    frame: svg.Frame
    sides: list[LossSide]
    levels: list[Level]
    not_finite: tuple[float, str] | None
    named: str
    several: bool


def loss_chart(record: Record) -> LossChart:
    """The curves of `loss_curves.numbers`."""
    shown = loss_curves.numbers(record)
    frame = _frame(shown)
    roles = theme.reference_roles(dict.fromkeys(shown.reference_of.values()))
    levels = [
        Level(
            roles[shown.reference_of[label]],
            float(frame.up(np.array(height))),
            f"{label}: {number(height)}",
            label.endswith("training rows"),
        )
        for label, height in shown.references.items()
        if height > 0 or not shown.log_scale
    ]
    at = shown.not_finite_at
    mark = None
    if at is not None:
        mark = float(frame.across(np.array(float(at)))), f"not finite from epoch {at:,}"
    return LossChart(
        measure=shown.measure + ", log scale" * shown.log_scale,
        frame=frame,
        sides=[_side(shown, curve, frame) for curve in shown.curves],
        levels=levels,
        not_finite=mark,
        named=shown.named,
        several=shown.repeats > 1 and shown.trained,
    )


def _frame(shown: LossCurves) -> svg.Frame:
    lasts = [line.epochs_E[-1] for c in shown.curves for line in c.lines if len(line.epochs_E)]
    last = max([*map(int, lasts), shown.not_finite_at or 0], default=0) or shown.epochs
    x = svg.wider(0.0, float(last), 0.02)
    low, high = shown.heights
    if shown.log_scale:
        y = low / (high / low) ** 0.05, high * (high / low) ** 0.05
    else:
        y = svg.wider(low, high, 0.06)
    ticks = () if last else (0.0,)
    return svg.Frame(svg.at_pixel(LOSSES_HEIGHT), x, y, "y" * shown.log_scale, ticks)


def _side(shown: LossCurves, curve: Any, frame: svg.Frame) -> LossSide:
    full = curve.of(shown.shown)
    others = _drawn(curve.others(shown.shown), frame, paths.thin)
    if full is not None and len(full.epochs_E) > 1:
        return LossSide(curve.name, _drawn([full], frame), others, "")
    points = ""
    if full is not None and len(full.epochs_E):
        points = paths.dots(frame.across(full.epochs_E), frame.up(full.height_E))
    elif curve.final is not None:
        at = np.array([float(shown.epochs)])
        points = paths.dots(frame.across(at), frame.up(np.array([curve.final])))
    return LossSide(curve.name, "", others, points)


def _drawn(
    lines: Sequence[LossLine],
    frame: svg.Frame,
    path: Callable[[Places, Places], str] = paths.path,
) -> str:
    """Lines in one path; a break stands around each of them."""
    epochs, heights = [BREAK], [BREAK]
    for line in lines:
        kept = spread_out(len(line.epochs_E), LOSS_PLACES)
        epochs += [line.epochs_E[kept].astype(float), BREAK]
        heights += [line.height_E[kept], BREAK]
    return path(frame.across(np.concatenate(epochs)), frame.up(np.concatenate(heights)))
