"""Runs by rank, each with a dot on a line of errors: a table for the output of a cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...comparison.rows import Group, Row
from ...text import number
from ..drawings.svg import Area, Frame
from ..scores import reference_title

WIDTH, HEIGHT = 260, 22  # pixels of a line of errors
RANKED_ROWS = 12
# Above this many times the worst reference one error is like another, as on the comparison page: it
# stands at the line's edge.
TIMES_WORST = 10
# References that have a mark on the line; cell.css says what each looks like.
MARKED = ("bayes", "least_squares", "mean_predictor")


class DotRow(NamedTuple):
    """One run: where its dot is, and where its interval begins and ends, in pixels.

    far: whether its error is beyond the line's edge.
    """

    rank: int
    label: str
    error: str
    ratio: str
    verdict: str
    dot: float
    low: float
    high: float
    far: bool


class LevelMark(NamedTuple):
    """A reference on the line of errors."""

    role: str
    words: str
    place: float


class RankedGroup(NamedTuple):
    """The runs on the same data. more: how many are not shown; far: what is said of the edge."""

    name: str
    measure: str
    rows: list[DotRow]
    marks: list[LevelMark]
    more: int
    far: str


def ranked_group(group: Group, ranked: Sequence[Row]) -> RankedGroup:
    """The first runs of a group.

    Args:
        group: of the comparison.
        ranked: its runs, the best one first.
    """
    rows = ranked[:RANKED_ROWS]
    power = 0.5 if group.units else 1.0
    marks = {n: math.pow(group.references[n], power) for n in MARKED if n in group.references}
    places = [_Places(*(math.pow(error, power) for error in _dot_and_span(row))) for row in rows]
    # At least one run stands within.
    least = min((at.dot for at in places), default=0.0)
    edge = TIMES_WORST * max(*marks.values(), least) if marks else math.inf
    frame = _line_of_errors([*(min(at, edge) for span in places for at in span), *marks.values()])
    far = sum(at.dot > edge for at in places)
    side = "validation" if group.score.startswith("val") else "training"
    measure = f"RMSE, in the units of {group.target}," if group.units else "MSE"
    return RankedGroup(
        group.name,
        f"typical {measure} on the {side} rows",
        [_dot_row(row, at, frame, edge) for row, at in zip(rows, places, strict=True)],
        [
            LevelMark(name, f"{reference_title(name)} {number(at)}", _across(frame, at))
            for name, at in marks.items()
        ],
        len(ranked) - len(rows),
        f"{far} at the right edge: more than {TIMES_WORST} times the worst reference"
        if far
        else "",
    )


class _Places(NamedTuple):
    """Errors of a run, as they are told."""

    dot: float
    low: float
    high: float


def _dot_and_span(row: Row) -> tuple[float, float, float]:
    """A run's typical error, and the ends of its interval."""
    typical = row.typical or 0.0
    return typical, *(row.ci95 or (typical, typical))


def _dot_row(row: Row, at: _Places, frame: Frame, edge: float) -> DotRow:
    return DotRow(
        row.rank or 0,
        row.label,
        number(at.dot),
        "" if row.ratio is None else f"{row.ratio:.3g} ×",
        row.verdict or "",
        _across(frame, min(at.dot, edge)),
        _across(frame, min(at.low, edge)),
        _across(frame, min(at.high, edge)),
        at.dot > edge,
    )


def _line_of_errors(errors: Sequence[float]) -> Frame:
    """The line of errors; logarithmic, where no error is zero and they differ by factors."""
    low, high = min(errors), max(errors)
    log = "x" if low > 0 and high > 3 * low else ""
    room = (high / low) ** 0.04 if log else 0.04 * (high - low) or abs(low) or 1.0
    ends = (low / room, high * room) if log else (low - room, high + room)
    return Frame(Area(4, 0, WIDTH - 4, HEIGHT), ends, (0.0, 1.0), log)


def _across(frame: Frame, error: float) -> float:
    return float(frame.across(np.array([error]))[0])
