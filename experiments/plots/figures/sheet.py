"""Pictures as data: what a `Sheet` shares with the last runs' is drawn once, the rest each time.

Axes, words and legend stand still; data, titles and vertical axes are each run's own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.ticker import Locator, ScalarFormatter
from numpy.typing import NDArray

from datasets.dataset import Floats

from ... import theme
from .. import style
from .layers import LayeredFigure, kept_figure


class PlotMark(NamedTuple):
    """Something that is drawn: kind, a name of `_KINDS`; its look, as matplotlib takes it."""

    kind: str
    x: NDArray[Any]
    y: Floats
    look: dict[str, Any]
    words: str = ""


@dataclass(frozen=True, eq=False)
class PlotPanel:
    """Axes and what is on them. names: of the horizontal and the vertical one; x and y: their ends.

    dress: functions of a module that are called once with the new axes; they are part of the key.
    """

    title: str
    names: tuple[str, str]
    x: tuple[float, float]
    y: tuple[float, float]
    marks: Sequence[PlotMark]
    dress: tuple[Callable[[Axes], None], ...] = ()


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture of panels one below the other.

    grid: keywords of `Figure.subplots`. legend: its keywords; named: the panels whose marks it has,
    in this order.
    """

    panels: Sequence[PlotPanel]
    margins: style.Margins
    legend: dict[str, Any]
    grid: dict[str, Any]
    named: tuple[int, ...] = (0,)

    @property
    def key(self) -> Hashable:
        """All that stands still."""
        panels = [
            (one.names, one.x, one.dress, [(mark.kind, mark.look) for mark in one.marks])
            for one in self.panels
        ]
        looks = repr((panels, self.margins, self.legend, self.grid, self.named))
        return looks, tuple(one.dress for one in self.panels), tuple(theme.PIGMENTS.items())


def sheet_figure(sheet: Sheet) -> Figure:
    """The figure of a sheet; it is another sheet's as soon as that is asked for."""
    layered = kept_figure(sheet.key, lambda: _made(sheet))
    for axes, panel, (title, artists) in zip(
        layered.figure.axes, sheet.panels, layered.parts, strict=True
    ):
        title.set_text(panel.title)
        axes.set_ylim(panel.y)
        if axes.get_yscale() == "linear":
            if not isinstance(axes.yaxis.get_major_formatter(), ScalarFormatter):
                axes.yaxis.set_major_formatter(ScalarFormatter())
            style.shorten(axes.yaxis, *panel.y)
        for artist, mark in zip(artists, panel.marks, strict=True):
            _KINDS[mark.kind].move(artist, mark)
    return layered.figure


def draw_marks(axes: Axes, marks: Sequence[PlotMark]) -> list[Any]:
    """Draw marks, and return the artist of each."""
    return [_KINDS[mark.kind].make(axes, mark) for mark in marks]


def limits_around(*values: Floats) -> tuple[float, float]:
    """Limits as matplotlib sets them around numbers; those that are not finite leave them alone."""
    every = np.concatenate([np.empty(0), *values])
    every = every[np.isfinite(every)]
    if not len(every):
        return 0.0, 1.0
    low, high = Locator().nonsingular(float(every.min()), float(every.max()))
    room = 0.05 * (high - low)
    return low - room, high + room


def _made(sheet: Sheet) -> LayeredFigure:
    """A new figure, and of each panel the title and the artists of its marks."""
    figure = style.figure(*style.SIZE, sheet.margins)
    figure.subplots(len(sheet.panels), 1, **sheet.grid)
    parts: list[tuple[Text, list[Any]]] = []
    for axes, panel in zip(figure.axes, sheet.panels, strict=True):
        artists = draw_marks(axes, panel.marks)
        axes.set_xlim(panel.x)
        axes.set_ylim(panel.y)
        for dress in panel.dress:
            dress(axes)
        title = style.label_axes(axes, *panel.names, panel.title)
        for artist in (title, axes.yaxis, *axes.spines.values(), *artists):
            artist.set_animated(True)
        parts.append((title, artists))
    add_legend(figure, sheet.named, sheet.legend)
    return LayeredFigure(figure, parts)


def add_legend(figure: Figure, panels: Sequence[int], look: dict[str, Any]) -> None:
    """Name at the foot of a figure what is on its panels, in this order; nothing where none is."""
    named = {
        label: handle
        for place in panels
        for handle, label in zip(*figure.axes[place].get_legend_handles_labels(), strict=True)
    }
    if named:
        common = {"frameon": False, "borderaxespad": 0.1, "labelcolor": style.role_color("ink")}
        place = {"loc": "lower center", **common, **look}
        style.literal(figure.legend(named.values(), named.keys(), **place))


class _Kind(NamedTuple):
    """How a mark becomes an artist, and how that artist comes to show another mark."""

    make: Callable[[Axes, PlotMark], Any]
    move: Callable[[Any, PlotMark], object]


class _Dot(Path):
    """A point that knows how far it reaches, which matplotlib works out before each drawing."""

    _reach: Any = None

    def get_extents(self, *args: Any, **more: Any) -> Any:
        """Return the extents; a kept figure has points of one size."""
        if self._reach is None:
            self._reach = super().get_extents(*args, **more)
        return self._reach


def _points(axes: Axes, mark: PlotMark) -> Any:
    points = axes.scatter(mark.x, mark.y, **mark.look)
    points.set_paths([_Dot(path.vertices, path.codes) for path in points.get_paths()])
    return points


def _text_of(axes: Axes, mark: PlotMark, where: Any) -> Text:
    return axes.text(
        mark.x[0], mark.y[0], mark.words, transform=where, **mark.look, **style.LITERAL
    )


def _move_text(text: Text, mark: PlotMark) -> None:
    text.set_position((mark.x[0], mark.y[0]))
    text.set_text(mark.words)


def _move_note(note: Any, mark: PlotMark) -> None:
    note.xy = (mark.x[0], mark.y[0])
    note.set_text(mark.words)


_KINDS = {
    "line": _Kind(
        lambda axes, mark: axes.plot(mark.x, mark.y, **mark.look)[0],
        lambda line, mark: line.set_data(mark.x, mark.y),
    ),
    "points": _Kind(
        _points,
        lambda points, mark: points.set_offsets(np.stack([mark.x, mark.y], axis=1)),
    ),
    "level": _Kind(
        lambda axes, mark: axes.axhline(mark.y[0], **mark.look),
        lambda line, mark: line.set_ydata([mark.y[0]] * 2),
    ),
    "upright": _Kind(
        lambda axes, mark: axes.axvline(mark.x[0], **mark.look),
        lambda line, mark: line.set_xdata([mark.x[0]] * 2),
    ),
    # At a place of the data across and a share of the axes up; and at shares of both.
    "beside": _Kind(
        lambda axes, mark: _text_of(axes, mark, axes.get_xaxis_transform()), _move_text
    ),
    "words": _Kind(lambda axes, mark: _text_of(axes, mark, axes.transAxes), _move_text),
    "note": _Kind(
        lambda axes, mark: axes.annotate(
            mark.words, (mark.x[0], mark.y[0]), **mark.look, **style.LITERAL
        ),
        _move_note,
    ),
}
