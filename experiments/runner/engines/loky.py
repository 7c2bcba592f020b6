"""`hydra/launcher=loky`: processes of this machine."""

from __future__ import annotations

import warnings
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
        with warnings.catch_warnings():
            # Its shard goes out again, which is all that there is to say of a worker that stopped.
            warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
            try:
                yield Engine(pool, lambda: count, name="loky")
            finally:
                pool.current().shutdown(kill_workers=bool(pool.out))


class _Pool:
    """loky's pool breaks as a whole when a process dies: a submit may have to make a new one."""

    def __init__(self, count: int, cores: int) -> None:
        self.count, self.out = count, set[Future[bytes]]()
        self.begin = _begin_worker()
        self.environment = {"OMP_NUM_THREADS": str(cores)}

    def current(self) -> Any:
        from joblib.externals.loky import get_reusable_executor

        return get_reusable_executor(
            max_workers=self.count,
            timeout=IDLE,
            env=self.environment,
            initializer=self.begin,
        )

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        from joblib.externals.loky import BrokenProcessPool

        try:
            future: Future[bytes] = self.current().submit(function, *arguments)
        except BrokenProcessPool:  # since it was looked at
            future = self.current().submit(function, *arguments)
        self.out.add(future)
        future.add_done_callback(self.out.discard)
        return future


def _begin_worker() -> Callable[[], None]:
    """What a worker begins with: Ctrl-C is not for it, and it ends with the head."""

    def begin() -> None:
        import os
        import signal
        import threading
        import time

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        head = os.getppid()

        def watch() -> None:
            while os.getppid() == head:
                time.sleep(1)
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()

    return begin


ENGINE = Loky
