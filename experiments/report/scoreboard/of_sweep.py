"""What the terminal says of a sweep at its end: the verdict, the runs, what is undone, the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ... import terminal, text, theme
from ...comparison.rows import Comparison, Group, Row
from ...scoring.metrics import SPLITS
from ...storage import run_folder
from ...terminal import place, shortened
from ...terminal.places import LINE
from .lines import wrapped
from .verdicts import ranked, sweep_verdict

LISTED = 20  # runs of a group that are listed, and runs that are not done
LEAST_NAME = 16  # columns that a run's name gets at least, where it is as long
NAME_LINES = 3  # that a run's name may take
SPACE = 2  # columns between two columns of a table


class Field(NamedTuple):
    """One column of the table: its heading, a cell a run, and how it is set.

    spare: the highest one goes first where the terminal is narrow; 0 always stays.
    """

    heading: str
    cells: Sequence[str]
    right: bool = False
    spare: int = 0

    @property
    def width(self) -> int:
        """Columns of the terminal that it takes."""
        return max(map(cell_len, (self.heading, *self.cells)))


def show(comparison: Comparison, page: Path) -> None:
    """Print what a sweep came to, the best of each group of data first.

    Args:
        comparison: of its runs.
        page: where it stands at length.
    """
    console = terminal.console()
    for line in sweep_verdict(comparison):
        console.print(line, style="bold")
    several = len(comparison.groups) > 1
    for index, group in enumerate(comparison.groups):
        rows = ranked(comparison, index)
        if rows:
            console.print()
            _print_group(console, group, rows, page, several)
    if comparison.undone:
        console.print()
    for row in comparison.undone[:LISTED]:
        folder = place(page.parent / row.folder, row.folder)
        reason = Text.assemble(f"{row.state}: ", folder, f": {row.reason}")
        console.print(reason, style=theme.TERMINAL_BAD)
    _print_rest(console, len(comparison.undone), page)
    counts = ", ".join(f"{many} {state}" for state, many in comparison.counts.items())
    console.print()
    console.print(Text.assemble(f"{counts or 'no runs'} in ", place(page.parent)))
    console.print(Text.assemble("report: ", place(page)))


def _print_group(
    console: Console, group: Group, rows: Sequence[Row], page: Path, several: bool
) -> None:
    """The runs of a group as a table, under what its errors are to be read against."""
    best = group.references.get("bayes")
    end = "" if best is None else f", Bayes-optimal {text.number(best)} on these rows"
    end = f": {SPLITS[group.score.partition('/')[0]]} error{end}"
    name = shortened(group.name, max(LINE - cell_len(end), LEAST_NAME))
    for words in wrapped(name + end, max(console.width, LEAST_NAME)):
        console.print(words, style="bold" if several else None)
    console.print(_runs_table(group, rows[:LISTED], page, console.width))
    _print_rest(console, len(rows), page)


def _print_rest(console: Console, many: int, page: Path) -> None:
    if many > LISTED:
        console.print(Text.assemble(f"… and {many - LISTED:,} more in ", place(page, page.name)))


def _runs_table(group: Group, rows: Sequence[Row], page: Path, width: int) -> Table:
    """A line a run, which fits into a terminal of such a width."""
    columns, names = _fitted(_table_columns(group, rows), [row.label for row in rows], width)
    room = max(_room(columns, width), LEAST_NAME // 2)
    table = Table(box=None, pad_edge=False)
    at = 1 if columns[0].heading == "run" else 0
    headings = [one.heading for one in columns]
    headings.insert(at, shortened(group.name, room))
    for index, heading in enumerate(headings):
        right = index != at and columns[index - (index > at)].right
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for number, row in enumerate(rows):
        cells: list[Text | str] = [one.cells[number] for one in columns]
        report = page.parent / row.folder / run_folder.REPORT
        cells.insert(at, place(report, names[number]))
        table.add_row(*cells)
    return table


def _room(columns: Sequence[Field], width: int) -> int:
    """What the columns leave for names."""
    return width - sum(one.width + SPACE for one in columns)


def _fitted(
    columns: Sequence[Field], names: Sequence[str], width: int
) -> tuple[Sequence[Field], list[str]]:
    """The columns that stay, and the names as they fit beside them.

    A name is what tells a run from the others: it stays whole where it can, in one line or in a
    few, in place of columns to spare. One that is longer still loses its middle.
    """
    order = sorted((one for one in columns if one.spare), key=lambda one: -one.spare)
    fewer = [[one for one in columns if one not in order[:gone]] for gone in range(len(order) + 1)]
    for lines in range(1, NAME_LINES + 1):
        for kept in fewer:
            folded = [_folded(name, _room(kept, width)) for name in names]
            if all(0 < len(parts) <= lines for parts in folded):
                return kept, ["\n".join(parts) for parts in folded]
    kept = next((some for some in fewer if _room(some, width) >= LEAST_NAME), fewer[-1])
    room = max(_room(kept, width), LEAST_NAME // 2)
    return kept, [shortened(name, room) for name in names]


def _folded(name: str, room: int) -> list[str]:
    """A name in lines, broken between the keys that it says; none where one of them is too long."""
    lines = [""]
    for part in re.split(r"(?<=[·,]) ", name):
        longer = f"{lines[-1]} {part}" if lines[-1] else part
        if cell_len(longer) > room:
            longer = f"  {part}"
            if lines == [""] or cell_len(longer) > room:
                return []
            lines.append(longer)
        lines[-1] = longer
    return lines


def _table_columns(group: Group, rows: Sequence[Row]) -> list[Field]:
    """All columns but the names."""
    ratios = ["" if row.ratio is None else f"{row.ratio:.3g}" for row in rows]
    spans = ["" if row.interval is None else _span(*row.interval) for row in rows]
    found = [
        Field("run", [_number(row) for row in rows], spare=4),
        Field(group.score, [text.number(row.typical) for row in rows], right=True),
        Field("times best", ratios, right=True, spare=1),
        Field("95 % interval", spans, spare=3),
        Field("verdict", [row.verdict or "" for row in rows]),
    ]
    if any(row.stuck for row in rows):
        stuck = [f"{row.stuck} of {row.repeats}" if row.stuck else "" for row in rows]
        found.append(Field("stuck", stuck, spare=2))
    return [one for one in found if any(one.cells)]


def _number(row: Row) -> str:
    """The number that a run's folder begins with; all of a name of a person's own."""
    alone = re.match(r"\d{4,}(?=-)", row.folder)
    return alone[0] if alone else shortened(row.folder, LEAST_NAME)


def _span(low: float, high: float) -> str:
    return f"{'<0.01' if low < 0.01 else f'{low:.3g}'} to {high:.3g}"
