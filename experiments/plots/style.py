"""The theme as matplotlib takes it, and the frame of every picture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from io import StringIO
from typing import Any, NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .. import theme
from ..text import on_axis
from .figures.layers import pixels_of
from .figures.png import palette_png

DPI = 200
SIZE = 7.2, 5.2  # inches of a picture, whose words can be read at half the width of a page too
SVG_METADATA = ("Creator", "Date", "Format", "Type")  # that a page has no use for
_ROLES_BY_COLOR = {theme.color(role): role for role in reversed(theme.ROLES)}
# Of text with names in it, where matplotlib would take what is between two $ for a formula.
LITERAL: dict[str, Any] = {"parse_math": False}
DASH_PIXELS = 2  # a line this wide has dashes of the theme's lengths


def role_color(role: str) -> str:
    """The colour of a role."""
    return theme.color(role)


def paint(role: str) -> str:
    """The colour of a role on a page, light or dark."""
    return f"var(--{role.replace('_', '-')})"


def look(role: str, **more: Any) -> dict[str, Any]:
    """Colour and dashes of a role, as `plot` and `axhline` take them, and more of their keywords.

    matplotlib scales dashes with the width of their line.
    """
    dashes = tuple(length / DASH_PIXELS for length in theme.ROLES[role].dashes)
    return {"color": role_color(role), "linestyle": (0, dashes) if dashes else "-", **more}


def reference_looks(names: Iterable[str], **more: Any) -> dict[str, dict[str, Any]]:
    """The look of each reference's line, by its name."""
    roles = theme.reference_roles(names)
    return {name: look(role, **more) for name, role in roles.items()}


class Margins(NamedTuple):
    """Room for labels at the sides of a figure, in inches."""

    left: float = 0.85
    right: float = 0.15
    bottom: float = 0.6
    top: float = 0.4


LABELS = Margins()


def figure(width: float, height: float, margins: Margins = LABELS) -> Figure:
    """An empty figure, inches wide and high; free of matplotlib's global state.

    Margins are given: a layout engine would draw everything twice to find them.
    """
    drawn = Figure(figsize=(width, height), facecolor=theme.PIGMENTS[theme.PICTURE].light)
    left, right, bottom, top = margins
    drawn.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    return drawn


def whole_numbers() -> MaxNLocator:
    """Round whole ticks, for epochs and rows."""
    return MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10])


def shorten(axis: Any, low: float, high: float) -> None:
    """Label an axis (or a colour bar's) with 250k where whole numbers would run into each other."""
    largest = max(abs(low), abs(high))
    if 1e4 <= largest < 1e12:
        axis.set_major_formatter(FuncFormatter(lambda value, _: on_axis([value, largest])[0]))


def png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG file."""
    return palette_png(pixels_of(figure, DPI), DPI)


def svg(figure: Figure, name: str, label: str) -> str:
    """A figure as an SVG element for a page, in the page's own colours and fonts.

    Colours become the theme's custom properties, so that dark pages and paper have theirs; width
    and height stand in it, so that nothing moves when it appears.

    Args:
        figure: drawn in colours of roles.
        name: sets its identifiers apart from those of other pictures on the page.
        label: what it shows, for people who cannot see it.
    """
    stream = StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(stream, format="svg", metadata=dict.fromkeys(SVG_METADATA))
    text = stream.getvalue()
    text = re.sub(r"#[0-9a-f]{6}\b", _property, text[text.index("<svg") :])
    text = re.sub(r"font: [^;\"]*?([\d.]+px)[^;\"]*", r"font: \1 var(--font)", text)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = text.replace("<g id=", "<g data-part=")  # another picture has the same ones
    start = f'<svg role="img" aria-label="{escape(label)}" stroke-linejoin="round"'
    return text.replace("<svg", start, 1).strip()


def _property(found: re.Match[str]) -> str:
    role = _ROLES_BY_COLOR.get(found[0])
    return paint(role) if role else found[0]


def literal(legend: Legend) -> None:
    """Make a legend show the names in it as they are."""
    for text in legend.get_texts():
        text.set(**LITERAL)


def label_axes(axes: Axes, x_label: str, y_label: str, title: str) -> Text:
    """Labels, title, a quiet grid; returns the title."""
    ink = role_color("ink")
    axes.set_xlabel(x_label, color=ink, fontsize=theme.LABEL, **LITERAL)
    axes.set_ylabel(y_label, color=ink, fontsize=theme.LABEL, **LITERAL)
    # With a place of its own the title is not moved clear of what was drawn, which takes a while.
    look: dict[str, Any] = {"fontsize": theme.TITLE, "color": ink, **LITERAL}
    heading = axes.set_title(title, loc="left", y=1.0, **look)
    axes.grid(color=role_color("grid"), linewidth=0.6)
    axes.set_axisbelow(True)
    if axes.get_xscale() == axes.get_yscale() == "linear":
        for axis in (axes.xaxis, axes.yaxis):
            shorten(axis, *axis.get_view_interval())
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(ink)
    axes.tick_params(which="both", colors=ink, labelsize=theme.LABEL)
    return heading
