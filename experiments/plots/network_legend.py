"""What a drawing of a network says in words: under it, in its legend, and to a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .. import theme
from ..text import count
from .network import Lines, NetworkDrawing

THICKEST = 3.2  # points of the widest line
BAND = 0.35  # opacity of the darkest band
LETTER, SAMPLE, LINE = 0.078, 0.38, 0.19  # inches of a letter, of a sample, of a line of words
KEY = "a line is as wide as its weight is large beside the largest of its layer, written above"
# By the sign of a weight or a bias.
SIGNS = {1: "weight_positive", -1: "weight_negative"}
BIAS = tuple(SIGNS.values())


class PlacedWords(NamedTuple):
    """PlacedWords, in inches from the lower left; size in points; turned: from bottom to top."""

    x: float
    y: float
    text: str
    role: str = "muted"
    across: str = "center"
    up: str = "center"
    size: float = theme.NOTE
    turned: bool = False


class Sample(NamedTuple):
    """What stands before a meaning: a line, a dead unit's cross or a unit's bias.

    x and y in inches; width, or size, and dashes in points.
    """

    kind: str
    width: float
    role: str = "ink"
    opacity: float = 1.0
    dashes: tuple[float, ...] = ()
    x: float = 0.0
    y: float = 0.0


def bias_fill(bias: float) -> tuple[str, float]:
    """Role and opacity of a unit's fill by its bias, a share of the largest."""
    if not np.isfinite(bias):
        return "surface", 0.0
    return SIGNS[-1 if bias < 0 else 1], 0.85 * abs(bias)


def legend_height(shown: NetworkDrawing, width: float) -> float:
    """Inches that the legend takes of a figure so wide."""
    return LINE * (1.8 + len(_in_rows(_wide(_meanings(shown)), width)))


def network_key(shown: NetworkDrawing, width: float) -> tuple[list[Sample], list[PlacedWords]]:
    """What the foot of a figure so wide says about what is drawn."""
    items = _meanings(shown)
    wide, top = _wide(items), legend_height(shown, width)
    samples, words = [], []
    for number, row in enumerate(_in_rows(wide, width)):
        x, y = (width - sum(wide[item] for item in row)) / 2, top - LINE * (1.6 + number)
        for item in row:
            sample, text = items[item]
            middle = 0.14 if sample.kind in ("bias", "cross") else 0.0
            samples.append(sample._replace(x=x + middle, y=y))
            words.append(PlacedWords(x + SAMPLE, y, text, "ink", "left"))
            x += wide[item]
    words.append(PlacedWords(width / 2, top - LINE / 2, KEY))
    return samples, words


def _wide(items: Sequence[tuple[Sample, str]]) -> list[float]:
    return [SAMPLE + LETTER * len(text) + 0.25 for _, text in items]


def _meanings(shown: NetworkDrawing) -> list[tuple[Sample, str]]:
    """The looks that are drawn, and what each means."""
    places = [place for column in shown.columns for place in column.places]
    first, second = BIAS
    found = [
        (Sample("line", THICKEST, first), "positive weight"),
        (Sample("line", THICKEST, second), "negative weight"),
        (Sample("bias", 9), "bias, by its sign"),
    ]
    if any(place.band for place in places):
        found.append((Sample("line", 8, "muted", BAND), "mean size of folded weights"))
    if any(column.unused_S.any() for column in shown.columns):
        dotted = Sample("line", 0.8, "muted", dashes=(1, 2))
        found.append((dotted, "unit with no weight but 0 in, or none out"))
    if any(column.dead_S.any() for column in shown.columns):
        found.append((Sample("cross", 9), "dead unit, 0 on every row"))
    if shown.lost:
        found.append((Sample("line", 0.8, "muted"), "no finite number"))
    return found


def _in_rows(wide: Sequence[float], room: float) -> list[list[int]]:
    """As many items in a row as there is room for."""
    rows: list[list[int]] = [[]]
    for item, width in enumerate(wide):
        if rows[-1] and sum(wide[one] for one in rows[-1]) + width > room - 0.3:
            rows.append([])
        rows[-1].append(item)
    return rows


def in_words(shown: NetworkDrawing) -> str:
    """What the picture shows, for people who cannot see it."""
    inputs, *hidden, output = shown.columns
    named = ", ".join(name or "…" for name in inputs.names)
    layers = [column.folded or " ".join(column.words[1:]) for column in hidden]
    text = f"Drawing of the network: inputs {named}; "
    text += f"hidden layers of {'; '.join(layers)}; " if layers else "no hidden layer; "
    text += f"output {output.names[0]}. {count(shown.positive, 'positive weight')} and "
    text += f"{shown.negative:,} negative."
    unused = sum(int(column.unused_S.sum()) for column in shown.columns)
    if unused:
        text += f" Of the units drawn, {unused} have no weight in or none out."
    if dead := sum(column.dead for column in shown.columns):
        text += f" {count(dead, 'unit')} dead: 0 on every row."
    return " ".join([text, lost_in_words(shown)]).strip()


def lost_in_words(shown: NetworkDrawing) -> str:
    """How many weights cannot be drawn because training diverged; nothing where all can."""
    if not shown.lost:
        return ""
    return f"{shown.lost:,} of {shown.total:,} weights are no finite numbers: training diverged."


def caption(shown: NetworkDrawing, repeat: int, repeats: int) -> str:
    """What the picture shows of this run, in a few sentences."""
    of = f" (repeat {repeat})" if repeats > 1 else ""
    text = f"The weights of the saved network{of}: every line is one, as wide as it is large "
    text += "beside the largest of its layer, whose size stands above. "
    text += "The fill of a unit is its bias, in the same colours."
    if any(place.band for column in shown.columns for place in column.places):
        text += " Shaded: the mean size of the weights of what is folded."
    if any(column.dead for column in shown.columns):
        text += " A cross: a dead unit, which puts out 0 on every row."
    return " ".join([text, lost_in_words(shown)]).strip()


def widest_in_words(lines: Lines) -> str:
    """What stands above the lines between two columns: the size of the widest."""
    finite = np.isfinite(lines.weight_L).any()
    return f"|w| ≤ {lines.largest:.2g}" if finite else "none finite"
