"""How a sweep is stopped by hand."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .. import ctrl_c
from .line import LiveLine


@contextmanager
def first_interrupt(line: LiveLine) -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets instead of interrupting; the second one interrupts."""
    stopping = threading.Event()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stopping.set()
        line.stopping()

    before = signal.getsignal(signal.SIGINT)
    if not ctrl_c.raises(before) or not _in_main_thread():
        yield stopping  # who called us listens to Ctrl-C in a way of their own
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
