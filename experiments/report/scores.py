"""A run's scores beside those of the references, as tables of text: for pages and the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Group
from rich.table import Table

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


def on_terminal(heading: str, metrics: Metrics) -> Group:
    """The run beside its references on the same rows, and what new rows promise.

    The metric that runs are ranked by has a column a split; the others are in a table of their own,
    on the rows of the score.
    """
    first, *others = tables(metrics)
    split = SPLITS[metrics.final_name.partition("/")[0]]
    parts: list[Table | str] = [_lines(heading, first.title, first.splits, first.lines)]
    if others:
        at = first.splits.index(split)
        lines = [
            Line(same[0].name, tuple(line.cells[at] for line in same), "")
            for same in zip(*(one.lines for one in others), strict=True)
        ]
        names = tuple(one.short for one in others)
        where = split if split == SPLITS["all"] else f"on the {split} rows"
        parts.append(_lines("", where, names, lines))
    if metrics.noise_floor is not None:
        best, floor = REFERENCES["bayes"].error, number(metrics.noise_floor)
        parts.append(f"on new rows {best} is expected to be {floor}, the noise floor")
    return Group(*parts)


def _lines(heading: str, first: str, columns: Sequence[str], lines: Sequence[Line]) -> Table:
    """Lines of cells as a table for the terminal, the run's own one on top."""
    table = Table(title=heading or None, title_justify="left", title_style="bold", box=None)
    table.pad_edge = False
    table.add_column(first, style="dim", min_width=18)
    for name in columns:
        table.add_column(name, justify="right", min_width=14)
    for index, line in enumerate(lines):
        style = None if index else "bold"
        table.add_row(line.name, *(cell.value for cell in line.cells), style=style)
    return table


def in_a_line(metrics: Metrics) -> str:
    """The score beside the best that could be reached on the same rows."""
    name = metrics.final_name
    best = metrics.references.get("bayes", {}).get(name)
    beside = "" if best is None else f" ({REFERENCES['bayes'].title} {number(best)})"
    return f"{name} {mean_and_std(metrics.final)}{beside}"
