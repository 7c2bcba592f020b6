"""A figure for somebody to keep: shown in a notebook, saved, changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

from matplotlib.figure import Figure

from ..figures.layers import forget_figures

SHOWN_DPI = 100


def own_figure(draw: Callable[[], Figure]) -> Figure:
    """What `draw` makes, as a figure that no other picture is drawn on later.

    It shows itself in a notebook, whatever backend is chosen there, or none.
    """
    figure = draw()
    forget_figures()  # it is whose who asked for it now
    for artist in figure.findobj():
        artist.set_animated(False)
    vars(figure)["_repr_png_"] = partial(_shown_png, figure)
    return figure


def _shown_png(figure: Figure) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=SHOWN_DPI)
    return stream.getvalue()
