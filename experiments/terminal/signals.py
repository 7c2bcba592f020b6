"""Signals that end the process: it leaves as after an exception, with nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import NoReturn

AGAIN_AFTER = 0.05  # seconds, in which the callback that it fell into has returned


class Leaving:
    """Whether a signal has asked the process to leave.

    What it raises may vanish: where a library tries to import another one, any error is a no; in a
    destructor or callback Python drops it, and the signal is sent once more.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._again: threading.Timer | None = None
        self._unraisable = sys.unraisablehook

    def now(self, number: int, _: object) -> NoReturn:
        """Leave at once, with the exit code that shells give the signal."""
        self._asked = number
        signal.signal(number, signal.SIG_DFL)
        raise SystemExit(128 + number)

    def if_asked(self) -> None:
        """Leave, where a signal was to have ended the process before."""
        if self._asked:
            if self._again is not None and self._again.is_alive():
                self._again.cancel()
                self._again.join()  # or it might send while what is left is cleaned up
            signal.signal(self._asked, signal.SIG_DFL)
            raise SystemExit(128 + self._asked)

    def dropped(self, what: sys.UnraisableHookArgs) -> None:
        """Take what Python could not raise: where it was to end the process, ask for that again."""
        if what.exc_type is not SystemExit or not self._asked:
            self._unraisable(what)
            return
        if not threading.main_thread().is_alive():
            return  # Python is shutting down: it leaves anyway
        signal.signal(self._asked, self.now)
        self._again = threading.Timer(AGAIN_AFTER, os.kill, (os.getpid(), self._asked))
        self._again.daemon = True
        self._again.start()


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
    sys.unraisablehook = leaving.dropped
    return leaving
