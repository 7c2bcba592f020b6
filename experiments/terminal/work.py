"""How far a training is, in words that fit a line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

from ..text import count

SURE = 2.0  # seconds of training before anything is said of the rest


class Work:
    """Runs that are trained and written: told of every step, in any thread.

    runs: how many, 0 of one that nobody counts. epochs: of all their repeats.
    """

    def __init__(self, runs: int = 0, epochs: int = 0) -> None:
        self.runs, self.epochs = runs, epochs
        self.done = self.trained = self.written = 0
        self.compiled = self.programs = 0
        self.workers = self.shards = 0
        self.trouble = ""
        self._lock = Lock()
        self._from: tuple[float, int] | None = (time.monotonic(), 0)

    def advance(self, epochs: int) -> None:
        """More epochs are finished."""
        with self._lock:
            self.done += epochs
            if epochs and self._from is None and self.compiled == self.programs:
                self._from = (time.monotonic(), self.done)

    def compile(self, compiled: int, programs: int) -> None:
        """So many programs are compiled, of so many."""
        with self._lock:
            self.compiled, self.programs = max(compiled, self.compiled), programs
            self._from = None

    def carry(self, workers: int, shards: int, trouble: str = "") -> None:
        """Workers of an engine train; so many shards are out with them. trouble: of the engine."""
        self.workers, self.shards, self.trouble = workers, shards, trouble

    def stopping(self) -> str:
        """What a first Ctrl-C comes to, and what a second one would."""
        if not self.shards:
            return "stopping: what is trained is still written; Ctrl-C again stops at once"
        be, them = ("are", "them") if self.shards > 1 else ("is", "it")
        return f"stopping: {count(self.shards, 'shard')} {be} out; Ctrl-C again to drop {them}"

    def expect(self, epochs: int) -> None:
        """Another stage of training begins, which nobody could foresee."""
        with self._lock:
            self.epochs = self.done + epochs

    def count(self, what: str) -> None:
        """One more run is `trained` or `written`."""
        with self._lock:
            setattr(self, what, getattr(self, what) + 1)

    def left(self, now: float) -> float | None:
        """Seconds until the last epoch, if all goes on as before; None where nobody can say.

        It counts from when all programs were compiled.
        """
        with self._lock:
            if self._from is None:
                return None
            begun, before = self._from
            if self.done == before or now - begun < SURE:
                return None
            return (self.epochs - self.done) * (now - begun) / (self.done - before)

    def said(self, now: float) -> Iterator[str]:
        """What is going on, from the fullest words to the fewest."""
        head = self._head()
        runs = f"{self.trained:,} of {count(self.runs, 'run')} trained" if self.runs > 1 else ""
        left = self.left(now)
        others = ""
        if self.workers:
            others = f"{count(self.workers, 'worker')}, {count(self.shards, 'shard')} out"
        time_left = f"{clock(left)} left" if left is not None and self.done < self.epochs else ""
        if self.trouble:
            yield " · ".join(filter(None, (self.trouble, runs, others)))
            yield self.trouble
            return
        if runs and self.written:
            both = f"{runs}, {self.written:,} written"
            yield " · ".join(filter(None, (head, both, others, time_left)))
        if others:
            yield " · ".join(filter(None, (head, runs, others, time_left)))
        yield " · ".join(filter(None, (head, runs, time_left)))
        yield " · ".join(filter(None, (head, time_left)))
        yield head

    def _head(self) -> str:
        if self.programs and self.compiled < self.programs and self.done < self.epochs:
            if self.programs == 1:
                return "compiling the program"
            return f"compiling {self.compiled + 1:,} of {self.programs:,} programs"
        if self.done < self.epochs:
            return f"training {self.done:,} of {count(self.epochs, 'epoch')}"
        return "writing" if self.trained else "training"


def clock(seconds: float) -> str:
    """A time as `0:42`, `12:05` or `1:02:03`."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
