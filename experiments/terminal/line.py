"""The one line that moves while archlab works, from the first second to the last."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from typing import Any, Protocol, TextIO, cast

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.live import Live
from rich.text import Text

from .streams import console, copy_of_stderr
from .work import Work, clock

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
A_SECOND = 10  # how often the line is drawn in one


class DrawnLine(Protocol):
    """A line that is drawn until it is stopped."""

    def stop(self) -> None:
        """Draw it no more."""


DrawLine = Callable[[Callable[[float], str]], DrawnLine]


class LiveLine:
    """What is going on, on a line of standard error: drawn on a terminal alone, gone afterwards.

    It writes to the standard error of the moment when it is first used: what libraries write there
    later may go elsewhere. Worker processes draw nothing: they would write over each other.

    on: in place of standard error. cell: what shows (now) -> words in place of a terminal, in a
    notebook; all that is told is then one display, whose last words stay.
    """

    def __init__(self, on: Console | None = None, cell: DrawLine | None = None) -> None:
        self._console, self._cell, self._told = on, cell, ""
        self._own: TextIO | None = None
        self._live: DrawnLine | None = None
        self._lock = threading.Lock()
        self._what: Callable[[float], Iterator[str]] = _nothing
        self._since = 0.0
        self._work = Work()

    @property
    def console(self) -> Console:
        """Where words for people go; with the line on it they stand above it."""
        if self._console is None:
            self._own = copy_of_stderr()
            self._console = console(self._own)
        return self._console

    @property
    def file(self) -> TextIO:
        """The console as a stream, for what prints to standard error."""
        return sys.stderr if self._live else cast(TextIO, self.console.file)

    @property
    def covers_stdout(self) -> bool:
        """Whether what is printed to standard output would run into the line."""
        return self._live is not None and sys.stdout.isatty()

    def print(self, words: Any) -> None:
        """Tell something that stays, above the line where there is one."""
        if self._cell is None:
            self.console.print(words)
        else:
            self._told = str(words)

    def say(self, what: str, since: float | None = None) -> None:
        """Say what is done now, such as `loading TensorFlow`.

        since: from when its time counts, on the monotonic clock; now without.
        """
        begun = time.monotonic() if since is None else since
        self._show(lambda now: iter((f"{what} · {clock(now - begun)}", what)))

    def work(self, runs: int, epochs: int) -> Work:
        """Show a training of runs that take so many epochs together; returns what is told of it."""
        self._work = Work(runs, epochs)
        self._show(self._work.said)
        return self._work

    def stopping(self) -> None:
        """Tell what a first Ctrl-C comes to."""
        self.print(self._work.stopping())

    def clear(self) -> None:
        """Take the line away; saying something brings it back."""
        with self._lock:
            live, self._live = self._live, None
            if self._cell is not None:  # a terminal's line is drawn once more, and then gone
                self._what = _nothing
        if live is not None:
            with suppress(OSError, ValueError):  # the terminal is gone
                live.stop()

    def close(self) -> None:
        """Take the line away for good."""
        self.clear()
        if self._own is not None:
            self._own.close()
            self._own = self._console = None

    def _show(self, what: Callable[[float], Iterator[str]]) -> None:
        with self._lock:
            self._what = what
            if self._live is not None:
                return
            if self._cell is not None:
                self._live = self._cell(self._in_cell)
            elif drawn_on(self.console):
                live = Live(
                    get_renderable=lambda: _Fitting(self._what),
                    console=self.console,
                    refresh_per_second=A_SECOND,
                    transient=True,
                    redirect_stdout=False,  # it may go elsewhere, and has to stay whole
                )
                live.start()
                self._live = live

    def _in_cell(self, now: float) -> str:
        """What was told last, and what is going on."""
        return "\n".join(filter(None, (self._told, next(self._what(now), ""))))


def _nothing(now: float) -> Iterator[str]:
    """What is said when nothing is going on."""
    return iter(())


def drawn_on(on: Console) -> bool:
    """Whether a line can be drawn: on a terminal that moves its cursor, by the main process."""
    return on.is_terminal and not on.is_dumb_terminal and parent_process() is None


class _Fitting:
    """The fullest version of what is said that fits the width of the terminal."""

    def __init__(self, what: Callable[[float], Iterator[str]]) -> None:
        self.what = what

    def __rich_console__(self, on: Console, options: ConsoleOptions) -> Iterator[Text]:
        now = time.monotonic()
        frame = FRAMES[int(now * A_SECOND) % len(FRAMES)]
        text = ""
        for words in self.what(now):
            text = f"{frame} {words}"
            if cell_len(text) <= options.max_width:
                break
        line = Text(text, no_wrap=True)
        line.truncate(options.max_width, overflow="ellipsis")
        yield line


@contextmanager
def progress(on: Console, total: int) -> Iterator[Callable[[int], None]]:
    """A line of finished epochs; yields the function that advances it."""
    line = LiveLine(on)
    try:
        yield line.work(0, total).advance
    finally:
        line.clear()
