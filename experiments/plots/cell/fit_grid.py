"""The fits of several runs side by side, a panel a run."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from ... import theme
from ...record import Record
from .. import style
from ..figures.sheet import add_legend, draw_marks
from ..fit_panels import (
    FitPicture,
    curve_marks,
    dot_marks,
    in_view,
    row_marks,
    target_marks,
)
from ..pictures import fit

PANEL = 3.2, 2.5  # inches of a panel
PANELS_ACROSS = 3  # panels in a row at most
NAMED_AT_MOST = 5  # rows of two sides, and three curves
LONGEST_TITLE = 38  # letters of a title


def fit_grid(runs: Sequence[tuple[str, Record]]) -> Figure:
    """Rows, predictions and the Bayes-optimal curve of each run, under its label."""
    across = min(PANELS_ACROSS, len(runs))
    down = math.ceil(len(runs) / across)
    columns = across + across // PANELS_ACROSS  # of the legend, which has five names at most
    margins = style.Margins(left=0.7, bottom=0.65 + 0.2 * -(-NAMED_AT_MOST // columns), top=0.35)
    figure = style.figure(across * PANEL[0], down * PANEL[1] + margins.bottom - 0.25, margins)
    figure.subplots_adjust(wspace=0.3, hspace=0.55)
    for number, (label, record) in enumerate(runs, start=1):
        _draw_panel(figure, (down, across, number), label, fit.numbers(record))
    look = {"ncols": columns, "markerscale": 1.5, "fontsize": theme.NOTE}
    add_legend(figure, (0,), look)
    return figure


def _draw_panel(figure: Figure, place: tuple[int, int, int], label: str, shown: FitPicture) -> None:
    axes = figure.add_subplot(*place)
    over_feature = shown.kind in ("curve", "dots")
    if not over_feature:
        marks, x_name = target_marks(shown), "prediction"
        axes.set_xlim(in_view(shown.prediction_N, shown.y_N))
    else:
        curves = dot_marks(shown) if shown.between is None else curve_marks(shown, shown.between)
        marks, x_name = [*row_marks(shown, shown.x_N, shown.y_N), *curves], shown.feature
        axes.set_xlim(shown.window)
        axes.set_ylim(shown.heights)
    draw_marks(axes, marks)
    title = label if len(label) <= LONGEST_TITLE else f"{label[: LONGEST_TITLE - 1]}…"
    style.label_axes(axes, x_name, shown.target, title).set_fontsize(theme.LABEL)
