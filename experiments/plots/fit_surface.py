"""The parts of fit.png where two features vary: the prediction as a surface of colours."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from datasets.dataset import Floats

from .. import theme
from . import style
from .figures.sheet import add_legend, draw_marks
from .fit_panels import (
    FAINTER,
    LEGEND,
    MARGINS,
    STRIP,
    FitPicture,
    asked_marks,
    few_numbers,
    residual_ends,
    residual_marks,
    sides,
)

STEPS = 14  # steps of a surface's colours


@dataclass(frozen=True, eq=False)
class Surface:
    """A prediction over two features: its values at A by B places, and the steps of its colours."""

    x_A: Floats
    y_B: Floats
    height_BxA: Floats
    levels_L: Floats


def surface_of(shown: FitPicture) -> Surface:
    """The shown repeat's prediction between the rows, as a table over both features."""
    assert shown.between is not None
    (x_A, column_G), (y_B, row_G) = (
        np.unique(values_G, return_inverse=True) for values_G in shown.between.x_GxK.T
    )
    height_BxA = np.full((len(y_B), len(x_A)), np.nan)
    height_BxA[row_G, column_G] = shown.between.shown_G
    low, high = np.quantile(np.concatenate([shown.y_N, shown.prediction_N]), [0.01, 0.99])
    levels_L = np.asarray(MaxNLocator(STEPS).tick_values(low, high))
    return Surface(x_A, y_B, height_BxA, levels_L)


def draw_surface(axes: Axes, shown: FitPicture) -> None:
    """The prediction as colour, fainter beyond the data; rows in the colours of their targets."""
    made = surface_of(shown)
    drawn = axes.contourf(
        made.x_A, made.y_B, made.height_BxA, made.levels_L, cmap=theme.COLORMAP, extend="both"
    )
    (left, low), (right, high) = shown.x_NxK.min(axis=0), shown.x_NxK.max(axis=0)
    shade: dict[str, Any] = {"color": style.role_color("surface"), "alpha": 1 - FAINTER}
    axes.axvspan(made.x_A[0], left, linewidth=0, **shade)
    axes.axvspan(right, made.x_A[-1], linewidth=0, **shade)
    for ends in ((made.y_B[0], low), (high, made.y_B[-1])):
        axes.fill_between([left, right], *ends, linewidth=0, **shade)
    look: dict[str, Any] = {"edgecolors": style.role_color("surface"), "linewidths": 0.4}
    look |= {"cmap": theme.COLORMAP, "norm": drawn.norm, "s": 18 if len(shown.y_N) <= 200 else 9}
    for (_, chosen_N), marker in zip(sides(shown), "os", strict=False):
        x_N, y_N = shown.x_NxK[chosen_N].T
        axes.scatter(x_N, y_N, c=shown.y_N[chosen_N], marker=marker, **look)
    draw_marks(axes, asked_marks(shown.asked_QxK[:, 0], shown.asked_QxK[:, 1], shown.answer_Q))
    bar = axes.figure.colorbar(drawn, ax=axes, pad=0.02)
    bar.ax.tick_params(labelsize=theme.NOTE)
    style.shorten(bar.ax.yaxis, made.levels_L[0], made.levels_L[-1])
    axes.set_xlim(made.x_A[0], made.x_A[-1])
    axes.set_ylim(made.y_B[0], made.y_B[-1])


def surface_colors(shown: FitPicture, made: Surface) -> tuple[bytes, list[str]]:
    """The surface as a small PNG image, a pixel a place, and the colours between its levels.

    The first colour is of what is below all levels, the last one of what is above.
    """
    from PIL import Image

    colors_Lx4 = colormaps[theme.COLORMAP](np.linspace(0, 1, len(made.levels_L) + 1))
    pixels_Lx4 = (255 * colors_Lx4).round().astype(np.uint8)
    image_BxAx4 = pixels_Lx4[np.digitize(made.height_BxA, made.levels_L)]
    (left, low), (right, high) = shown.x_NxK.min(axis=0), shown.x_NxK.max(axis=0)
    inside_A = (made.x_A >= left) & (made.x_A <= right)
    inside_B = (made.y_B >= low) & (made.y_B <= high)
    image_BxAx4[~(inside_B[:, None] & inside_A), 3] = round(255 * FAINTER)
    stream = BytesIO()
    Image.fromarray(image_BxAx4[::-1]).save(stream, "png")
    return stream.getvalue(), [to_hex(color) for color in colors_Lx4]


def surface_figure(shown: FitPicture, title: str) -> Figure:
    """The fit over two features; beneath it residuals against predictions."""
    figure = style.figure(*style.SIZE, MARGINS)
    top, strip = figure.subplots(2, 1, gridspec_kw={**STRIP, "hspace": 0.34})
    draw_surface(top, shown)
    style.label_axes(top, shown.features[0], shown.features[1], title)
    top.grid(visible=False)
    draw_marks(strip, residual_marks(shown, shown.prediction_N))
    strip.set_ylim(residual_ends(shown, shown.prediction_N))
    few_numbers(strip)
    style.label_axes(strip, "prediction", "residual", "")
    add_legend(figure, (1, 0), LEGEND)
    return figure
