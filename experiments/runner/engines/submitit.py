"""`hydra/launcher=submitit`: jobs of Slurm, or processes of this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory, mkdtemp
from threading import Event
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ...errors import ConfigError, Problem
from ..probes.libraries import library
from ..shards.engine import Engine, EngineSettings

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

    def check(self) -> None:
        """See that Slurm is here, takes these parameters, and has a folder."""
        with TemporaryDirectory() as place:
            self._jobs(place)
        try:
            Path(self.folder).mkdir(parents=True, exist_ok=True)
            TemporaryDirectory(dir=self.folder).cleanup()
        except OSError as error:
            what = f"cannot be written, received {self.folder!r} ({error.strerror})"
            fix = "choose a folder that all nodes see"
            raise ConfigError([Problem("hydra.launcher.folder", what, fix)]) from None

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Jobs begin as they are needed."""
        self.check()
        # A folder of its own: jobs of this machine are known by numbers that come again.
        jobs = self._jobs(mkdtemp(prefix="sweep-", dir=self.folder))
        count = self.workers or JOBS
        pool = _Jobs(jobs, count)
        try:
            yield Engine(pool, lambda: count, anew=True, name=jobs.cluster)
        finally:
            pool.drop()

    def _jobs(self, folder: str) -> Any:
        """What hands jobs over; raises ConfigError where it cannot."""
        submitit = library("submitit", "submitit")
        if self.executor == "slurm" and not which("sbatch"):
            what = "is slurm, which is not here (no command sbatch), received slurm"
            fix = "start the sweep on a login node, or set hydra.launcher.executor=local"
            raise ConfigError([Problem("hydra.launcher.executor", what, fix)])
        jobs = submitit.AutoExecutor(folder, self.executor)
        try:
            jobs.update_parameters(**{"timeout_min": 24 * 60, **self.parameters})
        except (NameError, TypeError, ValueError) as error:
            what = f"cannot be used, received {self.parameters} ({error})"
            fix = "name them as submitit's update_parameters does"
            raise ConfigError([Problem("hydra.launcher.parameters", what, fix)]) from None
        return jobs


class _Jobs:
    """submitit's jobs as an executor's: a thread follows each."""

    def __init__(self, jobs: Any, count: int) -> None:
        self.jobs, self.dropped = jobs, Event()
        self.threads = ThreadPoolExecutor(count, initializer=_leave_interrupts)

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        return self.threads.submit(self._follow, function, *arguments)

    def _follow(self, function: Callable[..., bytes], *arguments: Any) -> bytes:
        job = self.jobs.submit(_mortal(), function, *arguments)
        try:
            while not job.done():
                if self.dropped.wait(BETWEEN_LOOKS):
                    self._cancel(job)
            answer: bytes = job.result()
        finally:
            for path in (job.paths.submitted_pickle, job.paths.result_pickle):
                path.unlink(missing_ok=True)
        return answer

    def _cancel(self, job: Any) -> None:
        if self.jobs.cluster == "local":
            os.kill(int(job.job_id), signal.SIGTERM)  # it hears no SIGINT, which submitit sends
            time.sleep(BETWEEN_LOOKS)
        else:
            job.cancel()

    def drop(self) -> None:
        """Have nothing go on running."""
        self.dropped.set()
        self.threads.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Have Ctrl-C reach neither this thread nor the processes that it starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _mortal() -> Callable[..., bytes]:
    """Calls a function in a job that ends when it is told to, which submitit's do not."""

    def call(function: Callable[..., bytes], *arguments: Any) -> bytes:
        import signal

        for number in (signal.SIGTERM, signal.SIGUSR2):
            signal.signal(number, signal.SIG_DFL)
        return function(*arguments)

    return call


ENGINE = Submitit
