"""`hydra/launcher=submitit`: jobs of Slurm, or processes of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import field
from threading import Event
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ..shards.engine import Engine, EngineSettings
from ..shards.libraries import library

BETWEEN_LOOKS = 0.5  # seconds between two looks at a job
JOBS = 16  # that are with Slurm at once unless more are asked for


@dataclass(frozen=True, config=STRICT)
class Submitit(EngineSettings):
    """A shard is a job.

    executor: `slurm` or `local`; slurm where there is one, without. folder: where submitit keeps
    what goes to a job and comes from it; all nodes must see it. parameters: of the jobs, as
    submitit's `update_parameters` takes them, such as `slurm_partition`.
    """

    executor: Annotated[Literal["slurm", "local"] | None, Field(examples=["slurm"])] = None
    folder: Annotated[str, Field(min_length=1, examples=["outputs/jobs"])] = "outputs/jobs"
    parameters: Annotated[dict[str, Any], Field(examples=["{slurm_partition: cpu}"])] = field(
        default_factory=dict
    )

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Jobs begin as they are needed; left by an exception those that are out are cancelled."""
        submitit = library("submitit", "submitit")
        jobs = submitit.AutoExecutor(folder=self.folder, cluster=self.executor)
        jobs.update_parameters(**{"timeout_min": 24 * 60, **self.parameters})
        count = self.workers or JOBS
        pool = _Jobs(jobs, count)
        finished = False
        try:
            yield Engine(pool, lambda: count)
            finished = True
        finally:
            pool.close(cancel=not finished)


class _Jobs:
    """submitit's jobs as an executor's: a thread follows each."""

    def __init__(self, jobs: Any, count: int) -> None:
        self.jobs, self.threads, self.cancelled = jobs, ThreadPoolExecutor(count), Event()

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        return self.threads.submit(self._follow, function, *arguments)

    def _follow(self, function: Callable[..., bytes], *arguments: Any) -> bytes:
        job = self.jobs.submit(function, *arguments)
        while not job.done():
            if self.cancelled.wait(BETWEEN_LOOKS):
                job.cancel()
                break
        answer: bytes = job.result()
        return answer

    def close(self, cancel: bool) -> None:
        if cancel:
            self.cancelled.set()
        self.threads.shutdown(wait=True, cancel_futures=True)


ENGINE = Submitit
