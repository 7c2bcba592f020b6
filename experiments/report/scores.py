"""A run's scores beside those of the references, as tables of text: for pages and the terminal."""

from __future__ import annotations

from typing import NamedTuple

from ..record import Metrics, Spread
from ..scoring.metrics import METRICS, SPLITS
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


def tables(metrics: Metrics) -> list[Scores]:
    """The table of every metric that the run has, the one it is ranked by first."""
    return [_table(metrics, name) for name in METRICS if f"train/{name}" in metrics.scores]


def _table(metrics: Metrics, name: str) -> Scores:
    metric = METRICS[name]
    splits = [split for split in SPLITS if f"{split}/{name}" in metrics.scores]
    own = tuple(_cell(metrics.scores[f"{split}/{name}"]) for split in splits)
    lines = [Line("this run", own, THIS_RUN)]
    for key, reference in REFERENCES.items():
        if key in metrics.references:
            values = [metrics.references[key].get(f"{split}/{name}") for split in splits]
            cells = tuple(Cell(number(value)) for value in values)
            lines.append(Line(reference.title, cells, reference.meaning))
    titles = tuple(SPLITS[split] for split in splits)
    return Scores(metric.title, metric.short, metric.meaning, metric.unit, titles, tuple(lines))


def _cell(value: Spread) -> Cell:
    if value.ci95 is None:
        return Cell(mean_and_std(value))
    low, high = value.ci95
    return Cell(
        mean_and_std(value), f"typical {number(value.typical)} [{number(low)}, {number(high)}]"
    )
