"""Draws what `network` found: columns of units, lines for weights, bands for what is folded.

Everything is placed in inches on the figure itself: axes would only cost time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import theme
from . import style
from .network import LayerColumn, Lines, NetworkDrawing
from .network_legend import (
    BAND,
    LETTER,
    SIGNS,
    THICKEST,
    cross_look,
    legend_height,
    lost_in_words,
    network_key,
    widest_in_words,
    write_at,
)

NARROWEST, WIDEST, HIGHEST = 6.0, 10.5, 4.2  # inches: of the figure; of its tallest column
LAYER_GAP, LEAST_GAP, PITCH = 1.7, 0.8, 0.34  # between columns, and between units
HEADROOM, UNDER, LINE_OF_WORDS = 0.5, 0.26, 0.155  # above columns; below them, and for each line
BAND_STEPS = 12  # widths of lines that are told apart
MANY_LAYERS, THINNER = 100, 0.6  # lines between two columns, from which on all are thinner
FAINTEST = 0.2  # opacity of the thinnest line
LONGEST_NAME = 22  # letters of a name
CROSS = 1.15  # times as wide as its unit


@dataclass(frozen=True, eq=False)
class Layout:
    """Where things stand, in inches; columns are `tall` at most, and begin at `bottom`."""

    width: float
    height: float
    bottom: float
    tall: float
    x: tuple[float, ...]
    y: tuple[Floats, ...]
    pitch: float

    @property
    def radius(self) -> float:
        """Of a unit, in inches."""
        return min(0.11, 0.36 * self.pitch)


def draw(shown: NetworkDrawing) -> Figure:
    """The network from left to right."""
    layout = _layout(shown)
    figure = style.figure(layout.width, layout.height)
    where = figure.dpi_scale_trans
    for number, lines in enumerate(shown.lines):
        ends = _ends(layout, number, lines)
        figure.add_artist(_bands(shown, layout, number, where))
        figure.add_artist(_weight_lines(lines, ends, where))
        write_at(
            figure,
            sum(layout.x[number : number + 2]) / 2,
            layout.height - 0.28,
            widest_in_words(lines),
        )
    for number, column in enumerate(shown.columns):
        _units_and_words(figure, layout, number, column)
    network_key(figure, shown, layout.width)
    if note := lost_in_words(shown):
        write_at(figure, layout.width / 2, layout.height - 0.1, note, "bad")
    return figure


def _layout(shown: NetworkDrawing) -> Layout:
    left, right = (0.35 + LETTER * _longest(shown.columns[end].names) for end in (0, -1))
    left, right = max(left, 0.55), max(right, 0.55)
    gaps = len(shown.columns) - 1
    gap = float(np.clip((WIDEST - left - right) / gaps, LEAST_GAP, LAYER_GAP))
    slots = max(_height(column) for column in shown.columns)
    pitch = min(PITCH, HIGHEST / max(slots - 1, 1))
    tall = max((slots - 1) * pitch, 1.9 if any(c.folded for c in shown.columns) else 0.7)
    wide = left + gaps * gap + right
    left += max(NARROWEST - wide, 0) / 2
    width = max(wide, NARROWEST)
    lines = max(len(column.words) for column in shown.columns)
    bottom = legend_height(shown, width) + UNDER + LINE_OF_WORDS * lines
    return Layout(
        width=width,
        height=bottom + tall + HEADROOM,
        bottom=bottom,
        tall=tall,
        x=tuple(left + gap * number for number in range(gaps + 1)),
        y=tuple(bottom + tall / 2 + pitch * _offsets(column) for column in shown.columns),
        pitch=pitch,
    )


def _longest(names: Sequence[str]) -> int:
    return min(max(map(len, names), default=0), LONGEST_NAME)


def _height(column: LayerColumn) -> float:
    """Of a column, in units; a band takes the room of two."""
    return float(sum(2 if place.band else 1 for place in column.places))


def _offsets(column: LayerColumn) -> Floats:
    """How far above the middle each place stands, in units, from the first one down."""
    room_S = np.array([2 if place.band else 1 for place in column.places], dtype=float)
    middle_S = np.cumsum(room_S) - room_S / 2
    offset_S: Floats = room_S.sum() / 2 - middle_S
    return offset_S


def _ends(layout: Layout, number: int, lines: Lines) -> NDArray[np.float64]:
    """The points (L, 2, 2) from which and to which lines lead."""
    left, right = layout.x[number : number + 2]
    start = np.stack([np.full(len(lines.start_L), left), layout.y[number][lines.start_L]], axis=1)
    stop = np.stack([np.full(len(lines.stop_L), right), layout.y[number + 1][lines.stop_L]], axis=1)
    return np.stack([start, stop], axis=1)


def _weight_lines(lines: Lines, ends_Lx2x2: NDArray[np.float64], where: Any) -> PathCollection:
    """A line for each weight; those of one sign and width are one path, the widest on top."""
    paths, widths, colors = [], [], []
    step_L = np.ceil(lines.share_L * BAND_STEPS).astype(int)
    lost_L = ~np.isfinite(lines.weight_L)
    thickest = THICKEST * (THINNER if len(lines.weight_L) > MANY_LAYERS else 1)
    for step in range(1, BAND_STEPS + 1):
        for sign, role in SIGNS.items():
            chosen = (step_L == step) & (np.sign(lines.weight_L) == sign) & ~lines.band_L
            if chosen.any():
                paths.append(_outline(ends_Lx2x2[chosen]))
                widths.append(thickest * step / BAND_STEPS)
                opacity = FAINTEST + (1 - FAINTEST) * (step / BAND_STEPS)
                colors.append(to_rgba(style.role_color(role), opacity))
    if lost_L.any():
        paths.append(_outline(ends_Lx2x2[lost_L]))
        widths.append(0.8)
        colors.append(to_rgba(style.role_color("muted"), 0.6))
    return PathCollection(
        paths, facecolors="none", edgecolors=colors, linewidths=widths, transform=where
    )


def _outline(ends_Kx2x2: NDArray[np.float64]) -> Path:
    """Many lines as one path."""
    codes = np.tile([Path.MOVETO, Path.LINETO], len(ends_Kx2x2))
    return Path(ends_Kx2x2.reshape(-1, 2), codes)


def _bands(shown: NetworkDrawing, layout: Layout, number: int, where: Any) -> PolyCollection:
    """A shaded area for the weights of what is folded, darker where they are larger."""
    lines, corners, opacities = shown.lines[number], [], []
    left, right = layout.x[number : number + 2]
    for line in np.flatnonzero(lines.band_L & (lines.share_L > 0)):
        start, stop = lines.start_L[line], lines.stop_L[line]
        low, high = _extent(shown, layout, number, start)
        to_low, to_high = _extent(shown, layout, number + 1, stop)
        corners.append([(left, low), (right, to_low), (right, to_high), (left, high)])
        opacities.append(BAND * float(lines.share_L[line]))
    color = style.role_color("muted")
    return PolyCollection(
        corners, facecolors=[to_rgba(color, o) for o in opacities], linewidths=0, transform=where
    )


def _extent(shown: NetworkDrawing, layout: Layout, number: int, place: int) -> tuple[float, float]:
    """From where to where a place reaches: a unit is a point."""
    column, y = shown.columns[number], float(layout.y[number][place])
    if column.folded:
        half = layout.tall / 2
    else:
        half = 0.75 * layout.pitch if column.places[place].band else 0.02
    return y - half, y + half


def _units_and_words(figure: Figure, layout: Layout, number: int, column: LayerColumn) -> None:
    """Units as discs, bands as boxes, and words around them."""
    x, y_S = layout.x[number], layout.y[number]
    units = [s for s, place in enumerate(column.places) if not place.band]
    for s, place in enumerate(column.places):
        if place.band:
            text = column.folded or f"{len(place.units):,}\nmore"
            _band_box(figure, layout, (x, float(y_S[s])), text, turned=bool(column.folded))
    if units:
        points = np.stack([np.full(len(units), x), y_S[units]], axis=1)
        for discs in _discs(layout, points, column.bias_S[units], column.unused_S[units]):
            discs.set_offset_transform(figure.dpi_scale_trans)
            figure.add_artist(discs)
        crossed = points[column.dead_S[units]]
        if len(crossed):
            size = CROSS * 144 * layout.radius
            look = {**cross_look(size), "transform": figure.dpi_scale_trans}
            figure.add_artist(Line2D(crossed[:, 0], crossed[:, 1], **look))
    side, align = (-1, "right") if number == 0 else (1, "left")
    for s, name in enumerate(column.names):
        short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
        write_at(figure, x + side * 0.2, float(y_S[s]), short, "ink", ha=align, size=theme.LABEL)
    write_at(figure, x, layout.bottom - 0.2, "\n".join(column.words), va="top")


def _discs(
    layout: Layout, points: NDArray[np.float64], bias_S: Floats, unused_S: NDArray[np.bool_]
) -> list[PathCollection]:
    """Units: a disc that hides the ends of lines, and its bias over it."""
    size = (72 * layout.radius) ** 2  # of a circle of radius 1, in square points
    surface = to_rgba(style.role_color("surface"))
    looks: dict[str, Any] = {"sizes": [size], "offsets": points}
    edges = np.where(unused_S, style.role_color("muted"), style.role_color("ink")).tolist()
    dashes = [(0, (1, 1.5)) if unused else "-" for unused in unused_S]
    fills = [
        to_rgba(style.role_color(SIGNS[-1 if bias < 0 else 1]), 0.85 * abs(bias))
        if np.isfinite(bias)
        else to_rgba(style.role_color("surface"), 0)
        for bias in bias_S
    ]
    disc = [Path.unit_circle()]
    under = PathCollection(disc, facecolors=[surface], linewidths=0, **looks)
    over = PathCollection(
        disc, facecolors=fills, edgecolors=edges, linewidths=1, linestyles=dashes, **looks
    )
    for one in (under, over):
        one.set_transform(IdentityTransform())
    return [under, over]


def _band_box(
    figure: Figure, layout: Layout, center: tuple[float, float], text: str, *, turned: bool
) -> None:
    wide, high = (0.34, layout.tall) if turned else (0.44, 1.5 * layout.pitch)
    corner = (center[0] - wide / 2, center[1] - high / 2)
    box = FancyBboxPatch(
        corner,
        wide,
        high,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=style.role_color("card"),
        edgecolor=style.role_color("muted"),
        linewidth=0.8,
        transform=figure.dpi_scale_trans,
    )
    figure.add_artist(box)
    size = theme.NOTE if turned else min(theme.NOTE, 26 * layout.pitch)
    write_at(figure, *center, text, "ink", rotation=90 if turned else 0, size=size)
