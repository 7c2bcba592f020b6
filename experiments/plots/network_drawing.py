"""Draws a network as a figure: columns of units, lines for weights, bands for what is folded.

Everything is placed on the figure itself: axes would only cost time, and so would many artists.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from . import style
from .network import NetworkDrawing
from .network_layout import BandBox, Placed, placed
from .network_legend import BIAS, PlacedWords, Sample, bias_fill

CROSS = 1.15  # times as wide as its unit


def draw(shown: NetworkDrawing) -> Figure:
    """The network from left to right."""
    at = placed(shown)
    figure = style.figure(at.width, at.height)
    where = figure.dpi_scale_trans
    if at.shades:
        figure.add_artist(_shaded(at, where))
    figure.add_artist(_weight_lines(at, where))
    for box in at.boxes:
        figure.add_artist(_drawn_box(box, where))
    for discs in _discs(at):
        discs.set_offset_transform(where)
        figure.add_artist(discs)
    if len(at.crossed_Cx2):
        look = _cross_look(CROSS * 144 * at.radius)
        figure.add_artist(Line2D(*at.crossed_Cx2.T, transform=where, **look))
    for sample in at.samples:
        ends = (sample.x,) if sample.kind in ("bias", "cross") else (sample.x, sample.x + 0.28)
        up = [sample.y] * len(ends)
        figure.add_artist(Line2D(ends, up, transform=where, **_sample_look(sample)))
    figure.add_artist(WordsOnFigure([*at.words, *(box.words for box in at.boxes)]))
    return figure


class WordsOnFigure(Artist):
    """All words of a figure: an artist for each of them would take most of the time."""

    zorder = 3

    def __init__(self, words: Sequence[PlacedWords]) -> None:
        super().__init__()
        self.words = words

    def draw(self, renderer: Any) -> None:
        """Draw the words, as an artist for each would."""
        figure: Any = self.get_figure()
        for words in self.words:
            renderer.stamp(
                words, partial(_drawn_words, words, figure), style.role_color(words.role)
            )


def _shaded(at: Placed, where: Any) -> PolyCollection:
    color = style.role_color("muted")
    return PolyCollection(
        [shade.corners for shade in at.shades],
        facecolors=[to_rgba(color, shade.opacity) for shade in at.shades],
        linewidths=0,
        transform=where,
    )


def _weight_lines(at: Placed, where: Any) -> PathCollection:
    """A path for each group of lines."""
    return PathCollection(
        [_outline(group.ends_Kx2x2) for group in at.groups],
        facecolors="none",
        edgecolors=[to_rgba(style.role_color(one.role), one.opacity) for one in at.groups],
        linewidths=[group.width for group in at.groups],
        transform=where,
    )


def _outline(ends_Kx2x2: NDArray[np.float64]) -> Path:
    """Many lines as one path."""
    codes = np.tile([Path.MOVETO, Path.LINETO], len(ends_Kx2x2))
    return Path(ends_Kx2x2.reshape(-1, 2), codes)


def _discs(at: Placed) -> list[PathCollection]:
    """Units: a disc that hides the ends of lines, and its bias over it."""
    size = (72 * at.radius) ** 2  # of a circle of radius 1, in square points
    surface = to_rgba(style.role_color("surface"))
    looks: dict[str, Any] = {"sizes": [size], "offsets": at.points_Ux2}
    muted, ink = to_rgba(style.role_color("muted")), to_rgba(style.role_color("ink"))
    fills = []
    for bias in at.bias_U.tolist():
        role, opacity = bias_fill(bias)
        fills.append(to_rgba(style.role_color(role), opacity))
    disc = [Path.unit_circle()]
    under = PathCollection(disc, facecolors=[surface], linewidths=0, **looks)
    over = PathCollection(
        disc,
        facecolors=fills,
        edgecolors=[muted if unused else ink for unused in at.unused_U],
        linewidths=1,
        linestyles=[(0, (1, 1.5)) if unused else "-" for unused in at.unused_U],
        **looks,
    )
    for one in (under, over):
        one.set_transform(IdentityTransform())
    return [under, over]


def _drawn_box(box: BandBox, where: Any) -> FancyBboxPatch:
    return FancyBboxPatch(
        (box.words.x - box.wide / 2, box.words.y - box.high / 2),
        box.wide,
        box.high,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=style.role_color("card"),
        edgecolor=style.role_color("muted"),
        linewidth=0.8,
        transform=where,
    )


def _drawn_words(words: PlacedWords, figure: Figure) -> Text:
    text = Text(
        words.x,
        words.y,
        words.text,
        **style.LITERAL,
        ha=words.across,
        va=words.up,
        size=words.size,
        rotation=90 if words.turned else 0,
        transform=figure.dpi_scale_trans,
    )
    text.set_figure(figure)
    return text


def _cross_look(size: float) -> dict[str, Any]:
    """How a dead unit is crossed out, so many points wide."""
    ink = style.role_color("ink")
    return {"marker": "x", "markersize": size, "markeredgecolor": ink, "linestyle": "none"}


def _sample_look(sample: Sample) -> dict[str, Any]:
    if sample.kind == "cross":
        return _cross_look(sample.width)
    if sample.kind == "bias":
        first, second = (style.role_color(role) for role in BIAS)
        fill = {"fillstyle": "left", "markerfacecolor": first, "markerfacecoloralt": second}
        edge = {"markeredgecolor": style.role_color("ink"), "linestyle": "none"}
        return {"marker": "o", "markersize": sample.width, **fill, **edge}
    look: dict[str, Any] = {"color": style.role_color(sample.role), "linewidth": sample.width}
    if sample.opacity < 1:
        look |= {"alpha": sample.opacity, "solid_capstyle": "butt"}
    if sample.dashes:
        look["linestyle"] = (0, sample.dashes)
    return look
