"""Small line drawings as numbers and path strings for inline SVG: quick to make, sharp, themed."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEFT, RIGHT, TOP, BOTTOM = 64, 12, 10, 34  # room for the ticks' words
FAR = 20_000  # how far outside a drawing a line may go


@dataclass(frozen=True)
class Frame:
    """A drawing's size in pixels and the numbers at its edges."""

    width: int
    height: int
    x: tuple[float, float]
    y: tuple[float, float]

    def across(self, values_N: NDArray[Any]) -> list[float]:
        """Horizontal positions."""
        low, high = self.x
        inner = self.width - LEFT - RIGHT
        return _places(LEFT + (values_N - low) / (high - low) * inner)

    def up(self, values_N: NDArray[Any]) -> list[float]:
        """Vertical positions; what is far outside stays near enough for a browser."""
        low, high = self.y
        inner = self.height - TOP - BOTTOM
        return _places(self.height - BOTTOM - (values_N - low) / (high - low) * inner)

    def ticks(self) -> dict[str, list[tuple[float, str]]]:
        """Places and words of the ticks of both axes."""
        found = {}
        for name, ends, position in (("x", self.x, self.across), ("y", self.y, self.up)):
            values = round_ticks(*ends)
            words = [f"{value:.10g}" for value in values]
            found[name] = list(zip(position(np.array(values)), words, strict=True))
        return found


def frame(width: int, height: int, x_N: NDArray[Any], y_N: NDArray[Any], margin: float) -> Frame:
    """A frame around points, with a margin above and below as a share of their height."""
    low, high = float(y_N.min()), float(y_N.max())
    room = margin * (high - low) or abs(low) or 1.0
    left, right = float(x_N.min()), float(x_N.max())
    wide = 0.02 * (right - left) or 1.0
    return Frame(width, height, (left - wide, right + wide), (low - room, high + room))


def path(x_N: Sequence[float], y_N: Sequence[float], breaks: Collection[int] = ()) -> str:
    """A line through points, interrupted before the points in `breaks`; a lone point is a dot."""
    if len(y_N) == 0:
        return ""
    starts = {0, *breaks}
    each = enumerate(zip(x_N, y_N, strict=True))
    return "".join(f"M{x:g} {y:g}h0" if i in starts else f"L{x:g} {y:g}" for i, (x, y) in each)


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from low to high, a step of 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(position * step, 12) + 0.0 for position in range(first, last + 1)]


def _places(values_N: NDArray[Any]) -> list[float]:
    """Tenths of a pixel: whole ones make a slope look like stairs."""
    positions: list[float] = np.clip(values_N, -FAR, FAR).round(1).tolist()
    return positions
