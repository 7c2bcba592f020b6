"""results.csv of a sweep: one row a run, the same bytes whatever order folders were read in."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ...comparison.rows import Comparison, Group, Row
from ...comparison.run_names import plain
from ...storage.csv_text import csv_line
from ...storage.guarded.tables import defused, undefused
from ..payload.columns import Column, columns

if TYPE_CHECKING:
    import pandas as pd

FILE = "results.csv"
LEADING, LAST = ("folder", "state"), ("training_seconds", "seconds", "started")


def content(comparison: Comparison) -> bytes:
    """The file's bytes. Folder and state come first, times last; an empty cell is unknown."""
    shown = sorted(columns(comparison), key=lambda one: (one.id in LAST) - (one.id in LEADING))
    told = [
        (row, None if row.group is None else comparison.groups[row.group])
        for row in comparison.rows
    ]
    head = [defused(name) for column in shown for name in column.file]
    rows = zip(*(cells for column in shown for cells in _cells(column, told)), strict=True)
    return "".join(map(csv_line, (head, *rows))).encode()


def _cells(column: Column, told: Sequence[tuple[Row, Group | None]]) -> list[list[str]]:
    """A list of cells, one a run, for each name that the column has in the file."""
    if not column.file:
        return []
    values = [column.of(row, group) for row, group in told]
    if len(column.file) == 1:
        return [[_text(value) for value in values]]
    return [
        [_text(value[part] if value else None) for value in values]
        for part in range(len(column.file))
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if type(value) in (float, int):  # as most are
        return repr(value)
    return repr(value) if isinstance(value, float) else defused(plain(value))


def results_table(content: bytes) -> pd.DataFrame:
    """What `content` holds, with texts as they were before no spreadsheet would compute them."""
    import pandas as pd

    table = pd.read_csv(BytesIO(content), low_memory=False)
    for name in table.columns:
        if table[name].dtype.kind not in "biuf":
            table[name] = table[name].map(undefused, na_action="ignore")
    return table.rename(columns=undefused)
