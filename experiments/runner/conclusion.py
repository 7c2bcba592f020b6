"""The end of a sweep: its comparison, what it was made for, and its folder given back."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rich.text import Text

from .. import record, report, terminal
from ..errors import ArchlabError, LinkError, StorageError
from ..report.scoreboard import show
from ..storage import run_folder, sweep_folder
from ..storage.read_runs import run_folders
from .endings import Conclusion
from .purposes import PURPOSES
from .sweep import LiveSweep


def conclude(sweep: LiveSweep, line: terminal.LiveLine, told: bool = True) -> Conclusion:
    """Write the comparison, say what the sweep came to, and give the folder back.

    What it was made for stands first; then the comparison, best first, with all failures.

    Args:
        sweep: the one that ends.
        line: says what is going on until there is something to print.
        told: whether anything is printed.

    Runs that a stopped process left as running are marked interrupted first: nothing trains here
    any more. A sweep that had nothing left to do keeps its page.

    Raises:
        StorageError: where a file cannot be written.
    """
    try:
        states, tell = _compare(sweep, line)
        passed = [
            PURPOSES[name].conclude(sweep.folder, spec) for name, spec in sweep.purposes.items()
        ]
        if told:
            tell()
        may_diverge = any(PURPOSES[name].may_diverge for name in sweep.purposes)
        may_diverge = may_diverge or sweep.may_diverge
        pages = [PURPOSES[name].page for name in sweep.purposes if PURPOSES[name].page]
        page = sweep.folder / (pages or [report.COMPARISON])[0]
        return Conclusion(frozenset(states), may_diverge, all(passed), page)
    except OSError as error:
        raise StorageError.of(error, sweep.folder) from error
    finally:
        sweep_folder.release(sweep.folder, sweep.lock)


def _compare(sweep: LiveSweep, line: terminal.LiveLine) -> tuple[set[str], Callable[[], None]]:
    """Write the comparison where it is out of date; the states of all runs, and what tells it."""
    held, page = sweep.record, sweep.folder / report.COMPARISON
    line.say("comparing the runs")
    if held and not sweep.changed and _up_to_date(sweep.folder, held):
        states = {
            sweep.found.get(run.folder) or run_folder.state(sweep.folder / run.folder, only=())
            for run in held.runs
        }
        line.clear()
        return states, lambda: _tell_unchanged(len(held.runs), page)
    for path in run_folders(sweep.folder):
        _mark_interrupted(path)
    comparison = report.compare(sweep.folder, sweep.record)
    line.clear()
    return {row.state for row in comparison.rows}, lambda: show(comparison, page)


def _tell_unchanged(runs: int, page: Path) -> None:
    console = terminal.console()
    console.print(f"{runs} runs, nothing was missing")
    console.print(Text.assemble("report: ", terminal.place(page)))


def _up_to_date(folder: Path, held: record.Sweep) -> bool:
    """Whether the comparison is younger than every run of the sweep."""
    written = [folder / name for name in (report.COMPARISON, report.RESULTS)]
    if not all((folder / name).exists() for name in report.PARTS):
        return False
    status = run_folder.STATUS
    sources = [sweep_folder.SWEEP, *(f"{run.folder}/{status}" for run in held.runs)]
    try:
        # Paths of their own take longer than looking.
        youngest = max(os.stat(f"{folder}/{name}").st_mtime_ns for name in sources)  # noqa: PTH116
        return min(path.stat().st_mtime_ns for path in written) > youngest
    except OSError:
        return False


def _mark_interrupted(folder: Path) -> None:
    """Mark a run that is under way no more; what cannot be read or holds links is left alone."""
    try:
        status = run_folder.read_status(folder)
    except (OSError, ArchlabError):
        return
    if status["state"] == "running":
        with suppress(LinkError):
            about = run_folder.about_of(status)
            run_folder.finish(folder, about, "interrupted", report.pictures())
