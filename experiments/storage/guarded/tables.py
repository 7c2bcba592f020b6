"""Tables in CSV: which columns they have, and that these are of numbers.

Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, and names come from
the files of strangers; such a text gets an apostrophe in front, which reading takes off again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from datasets.memory import at_most

from ...errors import DamagedError
from .content import MIB, Place, content_of

if TYPE_CHECKING:
    import pandas as pd

TABLE_BYTES = 4096 * MIB
# A number has at most 25 letters; so many times its file a table takes while it is read.
CELL_BYTES, TIMES = 32, 8
# What a spreadsheet would compute; apostrophes in front count, or they could not be told from ours.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def defused(text: str) -> str:
    """A text as a cell that no spreadsheet computes; numbers are no texts."""
    return f"'{text}" if _FORMULA.match(text) else text


def undefused(cell: str) -> str:
    """The text that `defused` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def read_numbers(
    path: Place, columns: Sequence[str], texts: Sequence[str] = (), rows: int | None = None
) -> pd.DataFrame:
    """A table that archlab wrote.

    Args:
        path: of the file.
        columns: that it must have, in any order, and no other.
        texts: columns of texts; all others hold numbers, or nothing.
        rows: how many it may have, where that is known: a larger file is not read.

    Raises:
        LinkError, DamagedError or OSError, see `content_of`.
    """
    import pandas as pd

    most = TABLE_BYTES
    if rows is not None:
        most = min(most, sum(map(len, columns)) * 8 + (rows + 1) * len(columns) * CELL_BYTES)
    content = content_of(path, at_most(most, TIMES))
    try:
        # A column of numbers and other cells would bring a warning where it is read in pieces.
        table = pd.read_csv(io.BytesIO(content), low_memory=False)
    except (ValueError, OverflowError, RecursionError) as error:
        raise DamagedError.at(path, f"is no table: {str(error).strip()[:200]}") from None
    table = table.rename(columns=named) if (named := _renamed(table)) else table
    if wrong := _misfit(table, columns, texts):
        raise DamagedError.at(path, wrong)
    return table


def _renamed(table: pd.DataFrame) -> dict[str, str]:
    return {name: undefused(name) for name in table.columns if undefused(name) != name}


def _misfit(table: pd.DataFrame, columns: Sequence[str], texts: Sequence[str]) -> str:
    import pandas as pd

    found = list(table.columns)
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes the first cells for an index
        return "has rows of more cells than columns"
    if missing := [name for name in columns if name not in found]:
        return f"lacks the column {missing[0]!r}"
    if other := [name for name in found if name not in columns]:
        return f"has a column that archlab does not write: {other[0][:50]!r}"
    for name, dtype in zip(found, table.dtypes, strict=True):
        if name not in texts and dtype.kind not in "iuf" and table[name].notna().any():
            return f"has something else than numbers in the column {name!r}"
    return ""
