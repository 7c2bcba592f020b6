"""`hydra/launcher=ray`: the nodes of a Ray cluster, or a small one of this machine's own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import field
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ...errors import ConfigError, Problem
from ..probes.addresses import check_address
from ..probes.libraries import library
from ..probes.ray_cluster import START_ONE, check_cluster, use_token
from ..shards.engine import Engine, EngineLostError, EngineSettings

# Ray ends its own process after a minute without its head, and its client gives up after half of
# one; a sweep is to outlive a cut network, and to end itself, in a line.
OUTLIVE = {
    "RAY_gcs_rpc_server_reconnect_timeout_s": "600",
    "RAY_CLIENT_RECONNECT_GRACE_PERIOD": "120",
}


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

    def check(self) -> None:
        """See that a cluster answers, and lets us in."""
        for name, value in OUTLIVE.items():
            os.environ.setdefault(name, value)
        if self.address:
            use_token()
        library("ray", "ray[client]")
        try:
            library("ray.runtime_env", "ray[client]").RuntimeEnv(**self.runtime_env)
        except (TypeError, ValueError) as error:
            what = f"cannot be used, received {self.runtime_env} ({error})"
            fix = "write it as ray.init takes it"
            raise ConfigError([Problem("hydra.launcher.runtime_env", what, fix)]) from None
        if self.address:
            check_address(self.address, START_ONE)
            check_cluster(self.address)

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Connect, or start a cluster."""
        self.check()
        ray = library("ray", "ray[client]")
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
            what = f"cannot be joined, received {self.address!r} ({error})"
            fix = "have the same Python and Ray on all nodes and here; `ray status` there says more"
            raise ConfigError([Problem("hydra.launcher.address", what, fix)]) from None
        tasks = _RayTasks(ray)
        try:
            yield Engine(
                tasks,
                lambda: int(ray.cluster_resources().get("CPU", 0)),
                busy=lambda: _has_work(ray),
                name="Ray",
                address=self.address,
                restart="see `ray status` on its first machine" if self.address else "",
            )
        except EngineLostError:
            tasks.out.clear()
            raise
        finally:
            tasks.drop()
            ray.shutdown()


def _has_work(ray: Any) -> bool:
    """Whether any core of the cluster is taken."""
    return bool(ray.available_resources().get("CPU", 0) < ray.cluster_resources().get("CPU", 0))


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
