"""Where words for people go: streams that never fail, and TensorFlow's noise out of the way."""

from __future__ import annotations

import logging
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ..storage.guarded.links import appending


class Unheard:
    """A text stream on which writing never fails: a run is done, whoever listens."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write past the stream's own buffer, which would try again, and fail, when it closes."""
        with suppress(OSError, ValueError):
            self.stream.flush()
            # A cell's descriptor is the server's; a console of Windows takes no bytes.
            if os.name != "posix" or type(self.stream) is not TextIOWrapper:
                written = self.stream.write(text)
                self.stream.flush()
                return written
            os.write(self.stream.fileno(), text.encode(self.stream.encoding, errors="replace"))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def flush(self) -> None:
        """Nothing is left to flush: every write does."""


@contextmanager
def unheard_streams() -> Iterator[None]:
    """In the block nothing fails for words: standard output and error may be closed, or full."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115, closed by who called
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115
    before = sys.stdout, sys.stderr
    for stream in before:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.stdout, sys.stderr = (cast(TextIO, Unheard(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class PlainConsole(Console):
    """A console whose texts give a terminal no orders, whoever chose the names in them."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As rich has it, with a question mark for every character that none can see."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _seen(text), style, control)


def _seen(text: str) -> str:
    if text.isprintable():
        return text
    # Controls, what turns the direction of text, lone surrogates.
    return "".join(
        "?" if one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cf", "Cs") else one
        for one in text
    )


def console(stream: TextIO | None = None) -> Console:
    """A console for results: long lines stay whole, nothing in them is markup."""
    unheard = cast(TextIO, Unheard(stream or sys.stdout))
    return PlainConsole(file=unheard, soft_wrap=True, markup=False, highlight=False)


def _flush() -> None:
    with suppress(OSError, AttributeError):  # a full or a closed standard error
        sys.stderr.flush()


def copy_of_stderr() -> TextIO:
    """Standard error as it is now, for when its descriptor is turned elsewhere."""
    try:
        terminal = os.dup(2)
    except OSError:  # standard error is closed
        terminal = os.open(os.devnull, os.O_WRONLY)
    return os.fdopen(terminal, "w", encoding="utf-8", errors="replace")


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
    with copy_of_stderr() as stream:
        try:
            with appending(log) as file:
                os.dup2(file.fileno(), 2)
            yield console(stream)
        finally:
            _flush()
            os.dup2(stream.fileno(), 2)
