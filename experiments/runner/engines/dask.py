"""`hydra/launcher=dask`: the workers of a Dask cluster, or a small one of this machine's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ...errors import ConfigError, Problem
from ..probes.addresses import check_address
from ..probes.libraries import library
from ..shards.engine import Engine, EngineSettings

START_SCHEDULER = "start one: dask scheduler"
# Workers look a hundred times a second at what they do, for a page that our own cluster has not.
UNWATCHED = {"distributed.worker.profile.enabled": False}
WAIT_TO_ANSWER = 5  # seconds
WAIT_FOR_WORKERS = 60  # seconds for the first worker


@dataclass(frozen=True, config=STRICT)
class Dask(EngineSettings):
    """address: of the scheduler, such as `tcp://head:8786`; without, processes of this machine."""

    address: Annotated[str | None, Field(examples=["tcp://head:8786"])] = None

    def check(self) -> None:
        """See that a scheduler answers."""
        library("distributed", "distributed")
        if self.address:
            check_address(self.address, START_SCHEDULER)
            asked = asyncio.wait_for(_scheduler_at(self.address), WAIT_TO_ANSWER)
            try:
                with ThreadPoolExecutor(1) as apart:  # there may be an event loop in this one
                    apart.submit(asyncio.run, asked).result()
            except (OSError, ValueError) as error:
                raise self._refused(error) from None

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Connect, and wait for a worker."""
        own = {
            "n_workers": self.workers,
            "threads_per_worker": 1,
            "dashboard_address": None,
            "preload": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
        }
        self.check()
        distributed = library("distributed", "distributed")
        keys = {"address": self.address} if self.address else own
        try:
            with library("dask.config", "distributed").set(UNWATCHED):  # its workers inherit it
                client = distributed.Client(**keys, set_as_default=False)
        except (OSError, ValueError) as error:
            raise self._refused(error) from None

        def workers() -> int:
            if client.status == "closed":  # it has tried to connect again, see Dask's timeouts
                raise ConnectionError("its scheduler cannot be reached")
            return len(client.scheduler_info(n_workers=-1)["workers"])

        def busy() -> bool:
            return any(client.processing().values())

        with client:
            self._wait_for_a_worker(client)
            tasks = _DaskTasks(client)
            restart = f"see that `dask scheduler` and `dask worker {self.address}` run"
            try:
                yield Engine(
                    tasks,
                    workers,
                    busy=busy,
                    name="Dask",
                    address=self.address,
                    restart=restart if self.address else "",
                )
            finally:
                tasks.drop()

    def _refused(self, error: Exception) -> ConfigError:
        said = str(error) or f"no answer for {WAIT_TO_ANSWER} seconds"
        what = f"has no scheduler that answers, received {self.address!r} ({said})"
        return ConfigError([Problem("hydra.launcher.address", what, START_SCHEDULER)])

    def _wait_for_a_worker(self, client: Any) -> None:
        try:
            client.wait_for_workers(1, timeout=WAIT_FOR_WORKERS)
        except TimeoutError:
            what = f"has no worker after {WAIT_FOR_WORKERS} seconds, received {self.address!r}"
            fix = f"start some: dask worker {self.address}"
            raise ConfigError([Problem("hydra.launcher.address", what, fix)]) from None


async def _scheduler_at(address: str) -> None:
    """Ask who is at an address; Dask's client itself waits for ever where nobody says a word.

    Raises OSError or ValueError where it is no scheduler.
    """
    comm = await library("distributed.comm", "distributed").connect(address, WAIT_TO_ANSWER)
    try:
        await comm.write({"op": "identity"})
        answer = await comm.read()
    finally:
        comm.abort()
    if answer.get("type") != "Scheduler":
        raise ValueError(f"it is a {answer.get('type')}")


class _DaskTasks:
    """Dask's tasks as an executor's."""

    def __init__(self, client: Any) -> None:
        self.client, self.out = client, set[Any]()

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        future = Future[bytes]()
        task = self.client.submit(function, *arguments, pure=False, retries=0)
        self.out.add(task)
        task.add_done_callback(partial(self._done, future))
        return future

    def _done(self, future: Future[bytes], task: Any) -> None:
        self.out.discard(task)
        try:
            future.set_result(task.result())
        except (Exception, CancelledError) as error:
            # What no worker raised comes of the way there: all that is out is cancelled with it.
            of_worker = task.status == "error"
            future.set_exception(error if of_worker else ConnectionError(str(error)))

    def drop(self) -> None:
        """Restart the workers that have anything: what a thread does cannot be ended."""
        if self.out and self.client.status == "running":
            ours = {task.key for task in self.out}
            has = self.client.processing()
            self.client.cancel([*self.out])
            busy = [worker for worker, keys in has.items() if not ours.isdisjoint(keys)]
            self.client.restart_workers(busy, raise_for_error=False)


ENGINE = Dask
