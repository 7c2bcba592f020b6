"""A prediction over two features as an image of its colours, and the rows in theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...plots.fit_panels import sides
from ...plots.fit_surface import surface_colors, surface_of
from ...plots.pictures import fit
from ...record import Record
from ...text import exact, on_axis
from ..chart_data import spread_out
from ..policy import image_in_page
from . import paths, svg
from .growth import DRAWN_ROWS

SURFACE_HEIGHT = 420
BAR, BAR_WORDS = 16, 56  # width of the colour bar, and of its words


class Colored(NamedTuple):
    """Rows of one side whose targets have one colour."""

    role: str
    color: str
    points: str


@dataclass(frozen=True)
class SurfaceDrawing:
    """The surface in pixels. image: its colours; bar: the colours' places, numbers beside them."""

    names: tuple[str, str, str]
    frame: svg.Frame
    image: str
    image_box: svg.Area
    rows: list[Colored]
    bar: list[tuple[float, float, str]]
    bar_left: float
    bar_words: list[tuple[float, str]]
    asked: list[tuple[float, float, str]]
    drawn: int
    caption: str


def surface_drawing(record: Record) -> SurfaceDrawing | None:
    """The surface of a run over two features; None of any other."""
    if fit.kind_of(record) != "surface":
        return None
    shown = fit.numbers(record)
    made = surface_of(shown)
    png, colors = surface_colors(shown, made)
    box = svg.at_pixel(SURFACE_HEIGHT)._replace(right=svg.PIXELS - BAR - BAR_WORDS - svg.RIGHT)
    x, y = (made.x_A[0], made.x_A[-1]), (made.y_B[0], made.y_B[-1])
    frame = svg.Frame(box, (float(x[0]), float(x[1])), (float(y[0]), float(y[1])))
    kept = np.zeros(len(shown.y_N), dtype=bool)
    kept[spread_out(len(shown.y_N), DRAWN_ROWS)] = True
    level_N = np.digitize(shown.y_N, made.levels_L)
    rows = []
    for role, chosen_N in sides(shown):
        for level in np.unique(level_N[chosen_N & kept]):
            x_N, y_N = shown.x_NxK[chosen_N & kept & (level_N == level)].T
            points = paths.dots(frame.across(x_N), frame.up(y_N))
            rows.append(Colored(role, colors[level], points))
    steps = np.linspace(box.bottom, box.top, len(colors) + 1).round(1).tolist()
    bar = [
        (high, low - high, color)
        for low, high, color in zip(steps, steps[1:], colors, strict=False)
    ]
    at = frame.across(shown.asked_QxK[:, 0]).tolist(), frame.up(shown.asked_QxK[:, 1]).tolist()
    answers = [exact(answer) for answer in shown.answer_Q.tolist()]
    numbers = on_axis(made.levels_L.tolist())
    return SurfaceDrawing(
        names=(shown.features[0], shown.features[1], shown.target),
        frame=frame,
        image=image_in_page(png),
        image_box=box,
        rows=rows,
        bar=bar,
        bar_left=box.right + 12,
        bar_words=list(zip(steps[1:-1], numbers, strict=True)),
        asked=list(zip(*at, answers, strict=True)),
        drawn=int(kept.sum()),
        caption=fit.words(record, "surface").replace(fit.RESIDUALS["surface"], ""),
    )
