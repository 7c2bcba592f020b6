"""CPU seconds of all processes that a command brings about, also of those that are not its own.

Engines start daemons, and those start workers: whoever waits for the command alone does not see
them. All of them inherit its environment, so a variable in it tells them from others.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

PROC = Path("/proc")
MARK = "ARCHLAB_FAMILY"
SECONDS = 0.1  # between two looks; what a process does after the last one is lost


class Family:
    """Processes whose environment holds a mark, and what each had taken when last seen.

    Only where there is /proc; elsewhere it sees nothing.
    """

    def __init__(self) -> None:
        self.environment = {MARK: secrets.token_hex(8)}
        self._mark = f"{MARK}={self.environment[MARK]}".encode()
        self._ours: dict[tuple[str, bytes], bool] = {}
        self._ticks: dict[tuple[str, bytes], int] = {}

    @property
    def cpu_seconds(self) -> float:
        """Of all of them together."""
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK") if self._ticks else 0.0

    def look(self) -> None:
        """See once who is there."""
        for place in PROC.glob("[0-9]*"):
            with suppress(OSError):  # it is gone, or somebody else's
                # What follows the name, which may hold anything, from the state on.
                fields = (place / "stat").read_bytes().rpartition(b")")[2].split()
                key = place.name, fields[19]  # a number is given again; with its start it is not
                if key not in self._ours:
                    variables = (place / "environ").read_bytes().split(b"\0")
                    self._ours[key] = self._mark in variables
                if self._ours[key]:
                    self._ticks[key] = int(fields[11]) + int(fields[12])


@contextmanager
def watched() -> Iterator[Family]:
    """A family that is looked at while the block runs; commands get its `environment`."""
    family, over = Family(), Event()

    def watch() -> None:
        while not over.wait(SECONDS):
            family.look()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield family
    finally:
        over.set()
        watcher.join()
