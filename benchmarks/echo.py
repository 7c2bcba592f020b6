"""What carrying a sweep costs the process that holds its folder: shards are answered at once.

Usage: python -m benchmarks.echo FILE TEMPLATE ARGUMENT...

Runs `run.py -m ARGUMENT...` with an engine that answers every shard with copies of one run that is
done, and writes to FILE, JSON, how many CPU seconds making those took. All else is the head's work:
checking the jobs, planning, checking what comes home, run folders, the comparison.
"""

from __future__ import annotations

import json
import pickle
import runpy
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT
from experiments.runner.engines import CARRIERS
from experiments.runner.shards.bootstrap import ANSWER
from experiments.runner.shards.engine import Engine, EngineSettings
from experiments.runner.shards.parcels import Asked, Order, Parcel, Parcels
from experiments.storage import files, run_folder
from experiments.storage.outcome import Outcome

from .process import ROOT

WORKERS = 4


class Copies:
    """An executor that trains nothing: each run is a copy of one that is done.

    template: the folder of that. seconds: CPU seconds that making the copies took.
    """

    def __init__(self, template: Path) -> None:
        status = run_folder.read_status(template)
        listed = {name: of for name, of in status["files"].items() if not name.startswith(".")}
        self.status = {**status, "files": listed}
        self.files = {name: (template / name).read_bytes() for name in listed}
        score = run_folder.score_of(self.files[run_folder.METRICS_FILE])
        self.outcome = Outcome(status["state"], score)
        self.seconds = 0.0

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        """Answer at once, as `worker.work` does through `bootstrap`."""
        started = time.thread_time()
        asked: Asked = pickle.loads(arguments[-1])
        parcels = [self._copy(order) for order in asked.orders if isinstance(order, Order)]
        future: Future[bytes] = Future()
        future.set_result(ANSWER + pickle.dumps(Parcels(parcels, "here"), protocol=5))
        self.seconds += time.thread_time() - started
        return future

    def _copy(self, order: Order) -> Parcel:
        """With bytes of its own, as from a worker."""
        own = {"config": order.config.tree(), "config_sha256": order.config.fingerprint()}
        sent = {name: bytes(bytearray(content)) for name, content in self.files.items()}
        sent[run_folder.STATUS] = files.json_text({**self.status, **own}).encode()
        return Parcel(sent, self.outcome)


def add_engine(template: Path) -> Copies:
    """Make `hydra/launcher=echo` known to this process."""
    from hydra_plugins.archlab.launcher import NODES

    copies = Copies(template)

    @dataclass(frozen=True, config=STRICT)
    class Echo(EngineSettings):
        @contextmanager
        def start(self) -> Iterator[Engine]:
            yield Engine(copies, lambda: WORKERS)

    CARRIERS["echo"] = Echo
    node = {**NODES["loky"], "engine": "echo", **asdict(Echo())}
    ConfigStore.instance().store("echo", node, group="hydra/launcher", provider="archlab")
    return copies


def main(file: str, template: str, arguments: list[str]) -> None:
    """Run, and write what the copies took."""
    copies = add_engine(Path(template))
    sys.argv = ["run.py", "-m", "hydra/launcher=echo", *arguments]
    try:
        runpy.run_path(str(ROOT / "run.py"), run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise
    Path(file).write_text(json.dumps(copies.seconds), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
