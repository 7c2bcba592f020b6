"""Two tables for any program: `runs.csv`, a row a run, and `curves.csv`, losses by epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ...comparison.run_names import plain
from ...storage import files, run_folder
from ...storage.csv_text import csv_line, csv_text
from ...storage.guarded.tables import defused
from ..shipment import LOSS_COLUMNS, Shipment, ShippedRun, numbers_of
from . import Destination, Receipt, Sending

RUNS, CURVES = "runs.csv", "curves.csv"


def _send_tables(shipment: Shipment, sending: Sending) -> Receipt:
    """Write both files into a folder, `outputs/csv/<name>` without another, in place of older ones.

    Of the curves every epoch of the repeat shown is there, and of the others those that a run
    keeps, see docs/results.md.
    """
    folder = Path(sending.to or Path("outputs", "csv", sending.name))
    known = (folder / RUNS).is_file()
    folder.mkdir(parents=True, exist_ok=True)
    with (
        files.replacing(folder / CURVES) as aside,
        aside.open("w", encoding="utf-8", newline="\n") as stream,
    ):
        stream.write(",".join(["run", "repeat", "epoch", *LOSS_COLUMNS]) + "\n")
        for run in shipment.runs:
            if run.metrics is not None:
                history = run_folder.read_history(run.folder)
                history.insert(0, "run", defused(run.row.folder))
                stream.write(csv_text(history).partition("\n")[2])
            sending.step()
    table = pd.DataFrame([_table_row(run) for run in shipment.runs], dtype=object)
    rows: list[list[Any]] = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    content = "".join(map(csv_line, [[*table.columns], *rows]))
    files.write_bytes(folder / RUNS, content.encode())
    count = len(shipment.runs)
    look = f"any program that reads CSV, for example pandas.read_csv({str(folder / RUNS)!r})"
    return Receipt(0 if known else count, count if known else 0, str(folder), look)


def _table_row(run: ShippedRun) -> dict[str, Any]:
    """A row of runs.csv. Numbers are written in full; texts never start a formula."""
    row, about = run.row, run.about
    texts = {"run": row.folder, "state": row.state, "dataset": row.dataset, "label": row.label}
    ends = {
        "started": about.started,
        "config_sha256": about.config_sha256,
        "code": about.versions.get("code", ""),
        "data_sha256": about.data.get("sha256", ""),
        "command": about.command,
        "reason": row.reason,
    }
    return {
        **{name: defused(text) for name, text in texts.items()},
        "rank": row.rank,
        "verdict": row.verdict,
        **{key: _config_cell(value) for key, value in row.keys.items()},
        **numbers_of(run.metrics),
        "seconds": about.seconds,
        **{name: defused(str(text)) for name, text in ends.items()},
    }


def _config_cell(value: Any) -> Any:
    """A config value as a cell."""
    if value is None or isinstance(value, int | float):
        return value
    return defused(plain(value))


DESTINATION = Destination(needs="", send=_send_tables)
