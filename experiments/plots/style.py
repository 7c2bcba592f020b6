"""One look for all pictures, in colours that the colour-blind can tell apart."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    EngFormatter,
    MaxNLocator,
)

# Okabe and Ito's palette.
PREDICTION = "#D55E00"
OPTIMUM = "#009E73"
TRAINING = "#0072B2"
VALIDATION = "#E69F00"
ASKED = "#000000"
Dashes = str | tuple[int, tuple[int, int]]
LINES: dict[str, tuple[str, Dashes]] = {
    "best possible, training rows": (OPTIMUM, (0, (1, 1))),
    "best possible": (OPTIMUM, "--"),
    "least squares": ("#CC79A7", "-."),
    "mean predictor": ("#777777", ":"),
}
OTHER_LINES = "#56B4E9", ":"
INK, GRID = "#333333", "#dddddd"
DPI = 120


def line(name: str) -> tuple[str, Dashes]:
    """Colour and dashes of a limit's line, by the start of its name."""
    found = [look for known, look in LINES.items() if name.startswith(known)]
    return found[0] if found else OTHER_LINES


class Margins(NamedTuple):
    """Room for labels at the sides of a figure, in inches."""

    left: float = 0.85
    right: float = 0.15
    bottom: float = 0.6
    top: float = 0.4


LABELS = Margins()


def figure(width: float, height: float, margins: Margins = LABELS) -> Figure:
    """An empty figure, inches wide and high; free of matplotlib's global state.

    Margins are given: a layout engine would draw everything twice to find them.
    """
    drawn = Figure(figsize=(width, height), facecolor="white")
    left, right, bottom, top = margins
    drawn.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    return drawn


def whole_numbers() -> MaxNLocator:
    """Round whole ticks, for epochs and rows."""
    return MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10])


def shorten(axis: Any, low: float, high: float) -> None:
    """Label an axis (or a colour bar's) with 250k where whole numbers would run into each other."""
    if 1e4 <= max(abs(low), abs(high)) < 1e9:
        axis.set_major_formatter(EngFormatter(sep=""))


def png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG file."""
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, pil_kwargs={"compress_level": 1})
    return stream.getvalue()


def finish(axes: Axes, x_label: str, y_label: str, title: str) -> None:
    """Labels, title, a quiet grid."""
    axes.set_xlabel(x_label, color=INK)
    axes.set_ylabel(y_label, color=INK)
    # With a place of its own the title is not moved clear of what was drawn, which takes a while.
    axes.set_title(title, loc="left", fontsize=12, color=INK, y=1.0)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    if axes.get_xscale() == axes.get_yscale() == "linear":
        for axis in (axes.xaxis, axes.yaxis):
            shorten(axis, *axis.get_view_interval())
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(which="both", colors=INK, labelsize=10)
