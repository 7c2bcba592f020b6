"""Figures that are kept from run to run, in two layers: a still, and what moves over it.

Everything that the still shows is part of the key that a figure is kept by. What moves is marked
`animated`, as matplotlib calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .canvas import Canvas
from .kept import Kept
from .vertical import VerticalAxis

MOST_FIGURES = 6  # that are kept, those that were used last; each takes some 15 MB


@dataclass(eq=False)
class LayeredFigure:
    """A figure, its artists as whoever made it needs them, and the pixels of what stands still."""

    figure: Figure
    parts: Any
    still: Any = None
    verticals: list[VerticalAxis] = field(init=False)

    def __post_init__(self) -> None:
        self.verticals = [VerticalAxis(axes) for axes in self.figure.axes]


_KEPT = Kept[LayeredFigure](MOST_FIGURES)


def kept_figure(key: Hashable, make: Callable[[], LayeredFigure]) -> LayeredFigure:
    """The figure of this key from an earlier run, else a new one."""
    return _KEPT.of(key, make)


def forget_figures() -> bool:
    """Drop all figures that are kept, as one may be damaged; returns whether there were any."""
    return _KEPT.forget()


def pixels_of(figure: Figure, dpi: int) -> NDArray[np.uint8]:
    """A figure's pixels (height, width, RGBA), until it is drawn again."""
    kept = next((one for one in _KEPT if one.figure is figure), None)
    canvas: Any = figure.canvas
    if kept is not None and kept.still is not None:
        canvas.restore_region(kept.still)
    else:
        figure.set_dpi(dpi)
        canvas = Canvas(figure)
        canvas.draw()
    if kept is not None:
        kept.still = kept.still or canvas.copy_from_bbox(figure.bbox)
        renderer = canvas.get_renderer()
        for axes, vertical in zip(figure.axes, kept.verticals, strict=True):
            vertical.draw(renderer)
            moving = [artist for artist in axes.get_children() if artist.get_animated()]
            moving.remove(axes.yaxis)
            for artist in sorted(moving, key=Artist.get_zorder):
                artist.draw(renderer)
    return np.asarray(canvas.buffer_rgba())
