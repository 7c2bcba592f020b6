"""Signals that end the process: it leaves as after an exception, with nothing left behind."""

from __future__ import annotations

import signal
from typing import NoReturn


class Leaving:
    """Whether a signal has asked the process to leave.

    What it raises may vanish: where a library tries to import another one, any error is a no.
    """

    def __init__(self) -> None:
        self._asked = 0

    def now(self, number: int, _: object) -> NoReturn:
        """Leave at once, with the exit code that shells give the signal."""
        self._asked = number
        signal.signal(number, signal.SIG_DFL)
        raise SystemExit(128 + number)

    def if_asked(self) -> None:
        """Leave, where a signal was to have ended the process before."""
        if self._asked:
            raise SystemExit(128 + self._asked)


def leave_on_signals() -> Leaving:
    """Have SIGTERM, and SIGHUP of a closed terminal, end the process as an exception would.

    They raise SystemExit with the exit code that shells give the signal; a second one ends the
    process at once. What is ignored stays ignored, as under `nohup`. Windows has no SIGHUP.
    """
    leaving = Leaving()
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leaving.now)
    return leaving
