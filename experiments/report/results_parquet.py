"""results.parquet beside results.csv, for sweeps whose table takes long to read as text."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

from ..storage import files
from .exports.results_csv import results_table

PARQUET = "results.parquet"
ROWS_AS_TEXT = 10_000  # rows of a table that takes more than a second to read as text

_logger = logging.getLogger(__name__)


def write_parquet(folder: Path, table: bytes, runs: int) -> None:
    """Write the table once more where it has many runs; drop what an earlier one left otherwise.

    Args:
        folder: the sweep's.
        table: results.csv.
        runs: the rows that it has.

    Without pyarrow, which nobody has to have, one line of the log says how to get it.
    """
    if runs > ROWS_AS_TEXT and find_spec("pyarrow"):
        rows = results_table(table)
        with files.replacing(folder / PARQUET) as path:
            rows.to_parquet(path, engine="pyarrow", index=False)
        return
    (folder / PARQUET).unlink(missing_ok=True)
    if runs > ROWS_AS_TEXT:
        _logger.warning("%s is not written: python -m pip install pyarrow", PARQUET)
