"""`hydra/launcher=ray`: the nodes of a Ray cluster, or a small one of this machine's own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import field
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ...errors import ConfigError, Problem
from ..shards.addresses import check_address
from ..shards.engine import Engine, EngineSettings
from ..shards.libraries import library

START_ONE = "start one: ray start --head"


@dataclass(frozen=True, config=STRICT)
class Ray(EngineSettings):
    """A worker is a core of the cluster.

    address: of the head, such as `ray://head:10001`, or `auto` on one of its nodes; without, a
    cluster of this machine's own. runtime_env: as `ray.init` takes it.
    """

    address: Annotated[str | None, Field(examples=["ray://head:10001"])] = None
    runtime_env: Annotated[dict[str, Any], Field(examples=["{pip: [tensorflow]}"])] = field(
        default_factory=dict
    )

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Connect, or start a cluster."""
        ray = library("ray", "ray[client]")
        if self.address:
            check_address(self.address, START_ONE)
        own = {} if self.address else {"num_cpus": self.workers, "include_dashboard": False}
        try:
            ray.init(
                address=self.address or "local",  # or Ray takes any cluster that it finds here
                runtime_env=self.runtime_env or None,
                log_to_driver=False,
                logging_level=logging.ERROR,
                **own,
            )
        except (OSError, ValueError, RuntimeError) as error:
            what = f"has no cluster that answers, received {self.address!r} ({error})"
            raise ConfigError([Problem("hydra.launcher.address", what, START_ONE)]) from None
        tasks = _RayTasks(ray)
        try:
            yield Engine(tasks, lambda: int(ray.cluster_resources().get("CPU", 0)))
        finally:
            tasks.drop()
            ray.shutdown()


class _RayTasks:
    """Ray's tasks as an executor's."""

    def __init__(self, ray: Any) -> None:
        self.ray, self.out = ray, set[Any]()
        self.known: dict[Callable[..., bytes], Any] = {}

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        if function not in self.known:  # Ray sends each function that it is given
            self.known[function] = self.ray.remote(num_cpus=1, max_retries=0)(function)
        task = self.known[function].remote(*arguments)
        self.out.add(task)
        future: Future[bytes] = task.future()
        future.add_done_callback(lambda _: self.out.discard(task))
        return future

    def drop(self) -> None:
        """Have nothing go on running."""
        for task in [*self.out]:
            self.ray.cancel(task, force=True)


ENGINE = Ray
