"""The side of the process that holds the sweep's folder: orders out, parcels checked and home."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from pathlib import Path

from models import Fit, Task
from models.libraries import threads

from ...errors import ConfigError, Problem
from ...plots import picture_files
from ...storage import run_folder
from ...storage.guarded.schemas import status_of
from .bootstrap import ANSWER, MISSING, SEND_SOURCES, worker_function
from .carry import WorkerDiedError, carry
from .engine import Engine, EngineSettings
from .parcels import Asked, FitOrder, NoMemory, Order, Other, Parcel, Parcels
from .plan import Shard, shards
from .pulse import Pulse
from .sources import sources
from .worker import what_must_be_equal


@dataclass(eq=False)
class Elsewhere:
    """Trains on the workers of an engine that is up.

    engine, settings: of it. at: the sweep's folder. stopping: whether nothing more is to go out.
    on_out: is told how many workers there are, how many shards are out, and what troubles the
    engine, if anything.
    """

    engine: Engine
    settings: EngineSettings
    at: Path
    stopping: Callable[[], bool]
    on_out: Callable[[int, int, str], None]

    def train(self, orders: Sequence[Order]) -> Iterator[tuple[int, Parcel | Exception]]:
        """(index, what came of it) of each order, as shards come home.

        Raises:
            ConfigError: where a worker is another one than this process, or lacks a library.
            EngineLostError: where the engine itself is gone.
        """
        for index, answer in self._carried(orders):
            assert not isinstance(answer, Fit)
            yield index, answer

    def fit_each(
        self,
        tasks: Sequence[Task],
        on_epochs: Callable[[int], None],
        members_per_call: int | None = None,
    ) -> Iterator[tuple[int, Fit | Exception]]:
        """(index, fit) of each task, as `models.fit_each` gives them.

        Raises:
            ConfigError: see `train`.
            KeyboardInterrupt: after what came home, where nothing more is to go out.
        """
        for index, answer in self._carried([FitOrder(task, members_per_call) for task in tasks]):
            assert not isinstance(answer, Parcel)
            on_epochs(tasks[index].repeats * tasks[index].epochs)
            yield index, answer
        if self.stopping():
            raise KeyboardInterrupt

    def _carried(
        self, orders: Sequence[Order | FitOrder]
    ) -> Iterator[tuple[int, Parcel | Fit | Exception]]:
        tasks = [order.task for order in orders]
        pulse = Pulse(self.engine)
        engine = self.engine._replace(workers=lambda: pulse.workers)
        try:
            planned = shards(tasks, self.settings.seconds, pulse.workers)
            for shard, answer in carry(engine, planned, _Post(self, orders, pulse)):
                if isinstance(answer, WorkerDiedError):
                    yield from ((place, answer) for place in shard.places)
                else:
                    yield from zip(shard.places, answer.parcels, strict=True)
        finally:
            pulse.close()


class _Post:
    """Packs the shards of some orders, and opens what comes back."""

    def __init__(self, where: Elsewhere, orders: Sequence[Order | FitOrder], pulse: Pulse) -> None:
        self.where, self.orders, self.stopping = where, orders, where.stopping
        self.pulse = pulse
        self.same, self.function = what_must_be_equal(), worker_function()
        self.sent = 0
        self.without: set[tuple[int, ...]] = set()  # shards whose worker has no sources

    def on_out(self, out: int) -> None:
        self.where.on_out(self.pulse.workers, out, self.pulse.trouble() if out else "")

    def send(self, shard: Shard) -> Future[bytes]:
        """With the sources where the worker is likely to have none."""
        where, (sha256, archive) = self.where, sources()
        new = where.engine.anew or self.sent < self.pulse.workers
        needed = new or shard.places in self.without
        self.sent += 1
        self.without.discard(shard.places)
        own, mixed = [self.orders[place] for place in shard.places], where.settings.mixed == "allow"
        # Data that runs share are in it once.
        asked = Asked(own, shard.seconds, self.same, mixed, str(where.at), threads())
        order = pickle.dumps(asked, protocol=5)
        try:
            return where.engine.executor.submit(
                self.function, sha256, archive if needed else b"", order
            )
        except (Exception, CancelledError) as error:
            raise where.engine.lost(error) from error

    def open(self, shard: Shard, answer: bytes) -> Parcels | None:
        """The parcels of a shard, whole and in order; None where it asks for the sources.

        Raises:
            ConfigError: where the worker cannot be used.
            MemoryError: where it had too little.
            ValueError: for junk.
        """
        letter, content = answer[:1], memoryview(answer)[1:]
        if letter == SEND_SOURCES:
            self.without.add(shard.places)
            return None
        if letter == MISSING:
            what = f"has a worker that cannot begin: {str(content, errors='replace')}"
            fix = "install archlab's libraries there"
            raise ConfigError([Problem("hydra.launcher", what, fix)])
        if letter != ANSWER:
            raise ValueError("no answer of a worker")
        found = pickle.loads(content)  # noqa: S301, engines themselves carry pickles
        if isinstance(found, Other):
            raise ConfigError(_refusals(found))
        if isinstance(found, NoMemory):
            raise MemoryError(f"{found.where}: {found.what}")  # noqa: TRY004, none is wrong
        if not isinstance(found, Parcels) or len(found.parcels) != len(shard.places):
            raise ValueError("not the parcels of this shard")
        for parcel in found.parcels:
            if isinstance(parcel, Parcel):
                _check_parcel(parcel)
        return found


def _refusals(other: Other) -> Iterator[Problem]:
    for name, there, here in other.differences:
        what = f"is refuse, and {other.where} has {name} {there}, received {here} here"
        fix = "install the same there, or set hydra.launcher.mixed=allow"
        yield Problem("hydra.launcher.mixed", what, fix)


def _check_parcel(parcel: Parcel) -> None:
    """Raise ValueError where the files of a parcel are not those that its status lists."""
    status = status_of(parcel.files[run_folder.STATUS])
    known = {run_folder.STATUS, run_folder.LOG, *run_folder.RESULTS, *picture_files()}
    if not known >= parcel.files.keys():
        raise ValueError("files that no run has")
    for name, listed in status["files"].items():
        content = parcel.files[name]
        if name == run_folder.LOG:  # more may have been added to it
            content = content[: listed["bytes"]]
        if hashlib.sha256(content).hexdigest() != listed["sha256"]:
            raise ValueError(f"{name} is not whole")
