"""Ctrl-C while a program of archlab has nothing under way: it leaves without a word of Python's.

Loading libraries takes seconds, in which an interrupt may come out of any import, as any error.
Only programs call `loading`; without it the other functions do nothing, as in tests and notebooks.
"""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn

from .errors import ArchlabError

_pressed: list[int] = []


def loading() -> None:
    """Nothing is under way yet: Ctrl-C ends the process, with the exit code of an interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave_at_once)


def working() -> None:
    """Something is under way: Ctrl-C raises KeyboardInterrupt, and is remembered."""
    if signal.getsignal(signal.SIGINT) is _leave_at_once:
        signal.signal(signal.SIGINT, interrupt)


def ended() -> None:
    """All is said: Ctrl-C no longer changes how the process ends."""
    if signal.getsignal(signal.SIGINT) in {_leave_at_once, interrupt}:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is what came of Ctrl-C: any that nobody expects, once it was pressed."""
    expected = isinstance(error, OSError | ArchlabError)
    return isinstance(error, KeyboardInterrupt) or (bool(_pressed) and not expected)


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Python's own handler, but that what falls afterwards is known to be no failure."""
    _pressed.append(number)
    signal.default_int_handler(number, frame)


def _leave_at_once(number: int, _: FrameType | None) -> NoReturn:
    os.write(2, b"interrupted\n")
    os._exit(128 + number)
