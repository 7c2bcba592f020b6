"""`hydra/launcher=loky`: processes of this machine."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ..shards.engine import Engine, EngineSettings

IDLE = 600  # seconds after which a process that has nothing to do ends


@dataclass(frozen=True, config=STRICT)
class Loky(EngineSettings):
    """As many processes as are asked for, one a core without."""

    @contextmanager
    def start(self) -> Iterator[Engine]:
        """Processes start as they are needed."""
        from joblib.externals.loky import cpu_count

        count = self.workers or cpu_count()
        pool = _Pool(count, max(1, cpu_count() // count))
        finished = False
        try:
            yield Engine(pool, lambda: count)
            finished = True
        finally:
            pool.current().shutdown(wait=finished, kill_workers=not finished)


class _Pool:
    """loky's pool breaks as a whole when a process dies: a submit may have to make a new one."""

    def __init__(self, count: int, cores: int) -> None:
        self.count = count
        self.environment = {"OMP_NUM_THREADS": str(cores)}

    def current(self) -> Any:
        from joblib.externals.loky import get_reusable_executor

        return get_reusable_executor(
            max_workers=self.count,
            timeout=IDLE,
            env=self.environment,
            # Ctrl-C is for the process that has the terminal.
            initializer=signal.signal,
            initargs=(signal.SIGINT, signal.SIG_IGN),
        )

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        future: Future[bytes] = self.current().submit(function, *arguments)
        return future


ENGINE = Loky
