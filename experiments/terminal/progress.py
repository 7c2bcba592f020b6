"""What moves on the terminal while something is trained."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress(on: Console, total: int) -> Iterator[Callable[[int], None]]:
    """A bar of finished epochs on a terminal; yields the function that advances it.

    Worker processes of a parallel sweep draw none: they would write over each other.
    """
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("epochs"),
        TimeRemainingColumn(),
    )
    live = total > 0 and on.is_terminal and parent_process() is None
    with Progress(*columns, console=on, transient=True, disable=not live) as bar:
        task = bar.add_task("training", total=total)
        yield lambda epochs: bar.advance(task, epochs)


class SweepBar:
    """What a sweep's progress display is told. Training counts for half, writing for the rest."""

    def __init__(self, bar: Progress, runs: int, epochs: int) -> None:
        self.bar, self.runs, self.epochs = bar, runs, max(epochs, 1)
        self.task = bar.add_task("", total=(2 if epochs else 1) * runs, trained=0, written=0)
        self.counts = {"trained": 0, "written": 0}

    def advance(self, epochs: int) -> None:
        """More epochs are finished, in any thread."""
        self.bar.advance(self.task, epochs * self.runs / self.epochs)

    def expect(self, runs: int, epochs: int) -> None:
        """Another stage of training begins, which nobody could foresee."""
        self.runs, self.epochs = runs, max(epochs, 1)
        self.bar.update(self.task, total=(self.bar.tasks[self.task].total or 0) + runs)

    def count(self, what: str) -> None:
        """One more run is `trained` or `written`."""
        self.counts[what] += 1
        written = float(what == "written")
        fields: dict[str, Any] = self.counts
        self.bar.update(self.task, advance=written, **fields)


@contextmanager
def sweep_progress(on: Console, runs: int, epochs: int) -> Iterator[SweepBar]:
    """One bar for a whole sweep on a terminal: runs trained, runs written, time left."""
    columns = (
        TextColumn(f"{{task.fields[trained]}} trained, {{task.fields[written]}} written of {runs}"),
        BarColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=on, transient=True, disable=not on.is_terminal) as bar:
        yield SweepBar(bar, runs, epochs)


def shown_live() -> bool:
    """Whether a sweep's display stands on the terminal where lines of results would go too."""
    return sys.stdout.isatty() and sys.stderr.isatty()


@contextmanager
def first_interrupt(console: Console) -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets instead of interrupting; the second one interrupts."""
    stopping = threading.Event()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stopping.set()
        console.print("stopping: what is trained is still written; Ctrl-C again stops at once")

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or not _in_main_thread():
        yield stopping  # who called us listens to Ctrl-C in a way of their own
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
