"""A run's scores beside those of the references, as tables of text: for pages and the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..record import Metrics, Spread
from ..scoring.metrics import METRICS, SPLITS, Metric
from ..scoring.references import REFERENCES
from ..text import mean_and_std, number

THIS_RUN = "The network or method that this page is about."


class Cell(NamedTuple):
    """One number and, where repeats give one, its interval."""

    value: str
    interval: str = ""


class Line(NamedTuple):
    """The scores of the run or of a reference."""

    name: str
    cells: tuple[Cell, ...]
    meaning: str


class Scores(NamedTuple):
    """One metric: a column for each split, a line for the run and for each known reference."""

    title: str
    short: str
    meaning: str
    unit: str
    splits: tuple[str, ...]
    lines: tuple[Line, ...]


def tables(metrics: Metrics, first: Sequence[str] = ()) -> list[Scores]:
    """The table of every metric that the run has: those named, then the one it is ranked by."""
    known = [name for name in METRICS if f"train/{name}" in metrics.scores]
    order = sorted(known, key=lambda name: first.index(name) if name in first else len(first))
    return [_table(metrics, name) for name in order]


def _table(metrics: Metrics, name: str) -> Scores:
    metric = METRICS[name]
    splits = [split for split in SPLITS if f"{split}/{name}" in metrics.scores]
    own = tuple(_cell(metrics.scores[f"{split}/{name}"]) for split in splits)
    lines = [Line("this run", own, THIS_RUN)]
    for key, reference in REFERENCES.items():
        if key in metrics.references:
            values = [metrics.references[key].get(f"{split}/{name}") for split in splits]
            cells = tuple(Cell(_in_words(value, metric)) for value in values)
            lines.append(Line(reference.title, cells, reference.meaning))
    titles = tuple(SPLITS[split] for split in splits)
    return Scores(metric.title, metric.short, metric.meaning, metric.unit, titles, tuple(lines))


def _in_words(value: float | None, metric: Metric) -> str:
    """A share has four decimals at most: what is smaller is rounding."""
    shown = value if value is None or metric.best == "lowest" else round(value, 4) + 0.0
    return number(shown)


def _cell(value: Spread) -> Cell:
    if value.ci95 is None:
        return Cell(mean_and_std(value))
    low, high = value.ci95
    return Cell(
        mean_and_std(value), f"typical {number(value.typical)} [{number(low)}, {number(high)}]"
    )


def reference_title(name: str) -> str:
    """What people call a reference; its own name where another version of archlab knew it."""
    return REFERENCES[name].title if name in REFERENCES else name
