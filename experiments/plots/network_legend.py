"""What a drawing of a network says in words: under it, in its legend, and to a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .. import theme
from ..text import count
from . import style
from .network import Lines, NetworkDrawing

THICKEST = 3.2  # points of the widest line
BAND = 0.35  # opacity of the darkest band
LETTER, SAMPLE, LINE = 0.078, 0.38, 0.19  # inches of a letter, of a sample, of a line of words
KEY = "a line is as wide as its weight is large beside the largest of its layer, written above"
# By the sign of a weight or a bias.
SIGNS = {1: "weight_positive", -1: "weight_negative"}


def write_at(
    figure: Figure, x: float, y: float, text: str, role: str = "muted", **more: Any
) -> None:
    """Put words on a figure, at inches from its lower left."""
    looks: dict[str, Any] = {"ha": "center", "va": "center", "size": theme.NOTE}
    looks |= {"color": style.role_color(role), "transform": figure.dpi_scale_trans}
    figure.add_artist(Text(x, y, text, parse_math=False, **{**looks, **more}))


def legend_height(shown: NetworkDrawing, width: float) -> float:
    """Inches that the legend takes of a figure so wide."""
    return LINE * (1.8 + len(_in_rows(_wide(_meanings(shown)), width)))


def network_key(figure: Figure, shown: NetworkDrawing, width: float) -> None:
    """Say at the foot of a figure what is drawn; by hand, which takes a tenth of matplotlib's."""
    items = _meanings(shown)
    wide, top = _wide(items), legend_height(shown, width)
    for number, row in enumerate(_in_rows(wide, width)):
        x, y = (width - sum(wide[item] for item in row)) / 2, top - LINE * (1.6 + number)
        for item in row:
            look, text = items[item]
            ends = (x + 0.14,) if "marker" in look else (x, x + 0.28)
            sample = Line2D(ends, [y] * len(ends), transform=figure.dpi_scale_trans, **look)
            figure.add_artist(sample)
            write_at(figure, x + SAMPLE, y, text, "ink", ha="left")
            x += wide[item]
    write_at(figure, width / 2, top - LINE / 2, KEY)


def _wide(items: Sequence[tuple[dict[str, Any], str]]) -> list[float]:
    return [SAMPLE + LETTER * len(text) + 0.25 for _, text in items]


def _meanings(shown: NetworkDrawing) -> list[tuple[dict[str, Any], str]]:
    """The looks that are drawn, and what each means."""
    places = [place for column in shown.columns for place in column.places]
    first, second = (style.role_color(role) for role in SIGNS.values())
    muted = style.role_color("muted")
    disc: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 9}
    bias = {"fillstyle": "left", "markerfacecolor": first, "markerfacecoloralt": second}
    ink = {"markeredgecolor": style.role_color("ink")}
    dotted = {"color": muted, "linewidth": 0.8, "linestyle": (0, (1, 2))}
    found: list[tuple[dict[str, Any], str]] = [
        ({"color": first, "linewidth": THICKEST}, "positive weight"),
        ({"color": second, "linewidth": THICKEST}, "negative weight"),
        ({**disc, **bias, **ink}, "bias, by its sign"),
    ]
    if any(place.band for place in places):
        look = {"color": muted, "linewidth": 8, "alpha": BAND, "solid_capstyle": "butt"}
        found.append((look, "mean size of folded weights"))
    if any(column.unused_S.any() for column in shown.columns):
        found.append((dotted, "unit with no weight but 0 in, or none out"))
    if any(column.dead_S.any() for column in shown.columns):
        found.append((cross_look(9), "dead unit, 0 on every row"))
    if shown.lost:
        found.append(({"color": muted, "linewidth": 0.8}, "no finite number"))
    return found


def cross_look(size: float) -> dict[str, Any]:
    """How a dead unit is crossed out, so many points wide."""
    ink = style.role_color("ink")
    return {"marker": "x", "markersize": size, "markeredgecolor": ink, "linestyle": "none"}


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
