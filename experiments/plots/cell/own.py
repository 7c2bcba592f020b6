"""A figure for somebody to keep: shown in a notebook, saved, changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..figures.layers import forget_figures
from ..figures.png import palette_png

SHOWN_DPI = 100
OPAQUE = 255


def own_figure(draw: Callable[[], Figure]) -> Figure:
    """What `draw` makes, as a figure that no other picture is drawn on later.

    It shows itself in a notebook, whatever backend is chosen there, or none.
    """
    figure = draw()
    figure.set_dpi(SHOWN_DPI)
    forget_figures()  # it is whose who asked for it now
    for artist in figure.findobj():
        artist.set_animated(False)
    vars(figure)["_repr_png_"] = partial(_shown_png, figure)
    return figure


def _shown_png(figure: Figure) -> bytes:
    """A third of what `savefig` makes, unless somebody made a part of the figure transparent."""
    before, stream = figure.canvas, BytesIO()
    try:
        canvas: Any = FigureCanvasAgg(figure)  # makes itself the figure's
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
    finally:
        figure.set_canvas(before)
    if (pixels[..., 3] == OPAQUE).all():
        return palette_png(pixels, int(figure.dpi))
    figure.savefig(stream, format="png")
    return stream.getvalue()
