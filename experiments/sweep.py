"""What a sweep left behind, read from its run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from . import record, terminal
from .errors import EXIT_DONE, EXIT_FAILED


def conclude(folder: Path) -> int:
    """Print one line a run, best first, and the counts by state; returns the exit code."""
    found = [_row(path.parent) for path in folder.glob(f"*/{record.STATUS}")]
    if not found:
        return EXIT_FAILED
    rows = sorted(found, key=lambda row: (row["mean"] is None, row["mean"], row["folder"]))
    table = Table(box=None, pad_edge=False)
    for name in ("run", "score", "state", "what"):
        table.add_column(name, justify="right" if name == "score" else "left")
    for row in rows:
        table.add_row(row["folder"], row["score"], row["state"], row["what"])
    console = Console(soft_wrap=True)
    console.print(table)
    states = [row["state"] for row in rows]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    console.print(f"{counts} in {folder}", highlight=False)
    return EXIT_DONE if set(states) == {"done"} else EXIT_FAILED


def _row(folder: Path) -> dict[str, Any]:
    """One run: its folder's name, state, score and what it was."""
    about, state = record.read_about(folder), record.state(folder)
    score = None
    if state in ("done", "diverged"):
        score = record.read(folder).metrics.final
    return {
        "folder": folder.name,
        "state": state,
        "mean": None if score is None else score.mean,
        "score": terminal.spread(score),
        "what": about.label or about.error or about.command,
    }
