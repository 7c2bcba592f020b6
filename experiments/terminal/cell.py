"""The line of progress in a notebook, which has no terminal: one display that is updated."""

from __future__ import annotations

import contextvars
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import rich.console
from rich.console import Console

from .line import LiveLine

REFRESH = 0.5  # seconds between two looks at what is to be said


class CellDisplay:
    """The words of a line in the output of the cell that runs, until it is stopped.

    said: (now) -> what is said.
    """

    def __init__(self, said: Callable[[float], str]) -> None:
        from IPython.display import display

        self._said, self._since = said, time.monotonic()
        self._shown = said(self._since)
        # Keras writes a network's summary by rich, which shows an empty box in a notebook for it.
        self._asks_rich, rich.console._is_jupyter = rich.console._is_jupyter, lambda: False
        self._handle: Any = display(_bundle(self._shown), raw=True, display_id=True)
        self._over = threading.Event()
        # In the context of the cell: what is shown belongs to it.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._refresh,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No more is said."""
        self._over.set()
        self._thread.join()
        rich.console._is_jupyter = self._asks_rich
        self._show(self._said(time.monotonic()))

    def _refresh(self) -> None:
        while not self._over.wait(REFRESH):
            self._show(self._said(time.monotonic()))

    def _show(self, words: str) -> None:
        if words != self._shown:
            self._shown = words
            self._handle.update(_bundle(words), raw=True)


def _bundle(words: str) -> dict[str, str]:
    return {"text/plain": words}


def line_for_python() -> LiveLine:
    """The line for who calls from Python: drawn in a notebook's cell or on a terminal."""
    if not _in_notebook():
        return LiveLine()
    return LiveLine(Console(file=sys.stderr, soft_wrap=True), CellDisplay)


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None
