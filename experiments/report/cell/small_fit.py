"""A small picture of a run's fit, as numbers and paths for inline SVG, ten kilobytes at most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...plots.fit_panels import FitPicture, in_view, sides
from ...plots.pictures import fit
from ...record import Record
from ...text import on_axis
from ..chart_data import spread_out
from ..drawings import paths
from ..drawings.svg import Area, Frame, round_ticks, wider

WIDTH, HEIGHT = 250, 170
BOX = Area(40, 6, WIDTH - 4, HEIGHT - 22)
DRAWN_ROWS, CURVE_PLACES = 150, 120
OTHERS, OTHER_PLACES = 8, 60  # other repeats that are drawn, and the places of each


class SmallFit(NamedTuple):
    """What is drawn, in pixels. others: paths in tenths of them; equal: where both axes agree."""

    label: str
    frame: Frame
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    x_name: str
    sides: list[tuple[str, str]]
    best: str
    prediction: str
    others: str
    equal: str


def small_fit(record: Record) -> SmallFit:
    """The shown repeat's fit, a few other repeats', and the best possible one."""
    shown = fit.numbers(record)
    over_feature = shown.kind in ("curve", "dots")
    frame = _small_frame(shown, over_feature)
    x_N = shown.x_N if over_feature else shown.prediction_N
    rows = np.flatnonzero(shown.seen if over_feature else np.isfinite(x_N))
    rows = rows[spread_out(len(rows), DRAWN_ROWS)]
    points = [(role, rows[chosen_N[rows]]) for role, chosen_N in sides(shown)]
    best, prediction, others = _small_curves(shown, frame, rows) if over_feature else ("", "", "")
    ends = np.array(frame.y)
    return SmallFit(
        label=f"the fit of {record.about.label}",
        frame=frame,
        x_ticks=_ticks(frame, 0),
        y_ticks=_ticks(frame, 1),
        x_name=shown.feature if over_feature else "prediction",
        sides=[
            (role, paths.dots(frame.across(x_N[k]), frame.up(shown.y_N[k]))) for role, k in points
        ],
        best=best,
        prediction=prediction,
        others=others,
        equal="" if over_feature else paths.path(frame.across(ends), frame.up(ends)),
    )


def _small_frame(shown: FitPicture, over_feature: bool) -> Frame:
    if over_feature:
        x, y = shown.window, shown.heights
    else:
        x = in_view(shown.prediction_N, shown.y_N)
        y = wider(float(shown.y_N.min()), float(shown.y_N.max()), 0.05)
    return Frame(BOX, (float(x[0]), float(x[1])), (float(y[0]), float(y[1])))


def _ticks(frame: Frame, axis: int) -> list[tuple[float, str]]:
    ends, place = (frame.y, frame.up) if axis else (frame.x, frame.across)
    values = round_ticks(*ends, 4)
    return list(zip(place(np.array(values)).tolist(), on_axis(values), strict=True))


def _small_curves(shown: FitPicture, frame: Frame, rows: NDArray[np.int64]) -> tuple[str, str, str]:
    """The best possible prediction, the shown repeat's, and those of others."""
    between = shown.between
    if between is None:
        x = frame.across(shown.x_N[rows])
        best = shown.optimum_N
        optimal = "" if best is None else paths.dots(x, frame.up(best[rows]))
        return optimal, paths.dots(x, frame.up(shown.prediction_N[rows])), ""
    x_G = between.x_GxK[:, 0]
    seen = np.flatnonzero((x_G >= shown.window[0]) & (x_G <= shown.window[1]))
    at, few = (seen[spread_out(len(seen), places)] for places in (CURVE_PLACES, OTHER_PLACES))
    best = between.optimal_G
    height_RxG = between.prediction_RxG[shown.others[:OTHERS]][:, few]
    height_RxG = height_RxG[np.isfinite(height_RxG).all(axis=1)]
    return (
        "" if best is None else paths.path(frame.across(x_G[at]), frame.up(best[at])[None]),
        paths.path(frame.across(x_G[at]), frame.up(between.shown_G[at])[None]),
        paths.thin(frame.across(x_G[few]), frame.up(height_RxG)),
    )
