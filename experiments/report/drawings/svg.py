"""Axes as numbers, for inline SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...text import on_axis
from .paths import Places

PIXELS = 760
LEFT, RIGHT, TOP, BOTTOM = 64, 14, 34, 50  # room for words, also where they are large
STRIP, BETWEEN = 84, 36  # height of a strip beneath a drawing, and the room between
FAR = 20_000  # how far outside a drawing a line may go


class Area(NamedTuple):
    """The place of a frame in its drawing, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Frame:
    """A place in pixels and the numbers at its edges; log: which axis is logarithmic."""

    box: Area
    x: tuple[float, float]
    y: tuple[float, float]
    log: str = ""
    x_ticks: tuple[float, ...] = ()  # instead of round ones

    @property
    def height(self) -> float:
        """Of the drawing whose lowest frame this is."""
        return self.box.bottom + BOTTOM

    def across(self, values_N: NDArray[Any]) -> Places:
        """Horizontal positions of numbers of any shape."""
        return _places(values_N, self.x, "x" in self.log, (self.box.left, self.box.right))

    def up(self, values_N: NDArray[Any]) -> Places:
        """Vertical positions; what is far outside stays near enough for a browser."""
        return _places(values_N, self.y, "y" in self.log, (self.box.bottom, self.box.top))

    def ticks(self) -> dict[str, list[tuple[float, str]]]:
        """Places and words of the ticks of both axes."""
        found = {}
        for name, ends, position in (("x", self.x, self.across), ("y", self.y, self.up)):
            most = 6 if name == "x" or self.box.bottom - self.box.top > STRIP else 3
            if name == "x" and self.x_ticks:
                values = list(self.x_ticks)
                words = on_axis(values)
            elif name in self.log:
                values = decades(*ends)
                if len(values) < 3:  # less than a decade
                    values = round_ticks(*ends, most)
                words = [on_axis([value])[0] for value in values]
            else:
                values = round_ticks(*ends, most)
                words = on_axis(values)
            found[name] = list(zip(position(np.array(values)).tolist(), words, strict=True))
        return found


def at_pixel(height: int, strip: bool = False) -> Area:
    """The place of the large frame in a drawing so high, over a strip or alone."""
    bottom = height - BOTTOM - (STRIP + BETWEEN if strip else 0)
    return Area(LEFT, TOP, PIXELS - RIGHT, bottom)


def place_of_strip(height: int) -> Area:
    """The place of a strip at the bottom of a drawing so high."""
    return Area(LEFT, height - BOTTOM - STRIP, PIXELS - RIGHT, height - BOTTOM)


def wider(low: float, high: float, share: float) -> tuple[float, float]:
    """An interval with so much room on either side, as a share of it."""
    room = share * (high - low) or abs(low) or 1.0
    return low - room, high + room


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from low to high, a step of 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(position * step, 12) + 0.0 for position in range(first, last + 1)]


def decades(low: float, high: float, most: int = 8) -> list[float]:
    """Round numbers on a logarithmic axis: powers of ten, with 2 and 5 times them where few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors, step in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 5), ((1,), 10)):
        powers = range(first, last + 1, step)
        found = [factor * 10.0**power for power in powers for factor in factors]
        found = [value for value in found if low <= value <= high]
        if len(found) <= most:
            return found or [low, high]
    return [low, high]


def _places(
    values_N: NDArray[Any], ends: tuple[float, float], log: bool, room: tuple[float, float]
) -> Places:
    """Tenths of a pixel: whole ones make a slope look like stairs."""
    low, high = ends
    if log:
        low, high = math.log10(low), math.log10(high)
        with np.errstate(divide="ignore", invalid="ignore"):
            values_N = np.log10(values_N)
    start, end = room
    with np.errstate(over="ignore", invalid="ignore"):
        at_N = start + (values_N - low) / (high - low) * (end - start)
    positions: Places = np.clip(at_N, -FAR, FAR).round(1)
    return positions
