"""The jobs of a chunk, from their overrides to written folders; Hydra's launcher is its shell."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NoReturn, TypeVar

from ..config.compose import Job
from ..config.jobs import check_jobs, folders
from ..errors import StorageError, refusal
from ..storage.guarded.links import before_writing
from ..storage.outcome import Outcome
from .chunk import chunk_of, train_chunk
from .endings import hydra_value
from .run import Trained, place_run, write_run
from .session import Session
from .shards.parcels import Parcel

Returned = TypeVar("Returned")


def launch(
    held: Session,
    overrides: Sequence[Sequence[str]],
    first: int,
    run_job: Callable[[Sequence[str], int, str, Callable[[Job], float]], Returned],
    done: Callable[[Sequence[str], float], Returned],
) -> list[Returned]:
    """Check jobs, train those that are to be done together, and write each when it is trained.

    Args:
        held: what the callback has begun.
        overrides: of each job.
        first: the number of the first one.
        run_job: (overrides, number, folder's name, what to do in the job) -> what Hydra returns.
        done: (overrides, score) -> the same of a job that Hydra does not run.

    Returns:
        What each job came to, in order, without those that `sweep.fail_fast` left out.

    Raises:
        ConfigError: with all that is wrong with the jobs; nothing is trained then.
    """
    assert held.sweep is not None and held.asked is not None
    sweep, jobs, names = held.sweep, held.asked.jobs, folders(held.asked.jobs, overrides, first)
    if sweep.ended:  # by a run of an earlier chunk
        return []
    held.line.say("making data")
    chunk = chunk_of(sweep, check_jobs(jobs, overrides), overrides, names)
    returns = {i: done(overrides[i], hydra_value(one)) for i, one in chunk.finished.items()}
    training = train_chunk(chunk, held.line, held.engine, jobs.run_overrides)
    with training as trainings, _libraries_frozen():
        for index, trained in trainings:
            writing, folder = _Writing(held, trained), chunk.folders[index]
            try:
                before_writing(sweep.folder / folder, below=sweep.folder)  # things change
                returns[index] = run_job(overrides[index], first + index, folder, writing)
            except Exception as error:
                if not writing.fail(error, folder):
                    raise
                returns[index] = done(overrides[index], hydra_value(writing.outcome))
            if sweep.settings.ended_by(writing.outcome):
                sweep.ended = True
                break
    returns |= {i: returns[same] for i, same in chunk.duplicates.items() if same in returns}
    return [returns[index] for index in sorted(returns)]


@contextmanager
def _libraries_frozen() -> Iterator[None]:
    """Keep what is there already out of garbage collection, TensorFlow's million objects above all.

    A full collection takes a third of a second with them, and folders bring several about.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _Writing:
    """What is done within a job: its training is written. outcome: what that came to."""

    def __init__(self, held: Session, trained: Trained | Parcel) -> None:
        self.held, self.trained = held, trained
        self.outcome = Outcome("failed")  # unless it is called, and comes to something else
        self.called = False

    def __call__(self, job: Job) -> float:
        told = not (self.held.quiet or self.held.line.covers_stdout)
        if isinstance(self.trained, Parcel):
            write = partial(place_run, *self.trained, job.folder, told)
        else:
            write = partial(write_run, self.trained, job.folder, job.overrides, told)
        self.called = True
        self.outcome = self.held.attempt(write)
        return hydra_value(self.outcome)

    def fail(self, error: Exception, folder: str) -> bool:
        """Whether it is the folder that is at fault, so that the other runs go on; tells why.

        What it came to, if it was called, has been told.
        """
        refused = refusal(error)
        told = error if refused is None else StorageError.of(refused, folder)
        if isinstance(told, StorageError) and not self.called:
            self.outcome = self.held.attempt(partial(_raise, told))
        return isinstance(told, StorageError)


def _raise(error: StorageError) -> NoReturn:
    raise error
