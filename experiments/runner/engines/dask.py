"""`hydra/launcher=dask`: the workers of a Dask cluster, or a small one of this machine's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ...errors import ConfigError, Problem
from ..shards.addresses import check_address
from ..shards.engine import Engine, EngineSettings
from ..shards.libraries import library

START_SCHEDULER = "start one: dask scheduler"
WAIT_FOR_WORKERS = 60  # seconds for the first worker


@dataclass(frozen=True, config=STRICT)
class Dask(EngineSettings):
    """address: of the scheduler, such as `tcp://head:8786`; without, processes of this machine."""

    address: Annotated[str | None, Field(examples=["tcp://head:8786"])] = None

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Connect, and wait for a worker."""
        distributed = library("distributed", "distributed")
        if self.address:
            check_address(self.address, START_SCHEDULER)
        own = {
            "n_workers": self.workers,
            "threads_per_worker": 1,
            "dashboard_address": None,
            "preload": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
        }
        try:
            client = distributed.Client(**({"address": self.address} if self.address else own))
        except OSError as error:
            what = f"has no scheduler that answers, received {self.address!r} ({error})"
            raise ConfigError([Problem("hydra.launcher.address", what, START_SCHEDULER)]) from None

        def workers() -> int:
            return len(client.scheduler_info(n_workers=-1)["workers"])

        with client:
            try:
                client.wait_for_workers(1, timeout=WAIT_FOR_WORKERS)
            except TimeoutError:
                what = f"has no worker after {WAIT_FOR_WORKERS} seconds, received {self.address!r}"
                raise ConfigError(
                    [Problem("hydra.launcher.address", what, "start some: dask worker <address>")]
                ) from None
            tasks = _DaskTasks(client)
            try:
                yield Engine(tasks, workers)
            finally:
                tasks.drop()


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
            future.set_exception(error)

    def drop(self) -> None:
        """Restart the workers that have anything: what a thread does cannot be ended."""
        if self.out:
            ours = {task.key for task in self.out}
            has = self.client.processing()
            self.client.cancel([*self.out])
            busy = [worker for worker, keys in has.items() if not ours.isdisjoint(keys)]
            self.client.restart_workers(busy, raise_for_error=False)


ENGINE = Dask
