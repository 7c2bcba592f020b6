"""What happens on a worker: the runs of a shard are trained, written aside, and sent back whole."""

from __future__ import annotations

import faulthandler
import logging
import os
import pickle
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from models import Fit, fit_each
from models.libraries import THREADS, load_keras

from ...errors import ArchlabError, Problem
from ...storage import run_folder
from ...storage.outcome import Outcome
from ...storage.provenance import versions
from ..run import Trained, write_run
from .leftovers import clear_leftovers, own_folder
from .parcels import Asked, FitOrder, NoMemory, Other, Parcel, Parcels

# A worker is given up after so many times what its shard should take, and no sooner than after so
# many seconds: compiling, and cores that others use too.
PATIENCE, LEAST_PATIENCE = 20.0, 300.0
_NOTED = logging.getLogger(__name__)
FORMAT = "[%(asctime)s][%(name)s][%(levelname)s] - %(message)s"  # as Hydra's job_logging has it
_alone = Lock()  # a worker with several threads trains one shard at a time


def what_must_be_equal() -> dict[str, str]:
    """By name, what moves a number: code, Python, libraries and the processor."""
    found = versions()
    return {name: found[name] for name in found if name not in ("archlab", "hydra-core")}


def work(order: bytes) -> bytes:
    """Train and write the runs of a shard.

    Takes Asked, pickled; answers Parcels, Other or NoMemory.
    """
    asked: Asked = pickle.loads(order)  # noqa: S301, from who started this process
    where = f"{platform.node()}:{os.getpid()}"
    differing = _differing(asked)
    if differing and not asked.mixed:
        return pickle.dumps(Other(where, differing), protocol=5)
    clear_leftovers()
    with _alone, own_folder() as scratch, _given_up_after(asked.seconds, scratch):
        try:
            return pickle.dumps(Parcels(_parcels(asked, scratch, where), where), protocol=5)
        except Exception as error:
            if not _is_of_memory(error):
                raise
            return pickle.dumps(
                NoMemory(where, f"{type(error).__name__} {error}"[:300]), protocol=5
            )


def _is_of_memory(error: BaseException | None) -> bool:
    """Whether Python or TensorFlow had too little memory."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def _differing(asked: Asked) -> list[tuple[str, str, str]]:
    here = what_must_be_equal()
    return [
        (name, here.get(name, "nothing"), theirs)
        for name, theirs in asked.same.items()
        if here.get(name) != theirs
    ]


def _parcels(asked: Asked, scratch: Path, where: str) -> list[Parcel | Fit | Exception]:
    os.environ[THREADS] = str(asked.threads)  # a process that has TensorFlow already had the same
    load_keras()
    found: dict[int, Parcel | Fit | Exception] = {}
    tasks = [order.task for order in asked.orders]
    first = asked.orders[0]
    members = first.members if isinstance(first, FitOrder) else None
    for number, fitted in fit_each(tasks, lambda epochs: None, members):
        order = asked.orders[number]
        if isinstance(fitted, Exception) and _is_of_memory(fitted):
            raise fitted  # other runs of its program may have taken it
        if isinstance(order, FitOrder):
            found[number] = fitted
            continue
        trained = Trained(order.config, order.dataset, order.task, fitted)
        folder = scratch / order.folder
        with _logged_to(folder / run_folder.LOG):
            _NOTED.info("trained by %s", where)
            for difference in _differing(asked):
                _NOTED.warning("%s is %s here, and %s where the sweep began", *difference)
            outcome = _attempt(trained, folder, order.overrides)
        problems = [
            Problem(*(part.replace(str(scratch), asked.at) for part in one))
            for one in outcome.problems
        ]
        outcome = Outcome(outcome.state, outcome.score, tuple(problems))
        found[number] = Parcel(_files(folder), outcome)
        shutil.rmtree(folder)
    return [found[number] for number in range(len(asked.orders))]


def _attempt(trained: Trained, folder: Path, overrides: Sequence[str]) -> Outcome:
    try:
        return write_run(trained, folder, overrides, told=False)
    except ArchlabError as error:
        if error.state == "not stored":
            raise  # this worker's disk is full; another one may have room
        if _is_of_memory(error.__cause__):
            raise MemoryError(str(error.__cause__)) from error
        return Outcome.of(error)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def _given_up_after(seconds: float, scratch: Path) -> Iterator[None]:
    """End the process where a shard takes much too long: no thread of Python's is asked."""
    with (scratch / "hanging").open("w") as traceback:
        limit = max(LEAST_PATIENCE, PATIENCE * seconds)
        faulthandler.dump_traceback_later(limit, exit=True, file=traceback)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


@contextmanager
def _logged_to(path: Path) -> Iterator[None]:
    """Have what is logged written to a file, as Hydra does for a run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
