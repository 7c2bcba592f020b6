"""One look for all pictures, in colours that the colour-blind can tell apart."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette.
PREDICTION = "#D55E00"
OPTIMUM = "#009E73"
TRAINING = "#0072B2"
VALIDATION = "#E69F00"
LINES = {
    "noise floor": ("#009E73", "--"),
    "least squares": ("#CC79A7", "-."),
    "mean predictor": ("#777777", ":"),
}
INK, GRID = "#333333", "#dddddd"
DPI = 130


def figure(width: float, height: float) -> Figure:
    """An empty figure, inches wide and high; free of matplotlib's global state."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def finish(axes: Axes, x_label: str, y_label: str, title: str) -> None:
    """Labels, title, a quiet grid."""
    axes.set_xlabel(x_label, color=INK)
    axes.set_ylabel(y_label, color=INK)
    axes.set_title(title, loc="left", fontsize=12, color=INK)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(which="both", colors=INK, labelsize=10)
