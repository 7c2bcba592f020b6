"""What a sweep left behind, read from its run folders."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path
from typing import Any

from rich.table import Table

from . import record, report, terminal
from .errors import EXIT_DONE, EXIT_FAILED

FINISHED = ("done", "diverged")


def conclude(folder: Path, started: str, jobs: int | None) -> int:
    """Print a line for each run of a sweep, best first, and the counts; returns the exit code.

    Runs that began before `started` (as `About.started` has it) are not the sweep's; `jobs` is how
    many there should be, where that is known.

    Runs that a stopped process left as running are marked interrupted first: nothing trains any
    more.
    """
    paths = folder.rglob(record.STATUS)
    rows = [row for path in paths if (row := _row(path.parent, folder, started))]
    rows.sort(key=lambda row: (row["data"], row["mean"] is None, row["mean"], row["folder"]))
    common = set.intersection(*(set(row["words"]) for row in rows)) if len(rows) > 1 else set()
    table = Table(box=None, pad_edge=False)
    for name in ("run", "val/mse", "state", "what", "of its own"):
        table.add_column(name, justify="right" if name == "val/mse" else "left")
    for row in rows:
        own = " ".join(word for word in row["words"] if word not in common)
        table.add_row(row["folder"], row["score"], row["state"], row["what"], own)
    states = Counter(row["state"] for row in rows)
    if jobs is not None and len(rows) < jobs:
        states["not started"] = jobs - len(rows)
    console = terminal.console()
    if rows:
        console.print(table)
    ordered = sorted(states.items(), key=lambda item: (item[0] != "done", item[0]))
    counts = ", ".join(f"{count} {state}" for state, count in ordered) or "no runs"
    console.print(f"{counts} in {folder}")
    return EXIT_DONE if rows and set(states) == {"done"} else EXIT_FAILED


def _row(folder: Path, sweep_folder: Path, started: str) -> dict[str, Any] | None:
    """One run: its folder's name, state, score and what it was; None for a run of before."""
    try:
        about = record.read_about(folder)
    except (OSError, ValueError, KeyError, TypeError):
        about = None
    if about is not None and about.started < started:
        return None
    state = record.state(folder)
    if about is not None and state == "running":
        state = "interrupted"
        record.finish(folder, about, state, report.pictures())
    score = record.read(folder).metrics.final if state in FINISHED else None
    return {
        "folder": folder.relative_to(sweep_folder).as_posix(),
        "state": state,
        "data": about.config["dataset"]["kind"] if about else "",
        "mean": None if score is None else score.mean,
        "score": terminal.spread(score),
        "what": (about.error or about.label) if about else "",
        "words": shlex.split(about.command)[2:] if about else [],
    }
