"""What a cell asks for, trained by the runner that the command line uses."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..config.compose import Job
from ..config.keywords import composed_run, composed_sweep
from ..config.schema import Config
from ..errors import StorageError
from ..runner.conclusion import conclude
from ..runner.launch import launch
from ..runner.openings import begin_sweep
from ..runner.run import train_into
from ..runner.session import Session, session
from ..storage import sweep_folder
from ..storage.run_folder import LOG
from ..task import prepare, refuse_unusable
from ..terminal.cell import line_for_python

LOG_FORMAT = "[%(asctime)s][%(name)s][%(levelname)s] %(message)s"
OUR_LOGGER = "experiments"  # the logger above all of archlab's
ONE_AT_A_TIME = threading.RLock()  # Hydra, loggers and signals are there once in a process


def train_sweep(texts: Sequence[str], told: Sequence[str]) -> tuple[Path, bool]:
    """Train what a sweep misses.

    Args:
        texts: overrides of the command line, those of its folder included.
        told: those that the pages tell, to repeat the sweep by.

    Returns:
        The sweep's folder, and whether Ctrl-C ended it early.

    Raises:
        ConfigError: with all that is wrong; nothing is trained then.
        StorageError: where the folder cannot be written, or another live sweep holds it.
    """
    with ONE_AT_A_TIME, _quiet_session() as held, composed_sweep(texts) as cfg:
        held.line.say("checking the config")
        begin_sweep(held, cfg, ["-m", *told], "grid", together=True)
        sweep, asked = held.sweep, held.asked
        assert sweep is not None
        assert asked is not None
        interrupted = False
        try:
            launch(
                held,
                asked.overrides,
                0,
                _JobFolders(sweep.folder, asked.jobs.run_overrides),
                _score,
            )
        except KeyboardInterrupt:
            interrupted = True
        finally:  # whatever ended it, the folder is given back
            conclude(sweep, held.line, told=False)
        return sweep.folder, interrupted


def train_one(texts: Sequence[str], folder: Path) -> None:
    """Train a single run into a folder, unless it holds that very run.

    Raises:
        ConfigError: with all that is wrong.
        StorageError: where the folder cannot be written.
        RunError: for anything else; the folder then says that it failed.
    """
    with ONE_AT_A_TIME:
        config = composed_run(texts)
        refuse_unusable([config])
        if _is_done(config, folder):
            return
        with _quiet_session() as held:
            folder.mkdir(parents=True, exist_ok=True)
            with _log_in(folder):
                train_into(config, folder, texts, held.line)


def _is_done(config: Config, folder: Path) -> bool:
    """Whether a folder holds this run, whole, of the same data and code."""
    if not folder.is_dir():
        return False
    data_sha256 = prepare(config)[0].fingerprint()
    return sweep_folder.finished(folder, config.fingerprint(), data_sha256) is not None


@contextmanager
def _quiet_session() -> Iterator[Session]:
    """A session that prints nothing on standard output."""
    with session(tracebacks=False) as held, _logging_kept():
        held.line, held.quiet = line_for_python(), True
        yield held


class _JobFolders:
    """What is done around each job of a sweep: its folder and its log."""

    def __init__(self, sweep: Path, in_folder: Callable[[Sequence[str]], list[str]]) -> None:
        self.sweep, self.in_folder = sweep.absolute(), in_folder

    def __call__(
        self, overrides: Sequence[str], number: int, name: str, task: Callable[[Job], float]
    ) -> float:
        """Write a run; an exception in it is one of the program."""
        folder = self.sweep / name
        folder.mkdir(parents=True, exist_ok=True)
        with _log_in(folder):
            return task(Job(number, folder, self.in_folder(overrides), in_sweep=True))


def _score(overrides: Sequence[str], score: float) -> float:
    """What a job comes to that was done before."""
    return score


@contextmanager
def _logging_kept() -> Iterator[None]:
    """The loggers that training sets are as they were afterwards; no other is touched."""
    loggers = [logging.getLogger(name) for name in (OUR_LOGGER, "tensorflow")]
    before = [(one, one.level, one.propagate) for one in loggers]
    try:
        yield
    finally:
        for one, level, propagates in before:
            one.setLevel(level)
            one.propagate = propagates


@contextmanager
def _log_in(folder: Path) -> Iterator[None]:
    """What archlab logs goes to the run's log, and nowhere else, while the block runs."""
    try:
        handler = logging.FileHandler(folder / LOG, encoding="utf-8")
    except OSError as error:
        raise StorageError.of(error, folder) from error
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    ours = logging.getLogger(OUR_LOGGER)
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    try:
        yield
    finally:
        ours.removeHandler(handler)
        handler.close()
