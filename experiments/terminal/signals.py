"""Signals that end the process: it leaves as after an exception, with nothing left behind."""

from __future__ import annotations

import signal


def leave_on_signals() -> None:
    """Have SIGTERM, and SIGHUP of a closed terminal, end the process as an exception would.

    They raise SystemExit with the exit code that shells give the signal; a second one ends the
    process at once. What is ignored stays ignored, as under `nohup`. Windows has no SIGHUP.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)


def _leave(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise SystemExit(128 + number)
