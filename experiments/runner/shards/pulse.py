"""Whether an engine answers, and whether anybody works for it: no sweep waits for ever."""

from __future__ import annotations

import threading
import time

from .engine import Engine

A_BEAT = 1.0  # seconds between two questions
SAID_AFTER = 5.0  # seconds after which a trouble is told
SILENT, EMPTY, IDLE = "does not answer", "has no worker", "leaves its workers idle"
# Seconds after which an engine is given up: a network that is cut for a minute comes back.
GIVEN_UP_AFTER = {SILENT: 90.0, EMPTY: 300.0, IDLE: 300.0}


class Pulse:
    """Asks an engine now and then how it is, in a thread of its own: it may never answer.

    workers: how many it had when it last answered.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        try:
            self.workers = engine.workers()
        except Exception as error:
            raise engine.lost(error) from error
        self._since: dict[str, float] = {}  # trouble -> since when
        self._gone: ConnectionError | None = None
        self._over = threading.Event()
        threading.Thread(target=self._ask, daemon=True, name="pulse").start()

    def _ask(self) -> None:
        while not self._over.is_set():
            self._since.setdefault(SILENT, time.monotonic())
            try:
                workers, busy = self.engine.workers(), self.engine.busy()
            except ConnectionError as error:  # the library has given up
                self._gone = error
                return
            except Exception:  # noqa: S110, whatever a library raises whose cluster is away
                pass
            else:
                now, self.workers = time.monotonic(), workers
                wrong = [EMPTY] if not workers else [] if busy else [IDLE]
                self._since = {what: self._since.get(what, now) for what in wrong}
            self._over.wait(A_BEAT)

    def close(self) -> None:
        """Ask no more."""
        self._over.set()

    def trouble(self) -> str:
        """What there is to tell of the engine while shards are out; nothing where all is well.

        Raises:
            EngineLostError: where it has been so for too long.
        """
        if self._gone is not None:
            raise self.engine.lost(self._gone)
        for what, since in [*self._since.items()]:
            lasted = time.monotonic() - since
            if lasted >= GIVEN_UP_AFTER[what]:
                raise self.engine.lost(f"{what} for {lasted:.0f} seconds")
            if lasted >= SAID_AFTER:
                return f"{self.engine.called} {what}"
        return ""
