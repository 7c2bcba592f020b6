"""Ctrl-C while a program of archlab has nothing under way: it leaves without a word of Python's.

Loading libraries takes seconds, in which an interrupt may come out of any import, as any error.
Only programs call `loading`; without it the other functions do nothing, as in tests and notebooks.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from .errors import ArchlabError


class _Hearing:
    """What Ctrl-C does while something is under way, and whether it has."""

    def __init__(self) -> None:
        self.pressed = False

    def interrupt(self, number: int, frame: FrameType | None) -> NoReturn:
        """Python's own handler, but that what falls afterwards is known to be no failure."""
        self.pressed = True
        signal.default_int_handler(number, frame)


def loading() -> None:
    """Nothing is under way yet: Ctrl-C ends the process, with the exit code of an interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave_at_once)


def working() -> None:
    """Something is under way: Ctrl-C raises KeyboardInterrupt, and is remembered."""
    if signal.getsignal(signal.SIGINT) is _leave_at_once:
        signal.signal(signal.SIGINT, _Hearing().interrupt)
        sys.unraisablehook = _unraisable


def ended() -> None:
    """All is said: Ctrl-C no longer changes how the process ends."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is _leave_at_once or _hearing(handler):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def raises(handler: object) -> bool:
    """Whether a handler of Ctrl-C raises KeyboardInterrupt: Python's, or that of `working`."""
    return handler is signal.default_int_handler or _hearing(handler) is not None


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is what came of Ctrl-C: any that nobody expects, once it was pressed."""
    if isinstance(error, KeyboardInterrupt):
        return True
    hearing = _hearing(signal.getsignal(signal.SIGINT))
    expected = isinstance(error, OSError | ArchlabError)
    return hearing is not None and hearing.pressed and not expected


def _hearing(handler: object) -> _Hearing | None:
    owner = getattr(handler, "__self__", None)
    return owner if isinstance(owner, _Hearing) else None


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """Ctrl-C in a destructor or callback, where Python drops what is raised, is not told of."""
    if what.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(what)


def _leave_at_once(number: int, _: FrameType | None) -> NoReturn:
    os.write(2, b"interrupted\n")
    os._exit(128 + number)
