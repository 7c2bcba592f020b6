"""A table as CSV, letter by letter what pandas writes, in a fifth of its time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# That are made into text at once: as Python's objects they take ten times the room.
ROWS_AT_ONCE = 50_000


def csv_pieces(table: pd.DataFrame, digits: str | None = None) -> Iterator[str]:
    """`csv_text` piece by piece."""
    if len(table) <= ROWS_AT_ONCE:
        yield csv_text(table, digits)
        return
    head = csv_text(table.iloc[:0], digits)
    yield head
    for begin in range(0, len(table), ROWS_AT_ONCE):
        yield csv_text(table.iloc[begin : begin + ROWS_AT_ONCE], digits).removeprefix(head)


def csv_text(table: pd.DataFrame, digits: str | None = None) -> str:
    """The table as `to_csv` writes it without its index.

    Args:
        table: of numbers, and of texts without missing ones.
        digits: how floating-point numbers are written, as `%.9g`; in full without.
    """
    columns = [_column_cells(column, digits) for _, column in table.items()]
    if any(cells is None for cells in columns) or len(table) == 0 or len(columns) < 2:
        text: str = table.to_csv(index=False, lineterminator="\n", float_format=digits)
        return text
    lines = [",".join(_quoted([*map(str, table.columns)]))]
    lines += map(",".join, zip(*columns, strict=True))
    return "\n".join(lines) + "\n"


def _column_cells(column: pd.Series[Any], digits: str | None) -> list[str] | None:
    """The cells of one column; None of one that pandas has to write."""
    values = column.to_numpy()
    if values.dtype.kind in "iu":
        return [*map(str, values.tolist())]
    if values.dtype.kind == "f" and (digits or values.dtype == np.float64):
        numbers = values.tolist()
        cells = _formatted(numbers, digits) if digits else [*map(repr, numbers)]
        for row in np.flatnonzero(np.isnan(values)):
            cells[row] = ""
        return cells
    texts = values.tolist()
    if values.dtype == object and all(type(text) is str for text in texts):
        return _quoted(texts)
    return None


def _formatted(numbers: list[float], digits: str) -> list[str]:
    """All numbers in one go, which is faster than one by one."""
    return ("\n".join([digits] * len(numbers)) % tuple(numbers)).split("\n")


def _quoted(texts: list[str]) -> list[str]:
    """Texts in quotation marks where CSV needs them."""
    known = {text: csv_line([text, ""])[:-2] for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


def csv_line(cells: Iterable[Any]) -> str:
    """A line of a table. Python quotes a carriage return only where lines end in one."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()[:-2] + "\n"
