"""The vertical axis of a kept figure, which is another one for every run.

It looks as matplotlib's own, to the pixel, which works out its ticks three times and draws each of
them alone. Where matplotlib puts words above the axis (1e−5), it is left to do so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from datasets.dataset import Floats

CLOSE = 1e-10  # how far outside a tick may be, as a share of the axis


@dataclass(eq=False)
class VerticalAxis:
    """Draws the vertical axis of axes.

    starts: where numbers and spine begin, in pixels. lines: what draws all ticks, by one of them,
    whose look it has.
    """

    axes: Axes
    starts: dict[str, float] = field(default_factory=dict)
    lines: dict[Any, Line2D] = field(default_factory=dict)

    def draw(self, renderer: Any) -> None:
        """Draw grid, ticks, their numbers and the name of the axis."""
        axis: Any = self.axes.yaxis
        ticks = [
            (axis.get_majorticklocs(), axis.get_major_formatter(), axis.get_major_ticks),
            (axis.get_minorticklocs(), axis.get_minor_formatter(), axis.get_minor_ticks),
        ]
        words = [formatter.format_ticks(place_T) for place_T, formatter, _ in ticks]
        if axis.get_major_formatter().get_offset():
            axis.draw(renderer)
            return
        labels: list[Any] = []
        for (place_T, _, made), named in zip(ticks, words, strict=True):
            shown_T = self._inside(np.asarray(place_T, dtype=float))
            if shown_T.any():
                ticks_T = made(len(named))
                self._draw_ticks(ticks_T[0], place_T[shown_T], renderer)
                for tick, place, text, shown in zip(ticks_T, place_T, named, shown_T, strict=True):
                    if text and shown:
                        tick.label1.set_text(text)
                        tick.label1.set_y(place)
                        labels.append(tick.label1)
        for label in labels:
            label.draw(renderer)
        start = min([self._spine(renderer), *(self._start(one, renderer) for one in labels)])
        axis.label.set_x(start - renderer.points_to_pixels(axis.labelpad))
        axis.label.draw(renderer)

    def _inside(self, place_T: Floats) -> NDArray[np.bool_]:
        """Which ticks are between the ends of the axis."""
        transform = self.axes.yaxis.get_transform()
        low, high = transform.transform(np.array(sorted(self.axes.get_ylim())))
        at_T = transform.transform(place_T)
        room = CLOSE * (high - low)
        inside: NDArray[np.bool_] = (at_T >= low - room) & (at_T <= high + room)
        return inside

    def _start(self, label: Any, renderer: Any) -> float:
        """Where a number begins; the same number begins at the same place on every axis."""
        text = label.get_text()
        if text not in self.starts:
            self.starts[text] = label.get_window_extent(renderer).x0
        return self.starts[text]

    def _spine(self, renderer: Any) -> float:
        if "" not in self.starts:
            self.starts[""] = self.axes.spines["left"].get_window_extent(renderer).x0
        return self.starts[""]

    def _draw_ticks(self, tick: Any, place_T: Sequence[float], renderer: Any) -> None:
        """Draw the lines of the grid at once, and the ticks, in the look of one of them."""
        if tick.gridline.get_visible():
            grid = self._like(tick.gridline)
            grid.set_data(np.tile([0.0, 1.0, np.nan], len(place_T)), np.repeat(place_T, 3))
            grid.draw(renderer)
        marks = self._like(tick.tick1line)
        marks.set_data(np.zeros(len(place_T)), place_T)
        marks.draw(renderer)

    def _like(self, line: Any) -> Line2D:
        """Return a line of the same look on the same figure, always the same one."""
        if line not in self.lines:
            self.lines[line] = Line2D([], [])
            self.lines[line].update_from(line)
            self.lines[line].set_figure(line.get_figure())
        return self.lines[line]
