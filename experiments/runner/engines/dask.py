"""`hydra/launcher=dask`: the workers of a Dask cluster, or a small one of this machine's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ...errors import ConfigError, Problem
from ..shards.engine import Engine, EngineSettings
from ..shards.libraries import library

WAIT = 60  # seconds for the first worker


@dataclass(frozen=True, config=STRICT)
class Dask(EngineSettings):
    """address: of the scheduler, such as `tcp://head:8786`; without, processes of this machine."""

    address: Annotated[str | None, Field(examples=["tcp://head:8786"])] = None

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Connect, and wait for a worker."""
        distributed = library("distributed", "distributed")
        own = {"n_workers": self.workers, "threads_per_worker": 1, "dashboard_address": None}
        try:
            client = distributed.Client(**({"address": self.address} if self.address else own))
        except OSError as error:
            what = f"has no scheduler that answers, received {self.address!r} ({error})"
            raise ConfigError(
                [Problem("hydra.launcher.address", what, "start one: dask scheduler")]
            ) from None

        def workers() -> int:
            return len(client.scheduler_info(n_workers=-1)["workers"])

        with client:
            try:
                client.wait_for_workers(1, timeout=WAIT)
            except TimeoutError:
                what = f"has no worker after {WAIT} seconds, received {self.address!r}"
                raise ConfigError(
                    [Problem("hydra.launcher.address", what, "start some: dask worker <address>")]
                ) from None
            yield Engine(client.get_executor(pure=False, retries=0), workers)


ENGINE = Dask
