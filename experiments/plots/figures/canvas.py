"""A canvas that remembers words: most of a picture's time goes into their layout and letters.

The runs of a sweep share nearly all words of their pictures, at the same places.
"""

# mypy: disable-error-code="no-untyped-call"
# matplotlib's renderers have no types.

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from numpy.typing import NDArray

from .kept import Kept

MOST_SIZES = 4  # of pictures, whose sheets are kept
MOST_WORDS = 1000  # of each kind that are remembered, a dozen kilobytes each at most


class Letter(NamedTuple):
    """How much of each pixel a letter covers, and where: x, y and angle as Agg takes them."""

    coverage: NDArray[np.uint8]
    x: int
    y: int
    angle: float


class _Recorder:
    """Stands in for the part of a renderer that draws letters, and keeps them."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def draw_text_image(self, image: Any, x: int, y: int, angle: float, gc: Any) -> None:
        self.letters.append(Letter(np.array(image), x, y, angle))


class _Remembering(RendererAgg):
    """Sets words as `RendererAgg` does, once for all pictures that have them at the same place."""

    def draw_text(self, gc: Any, x: float, y: float, s: str, *how: Any, **more: Any) -> None:
        """Draw words as `how` says: font, angle, and whether they are mathematics."""
        font, angle, mathematics = (*how, more.get("ismath", False))[:3]
        if mathematics or not gc.get_antialiased():
            super().draw_text(gc, x, y, s, *how, **more)
            return
        key = (s, font.copy(), x, y, angle, self.dpi, self.height)
        draw = super().draw_text
        recorded = partial(self._recorded, lambda: draw(gc, x, y, s, *how, **more))
        for letter in _LETTERS.of(key, recorded):
            self._renderer.draw_text_image(*letter, gc)

    def stamp(self, key: Hashable, text: Callable[[], Any], color: str) -> None:
        """Draw words that stand at a place of the figure; text() makes them, of this colour.

        The key says words, place and look, all but the size of the figure.
        """
        key = (key, self.dpi, self.height)
        recorded = partial(self._recorded, lambda: text().draw(self))
        letters = _STAMPS.of(key, recorded)
        gc = self.new_gc()
        gc.set_foreground(color)
        for letter in letters:
            self._renderer.draw_text_image(*letter, gc)
        gc.restore()

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> Any:
        """Measure words."""
        measure = super().get_text_width_height_descent
        key = (s, prop.copy(), ismath, self.dpi)
        return _WORDS.of(key, lambda: measure(s, prop, ismath))

    def _recorded(self, draw: Callable[[], Any]) -> tuple[Letter, ...]:
        """The letters that are drawn."""
        agg, self._renderer = self._renderer, _Recorder()
        try:
            draw()
            return tuple(self._renderer.letters)
        finally:
            self._renderer = agg


_RENDERERS = Kept[_Remembering](MOST_SIZES)
_WORDS = Kept[Any](MOST_WORDS)  # their width, height and descent
_LETTERS = Kept[tuple[Letter, ...]](MOST_WORDS)
_STAMPS = Kept[tuple[Letter, ...]](MOST_WORDS)


class Canvas(FigureCanvasAgg):
    """What pictures in files are drawn on, one after the other: those of a size on the same sheet.

    A sheet is some 6 MB, which the system hands out slowly.
    """

    def get_renderer(self) -> Any:
        """Return the renderer of this size; who draws clears it first, or restores a picture."""
        size = (*self.get_width_height(physical=True), self.figure.dpi)
        self.renderer = _RENDERERS.of(size, lambda: _Remembering(*size))
        return self.renderer
