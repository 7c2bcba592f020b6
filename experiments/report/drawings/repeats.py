"""A dot a repeat beside the references: what the numbers over repeats are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ... import theme
from ...record import Record
from ...scoring.metrics import METRICS, SPLITS
from ...text import number, of_a_table
from ..scores import reference_title
from . import paths, svg

DOTS_HEIGHT = 120


class Mark(NamedTuple):
    """A reference, or the typical error, as an upright line."""

    role: str
    place: float
    label: str


@dataclass(frozen=True)
class RepeatDots:
    """The final errors of the repeats along a logarithmic axis.

    dots: all but the shown repeat's, as one path; shown: its place, None where it diverged. lost:
    repeats that have no error.
    """

    measure: str
    frame: svg.Frame
    dots: str
    shown: float | None
    name: str
    marks: list[Mark]
    lost: int


def repeat_dots(record: Record) -> RepeatDots | None:
    """The dots of several repeats; None of one, or where fewer than two errors are above zero."""
    metrics, repeat = record.metrics, record.about.shown_repeat
    split, _, metric = metrics.final_name.partition("/")
    name = f"{split}/rmse" if of_a_table(record.about) else f"{split}/{metric}"
    score = metrics.scores.get(name) or metrics.final
    values = [value if value is not None else np.nan for value in score.values]
    known = [value for value in values if value > 0]
    if len(known) < 2:
        return None
    heights = {r: scores.get(name) for r, scores in metrics.references.items()}
    levels = {r: height for r, height in heights.items() if height is not None and height > 0}
    everything = [*known, *levels.values()]
    low, high = min(everything), max(everything)
    room = (high / low) ** 0.06 if high > low else 1.5
    box = svg.Area(svg.RIGHT + 20, svg.TOP, svg.PIXELS - svg.RIGHT - 20, DOTS_HEIGHT - svg.BOTTOM)
    frame = svg.Frame(box, (low / room, high * room), (0, 1), "x")
    roles = theme.reference_roles(levels)
    titles = {r: reference_title(r) for r in levels}
    place_R = frame.across(np.array(values))
    marks = [
        Mark(roles[r], float(frame.across(np.array(height))), f"{titles[r]} {number(height)}")
        for r, height in levels.items()
    ]
    if score.typical:
        typical = float(frame.across(np.array(score.typical)))
        marks.append(Mark("prediction", typical, f"typical {number(score.typical)}"))
    others = np.delete(place_R, repeat)
    middle = (box.top + box.bottom) / 2
    own = float(place_R[repeat])
    return RepeatDots(
        measure=f"{METRICS[name.partition('/')[2]].title}, {SPLITS[split]} rows, log scale",
        frame=frame,
        dots=paths.dots(others, np.full(len(others), middle)),
        shown=None if math.isnan(own) else own,
        name=f"repeat {repeat}",
        marks=marks,
        lost=len(values) - len(known),
    )
