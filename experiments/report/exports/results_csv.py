"""results.csv of a sweep: one row a run, the same bytes whatever order folders were read in."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from ...comparison.rows import Comparison, Group, Row
from ...comparison.run_names import plain
from ..payload.columns import Column, columns

FILE = "results.csv"
LEADING, LAST = ("folder", "state"), ("training_seconds", "seconds", "started")


def content(comparison: Comparison) -> bytes:
    """The file's bytes. Folder and state come first, times last; an empty cell is unknown."""
    shown = sorted(columns(comparison), key=lambda one: (one.id in LAST) - (one.id in LEADING))
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([name for column in shown for name in column.file])
    for row in comparison.rows:
        group = None if row.group is None else comparison.groups[row.group]
        writer.writerow([text for column in shown for text in _cells(column, row, group)])
    return stream.getvalue().encode()


def _cells(column: Column, row: Row, group: Group | None) -> list[str]:
    """As many cells as the column has names in the file."""
    if not column.file:
        return []
    value = column.of(row, group)
    if len(column.file) == 1:
        return [_text(value)]
    return [_text(part) for part in value or [None] * len(column.file)]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    return plain(value)
