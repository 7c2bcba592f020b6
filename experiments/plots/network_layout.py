"""Where everything stands in a drawing of a network, for the figure and for the page alike.

In inches, from the lower left. What is listed later is drawn over what comes before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import theme
from .network import LayerColumn, Lines, NetworkDrawing
from .network_legend import (
    BAND,
    LETTER,
    SIGNS,
    THICKEST,
    PlacedWords,
    Sample,
    legend_height,
    lost_in_words,
    network_key,
    widest_in_words,
)

NARROWEST, WIDEST, HIGHEST = 6.0, 10.5, 4.2  # inches: of the figure; of its tallest column
LAYER_GAP, LEAST_GAP, PITCH = 1.7, 0.8, 0.34  # between columns, and between units
HEADROOM, UNDER, LINE_OF_WORDS = 0.5, 0.26, 0.155  # above columns; below them, and for each line
BAND_STEPS = 12  # widths of lines that are told apart
MANY_LAYERS, THINNER = 100, 0.6  # lines between two columns, from which on all are thinner
FAINTEST = 0.2  # opacity of the thinnest line
LONGEST_NAME = 22  # letters of a name

PointArray = NDArray[np.float64]


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


class Shade(NamedTuple):
    """An area (4, 2) for the weights of what is folded, darker where they are larger."""

    corners: list[tuple[float, float]]
    opacity: float


class LineGroup(NamedTuple):
    """Lines (K, 2, 2) from point to point that look the same; width in points."""

    ends_Kx2x2: PointArray
    role: str
    opacity: float
    width: float


class BandBox(NamedTuple):
    """A box for units or layers that are not drawn, around its words."""

    wide: float
    high: float
    words: PlacedWords


@dataclass(frozen=True, eq=False)
class Placed:
    """All that is drawn. Of units: points, biases as shares of the largest, and who is unused."""

    width: float
    height: float
    radius: float
    shades: list[Shade]
    groups: list[LineGroup]
    boxes: list[BandBox]
    points_Ux2: PointArray
    bias_U: Floats
    unused_U: NDArray[np.bool_]
    crossed_Cx2: PointArray
    samples: list[Sample]
    words: list[PlacedWords]


def placed(shown: NetworkDrawing) -> Placed:
    """The network from left to right, with its legend beneath."""
    layout = _layout(shown)
    columns, gaps = list(enumerate(shown.columns)), list(enumerate(shown.lines))
    single_S = [np.array([not place.band for place in c.places]) for c in shown.columns]
    samples, meanings = network_key(shown, layout.width)
    return Placed(
        width=layout.width,
        height=layout.height,
        radius=layout.radius,
        shades=[shade for k, _ in gaps for shade in _shades(shown, layout, k)],
        groups=[group for k, lines in gaps for group in _groups(lines, _ends(layout, k, lines))],
        boxes=[box for k, column in columns for box in _boxes(layout, k, column)],
        points_Ux2=np.concatenate([_points_of(layout, k, single_S[k]) for k, _ in columns]),
        bias_U=np.concatenate([column.bias_S[single_S[k]] for k, column in columns]),
        unused_U=np.concatenate([column.unused_S[single_S[k]] for k, column in columns]),
        crossed_Cx2=np.concatenate([_points_of(layout, k, column.dead_S) for k, column in columns]),
        samples=samples,
        words=[*_words_around(shown, layout), *meanings],
    )


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


def _points_of(layout: Layout, number: int, chosen_S: NDArray[np.bool_]) -> PointArray:
    """The points (K, 2) of some places of a column."""
    y_K = layout.y[number][chosen_S]
    return np.stack([np.full(len(y_K), layout.x[number]), y_K], axis=1)


def _groups(lines: Lines, ends_Lx2x2: PointArray) -> Iterator[LineGroup]:
    """A line for each weight; those of one sign and width are a group, the widest on top."""
    step_L = np.ceil(lines.share_L * BAND_STEPS).astype(int)
    sign_L = np.where(lines.band_L, 0, np.sign(lines.weight_L))
    lost_L = ~np.isfinite(lines.weight_L)
    thickest = THICKEST * (THINNER if len(lines.weight_L) > MANY_LAYERS else 1)
    for step in np.unique(step_L[step_L > 0]).tolist():
        share = step / BAND_STEPS
        for sign, role in SIGNS.items():
            chosen_L = (step_L == step) & (sign_L == sign)
            if chosen_L.any():
                opacity = FAINTEST + (1 - FAINTEST) * share
                yield LineGroup(ends_Lx2x2[chosen_L], role, opacity, thickest * step / BAND_STEPS)
    if lost_L.any():
        yield LineGroup(ends_Lx2x2[lost_L], "muted", 0.6, 0.8)


def _shades(shown: NetworkDrawing, layout: Layout, number: int) -> Iterator[Shade]:
    lines = shown.lines[number]
    left, right = layout.x[number : number + 2]
    for line in np.flatnonzero(lines.band_L & (lines.share_L > 0)):
        low, high = _extent(shown, layout, number, lines.start_L[line])
        to_low, to_high = _extent(shown, layout, number + 1, lines.stop_L[line])
        corners = [(left, low), (right, to_low), (right, to_high), (left, high)]
        yield Shade(corners, BAND * float(lines.share_L[line]))


def _extent(shown: NetworkDrawing, layout: Layout, number: int, place: int) -> tuple[float, float]:
    """From where to where a place reaches: a unit is a point."""
    column, y = shown.columns[number], float(layout.y[number][place])
    if column.folded:
        half = layout.tall / 2
    else:
        half = 0.75 * layout.pitch if column.places[place].band else 0.02
    return y - half, y + half


def _boxes(layout: Layout, number: int, column: LayerColumn) -> Iterator[BandBox]:
    for s, place in enumerate(column.places):
        if place.band:
            text = column.folded or f"{len(place.units):,}\nmore"
            turned = bool(column.folded)
            size = theme.NOTE if turned else min(theme.NOTE, 26 * layout.pitch)
            at = layout.x[number], float(layout.y[number][s])
            words = PlacedWords(*at, text, "ink", size=size, turned=turned)
            yield BandBox(*((0.34, layout.tall) if turned else (0.44, 1.5 * layout.pitch)), words)


def _words_around(shown: NetworkDrawing, layout: Layout) -> Iterator[PlacedWords]:
    """All words but those in boxes and in the legend."""
    for number, lines in enumerate(shown.lines):
        middle = sum(layout.x[number : number + 2]) / 2
        yield PlacedWords(middle, layout.height - 0.28, widest_in_words(lines))
    for number, column in enumerate(shown.columns):
        x, y_S = layout.x[number], layout.y[number]
        side, align = (-1, "right") if number == 0 else (1, "left")
        for s, name in enumerate(column.names):
            short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
            yield PlacedWords(x + side * 0.2, float(y_S[s]), short, "ink", align, size=theme.LABEL)
        if column.words:
            yield PlacedWords(x, layout.bottom - 0.2, "\n".join(column.words), up="top")
    if note := lost_in_words(shown):
        yield PlacedWords(layout.width / 2, layout.height - 0.1, note, "bad")
