"""What the terminal says of a run at its end: the verdict, the references, the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ... import terminal, theme
from ...record import About, Metrics, Record, best_possible
from ...scoring.metrics import METRICS, PRIMARY, SPLITS
from ...scoring.references import REFERENCES
from ...storage import run_folder
from ...terminal import place, shortened
from ...text import each, mean_and_std, number
from .. import scores
from .lines import NAME_WIDTHS, distance, fitted

NUMBER, GAP = 14, 2  # columns that a number takes, and between two columns of a table


def show_run(record: Record, folder: Path) -> None:
    """Print what a run came to: its score beside the best possible one, then all references.

    Args:
        record: of the run.
        folder: where its files are.
    """
    console, metrics = terminal.console(), record.metrics
    for line in run_verdict(record):
        console.print(line, style="bold")
    _print_diverged(console, record.about)
    console.print()
    _print_scores(console, metrics)
    if metrics.noise_floor is not None:
        best, floor = REFERENCES["bayes"].error, number(metrics.noise_floor)
        console.print(f"on new rows {best} is expected to be {floor}, the noise floor")
    if metrics.repeats > 1:
        heading = f"mean ± standard deviation over {metrics.repeats} repeats"
        console.print(f"{heading}, {each(record.about.vary)}")
    console.print()
    console.print(Text.assemble("report: ", place(folder / run_folder.REPORT)))


def show_brief(about: About, metrics: Metrics, folder: Path) -> None:
    """Print a run of many in a line: its score, and where its page is."""
    console = terminal.console()
    line = f"{about.label}: {in_a_line(metrics)}, report: "
    console.print(Text.assemble(line, place(folder / run_folder.REPORT)))
    _print_diverged(console, about)


def in_a_line(metrics: Metrics) -> str:
    """The score beside the best that could be reached on the same rows."""
    name = metrics.final_name
    best = metrics.references.get("bayes", {}).get(name)
    beside = "" if best is None else f" ({REFERENCES['bayes'].title} {number(best)})"
    return f"{name} {mean_and_std(metrics.final)}{beside}"


def run_verdict(record: Record) -> list[str]:
    """What a run came to, in at most three lines of 80 columns."""
    return fitted(_on_a_run(record))


def _on_a_run(record: Record) -> Iterator[Sequence[str]]:
    """The verdict, ever shorter. Where the target has units, what is in them leads."""
    metrics, label = record.metrics, record.about.label
    if metrics.final.typical is None:
        at = record.about.diverged_at
        many = sum(epoch is not None for epoch in at)
        said = f"{many} of {len(at)} repeats diverged, so the run has no score."
        for width in NAME_WIDTHS[:3]:
            yield (f"{shortened(label, width)}:", said)
        return
    units = _has_units(record)
    said, which = (_in_units(record), "MSE ") if units else (_squared(metrics), "")
    over = f" over {metrics.repeats} repeats" if metrics.repeats > 1 else ""
    for ending in dict.fromkeys((over, "")):
        for width in NAME_WIDTHS[:3]:
            yield (shortened(label, width), f"{said}{ending}, {which}{_distance(metrics)}.")


def _has_units(record: Record) -> bool:
    """Whether the target is something that a person measured: data that are made have a seed."""
    return record.about.config["dataset"].get("seed") is None


def _in_units(record: Record) -> str:
    """`is typically off by 44,300 (SalePrice, RMSE), R² 0.71 …`, in the target's own units."""
    metrics, split = record.metrics, record.metrics.final_name.partition("/")[0]
    rmse, r2 = (metrics.scores.get(f"{split}/{name}") for name in ("rmse", "r2"))
    if rmse is None or rmse.typical is None:  # a folder of an earlier version
        return _squared(metrics)
    target = shortened(str(record.about.data.get("target", "")), 24)
    text = f"is typically off by {_written_out(rmse.typical)} ({target}, RMSE)"
    if r2 is not None and r2.mean is not None:
        text += f", {METRICS['r2'].short} {r2.mean:.2f}"
    return f"{text} on the {SPLITS[split]} rows"


def _squared(metrics: Metrics) -> str:
    side = SPLITS[metrics.final_name.partition("/")[0]]
    typical = "typical " if metrics.repeats > 1 else ""
    return f"has a {typical}{side} {METRICS[PRIMARY].short} of {number(metrics.final.typical)}"


def _written_out(value: float) -> str:
    """Three significant digits, written out: 44,300, 1.96, 0.0213."""
    if value == 0 or not 1e-4 <= abs(value) < 1e12:
        return f"{value:.3g}"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def _distance(metrics: Metrics) -> str:
    """Where the score stands."""
    name, error = metrics.final_name, metrics.final.typical
    assert error is not None
    best = best_possible(metrics.references, name)
    return distance(error, best, None, metrics.references["least_squares"][name])


def _print_diverged(console: Console, about: About) -> None:
    for repeat, epoch in enumerate(about.diverged_at):
        if epoch is not None:
            console.print(f"diverged: repeat {repeat} at epoch {epoch}", style=theme.TERMINAL_BAD)


def _print_scores(console: Console, metrics: Metrics) -> None:
    """The run beside its references on the same rows.

    The metric that runs are ranked by has a column a split; the others are in a table of their own,
    on the rows of the score.
    """
    first, *others = scores.tables(metrics)
    split = SPLITS[metrics.final_name.partition("/")[0]]
    keep = first.splits.index(split)
    console.print(_beside_references(first.title, first.splits, first.lines, keep, console.width))
    if others:
        lines = [
            scores.Line(same[0].name, tuple(line.cells[keep] for line in same), "")
            for same in zip(*(one.lines for one in others), strict=True)
        ]
        where = split if split == SPLITS["all"] else f"on the {split} rows"
        names = [one.short for one in others]
        console.print(_beside_references(where, names, lines, 0, console.width))


def _beside_references(
    first: str, columns: Sequence[str], lines: Sequence[scores.Line], keep: int, width: int
) -> Table:
    """Lines of cells as a table, the run's own one on top.

    Args:
        first: what stands over the names.
        columns: the headings.
        lines: of the run and of each reference.
        keep: the column that stays where the terminal is too narrow for all.
        width: of the terminal.
    """
    every = range(len(columns))
    wide = [max(NUMBER, *(cell_len(line.cells[k].value) for line in lines)) + GAP for k in every]
    names = max(cell_len(first), *(cell_len(line.name) for line in lines))
    shown = list(every)
    while len(shown) > 1 and names + sum(wide[k] for k in shown) > width:
        shown.remove(max(k for k in shown if k != keep))
    table = Table(box=None, pad_edge=False)
    table.add_column(first, style="dim", min_width=names, no_wrap=True)
    for k in shown:
        table.add_column(columns[k], justify="right", min_width=wide[k] - GAP, no_wrap=True)
    for index, line in enumerate(lines):
        style = None if index else "bold"
        table.add_row(line.name, *(line.cells[k].value for k in shown), style=style)
    return table
