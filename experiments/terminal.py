"""What a person sees while a run goes on; TensorFlow's own noise goes to the log instead."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, TextIO, cast

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


class Unheard:
    """A text stream on which writing never fails: a run is done, whoever listens."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write past the stream's own buffer, which would try again, and fail, when it closes."""
        with suppress(OSError, ValueError):
            self.stream.flush()
            try:
                descriptor = self.stream.fileno()
            except UnsupportedOperation:  # no file behind it: a notebook, a test
                return self.stream.write(text)
            os.write(descriptor, text.encode(self.stream.encoding, errors="replace"))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def flush(self) -> None:
        """Nothing is left to flush: every write does."""


def console(stream: TextIO | None = None) -> Console:
    """A console for results: long lines stay whole, nothing in them is markup."""
    unheard = cast(TextIO, Unheard(stream or sys.stdout))
    return Console(file=unheard, soft_wrap=True, markup=False, highlight=False)


def _flush() -> None:
    with suppress(OSError, AttributeError):  # a full or a closed standard error
        sys.stderr.flush()


@contextmanager
def native_noise_to(log: Path) -> Iterator[Console]:
    """Send what C++ libraries write on file descriptor 2 to `log`; yields a console for people.

    TensorFlow's start-up messages ignore its own log level, so the descriptor itself is turned. The
    console yielded writes to the standard error that was there before.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # It warns of programs compiled for each size of network; that is how archlab works.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    _flush()
    try:
        terminal = os.dup(2)
    except OSError:  # standard error is closed
        terminal = os.open(os.devnull, os.O_WRONLY)
    try:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        with os.fdopen(os.dup(terminal), "w", encoding="utf-8", errors="replace") as stream:
            yield console(stream)
    finally:
        _flush()
        os.dup2(terminal, 2)
        os.close(terminal)
