"""What the terminal says of a sweep at its end; the page says it at length."""

from __future__ import annotations

import re
from pathlib import Path

from rich.table import Table

from .. import terminal, text, theme
from ..comparison.rows import Comparison

LISTED_RUNS = 20  # runs of a dataset that are listed


def show(comparison: Comparison, page: Path) -> None:
    """Print the best runs of each group of data, the verdict, and what went wrong."""
    console = terminal.console()
    for number, group in enumerate(comparison.groups):
        rows = [row for row in comparison.rows if row.group == number and row.rank is not None]
        ranked = sorted(rows, key=lambda row: row.rank or 0)
        table = Table(box=None, pad_edge=False)
        for name in ("run", "rank", group.name, group.score, "error ratio to best", "verdict"):
            left = name in ("run", group.name, "verdict")
            table.add_column(name, justify="left" if left else "right")
        for row in ranked[:LISTED_RUNS]:
            error = text.number(row.typical)
            ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
            stuck = f", {row.stuck} of {row.repeats} stuck" if row.stuck else ""
            number_alone = re.match(r"\d{4,}(?=-)", row.folder)
            name = number_alone[0] if number_alone else row.folder
            table.add_row(name, f"{row.rank}", row.label, error, ratio, f"{row.verdict}{stuck}")
        console.print(table)
        if len(ranked) > LISTED_RUNS:
            console.print(f"… and {len(ranked) - LISTED_RUNS} more")
    for sentence in comparison.verdict:
        console.print(sentence)
    for row in comparison.undone:
        console.print(f"{row.state}: {row.folder}: {row.reason}", style=theme.TERMINAL_BAD)
    counts = ", ".join(f"{count} {state}" for state, count in comparison.counts.items())
    console.print(f"{counts or 'no runs'} in {page.parent}\nreport: {page}")
