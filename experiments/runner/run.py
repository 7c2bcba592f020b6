"""One run, from the checked config to the finished folder."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from datasets import Dataset
from models import Fit, Task, fit
from models.libraries import load_keras
from models.network import adapted_rows
from models.prepare import compared_by

from .. import ctrl_c, terminal
from ..ahead import loading_ahead
from ..config.schema import Config
from ..errors import ConfigError, Problem, RunError, StorageError
from ..plots import picture_files
from ..record import About, Record
from ..scoring.summarize import check_agreement, summarise
from ..storage import files, model_file, run_folder
from ..storage.guarded.schemas import status_of
from ..storage.outcome import Outcome
from ..storage.provenance import device, versions
from ..task import prepare
from .notices import messages
from .notices.cautions import cautions

if TYPE_CHECKING:
    import keras


log = logging.getLogger(__name__)


class Trained(NamedTuple):
    """A training that is over: what it was made from, and its fit or the exception it raised."""

    config: Config
    dataset: Dataset
    task: Task
    fitted: Fit | Exception


def run(
    config: Config,
    folder: Path,
    overrides: Sequence[str],
    brief: bool = False,
    line: terminal.LiveLine | None = None,
) -> Outcome:
    """Train one config into a folder.

    Args:
        config: of the run.
        folder: where its files go; an earlier run of ours there is replaced.
        overrides: of the command line, from which the run is repeated.
        brief: whether the result is told in one line, as fits a sweep.
        line: says what is going on.

    Raises as `train_into` does.
    """
    record = train_into(config, folder, overrides, line)
    _tell(record, folder, brief)
    return Outcome(record.state, record.metrics.final.mean)


def train_into(
    config: Config,
    folder: Path,
    overrides: Sequence[str],
    line: terminal.LiveLine | None = None,
) -> Record:
    """Train one config into a folder, and print nothing; see `run`.

    Raises:
        ConfigError: for data that cannot be used.
        StorageError: where a file cannot be written.
        RunError: for anything else. The folder then says failed, or interrupted on Ctrl-C.
    """
    shown = line or terminal.LiveLine()
    shown.say("making data")
    try:
        return _into(config, folder, overrides, lambda: _train_alone(config, shown), shown)
    finally:
        shown.clear()
        if line is None:  # it is this run's own
            shown.close()


def write_run(trained: Trained, folder: Path, overrides: Sequence[str], told: bool) -> Outcome:
    """Write what was trained in the company of other runs into a folder; see `run`.

    told: whether its result is printed.
    """

    def logged() -> Trained:
        log.info(messages.announcement(trained.config, trained.task, trained.dataset.dropped))
        for caution in cautions(trained.dataset, trained.task):
            log.warning(caution)
        return trained

    record = _into(trained.config, folder, overrides, logged)
    if told:
        _tell(record, folder, brief=True)
    return Outcome(record.state, record.metrics.final.mean)


def place_run(sent: Mapping[str, bytes], outcome: Outcome, folder: Path, told: bool) -> Outcome:
    """Put a run that was trained and written elsewhere into its folder.

    Args:
        sent: the files of the folder that it was written to, whole.
        outcome: what it came to there.
        folder: its own.
        told: whether its result is printed.

    Raises:
        StorageError: where a file cannot be written.
        ArchlabError: what ended it there.
    """
    status = status_of(sent[run_folder.STATUS])
    about = run_folder.about_of(status)
    try:
        run_folder.start(folder, replace(about, error=None, seconds=None), picture_files())
    except OSError as error:
        raise StorageError.of(error, folder) from error
    with _outcome_marked(folder, about):
        run_folder.place_files(folder, sent)
        run_folder.finish(folder, about, status["state"], picture_files())
    if outcome.problems:
        raise (ConfigError if outcome.state == "refused" else RunError)(outcome.problems)
    if told:
        from ..report import scoreboard

        metrics = run_folder.metrics_of(sent[run_folder.METRICS_FILE])
        scoreboard.show_brief(about, metrics, folder)
    return outcome


def _into(
    config: Config,
    folder: Path,
    overrides: Sequence[str],
    training: Callable[[], Trained],
    line: terminal.LiveLine | None = None,
) -> Record:
    """Begin a folder, train, and write all that the run has to say; returns that."""
    started = time.perf_counter()
    about = About(
        config=config.tree(),
        config_sha256=config.fingerprint(),
        command=shlex.join(["python", "run.py", *overrides]),
        versions=versions(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    try:
        run_folder.start(folder, about, picture_files())
    except OSError as error:
        raise StorageError.of(error, folder) from error
    with _outcome_marked(folder, about):
        with terminal.native_noise_to(folder / "run.log"):
            trained = training()
            if line is not None:
                line.say("writing the folder")
            record, network = _summarise(about, trained)
            task = trained.task
            del trained  # the fit of many repeats is larger than what is written of it
            record = _write(folder, record, network, task)
        run_folder.finish(
            folder,
            replace(record.about, seconds=round(time.perf_counter() - started, 3)),
            record.state,
            picture_files(),
        )
    return record


def _train_alone(config: Config, line: terminal.LiveLine) -> Trained:
    """Announce and train."""
    dataset, task = prepare(config)
    announcement = messages.announcement(config, task, dataset.dropped)
    line.print(announcement)
    log.info(announcement)
    for caution in cautions(dataset, task):
        line.print(caution)
        log.warning(caution)
    load_tensorflow(line)
    work = line.work(0, task.repeats * task.epochs)
    with loading_ahead(task) as load:

        def compiled(programs: int, of: int) -> None:
            load()
            work.compile(programs, of)

        fitted = fit([task], work.advance, compiled)[0]
    return Trained(config, dataset, task, fitted)


def load_tensorflow(line: terminal.LiveLine) -> None:
    """Import what every network needs, and say so: it takes seconds."""
    line.say("loading TensorFlow")
    load_keras()


def _summarise(about: About, trained: Trained) -> tuple[Record, keras.Sequential]:
    """A training as a record and the network that it shows; raises what the training raised."""
    config, dataset, task, fitted = trained
    if isinstance(fitted, Exception):
        raise fitted
    log.info("trained in %.2f seconds", fitted.seconds)
    about = replace(
        about,
        label=f"{config.dataset.label}: {config.model.label}",
        data={"compared_by": compared_by(config, dataset)},
        versions={**about.versions, "device": device(in_numpy=config.model.precision == "float64")},
    )
    record, network = summarise(dataset, task, fitted, about)
    shown = record.about.shown_repeat
    own = task.of_repeat(task.numbers[shown])
    check_agreement(own, fitted.prediction_RxN[shown], network)
    return record, network


def _write(folder: Path, record: Record, network: Any, task: Task) -> Record:
    """Data, model, pictures, page. Returns the record with notes on pictures that went wrong."""
    from .. import report

    started = time.perf_counter()
    run_folder.write(folder, record)
    with files.replacing(folder / run_folder.MODEL_FILE) as path:
        model_file.save_network(network, path, adapted_rows(task))
    record = report.build_report(folder, record, network)
    log.info("folder written in %.2f seconds", time.perf_counter() - started)
    return record


@contextmanager
def _outcome_marked(folder: Path, about: About) -> Iterator[None]:
    """Whatever ends a run early is logged and marked in its folder before it goes on."""
    try:
        yield
    except BaseException as error:
        interrupted = ctrl_c.is_interrupt(error) or not isinstance(error, Exception)
        state = "interrupted" if interrupted else "failed"
        log.exception(state)
        text = (str(error) if state == "failed" else "") or type(error).__name__
        try:
            run_folder.finish(folder, replace(about, error=text), state, picture_files())
        except (OSError, StorageError):
            log.exception("the folder could not be marked")
        if isinstance(error, OSError):
            raise StorageError.of(error, folder) from error
        if not interrupted and not isinstance(error, ConfigError):
            fix = f"the traceback is in {folder / 'run.log'}"
            raise RunError([Problem(type(error).__name__, text, fix)]) from error
        raise


def _tell(record: Record, folder: Path, brief: bool) -> None:
    from ..report import scoreboard

    if brief:
        scoreboard.show_brief(record.about, record.metrics, folder)
    else:
        scoreboard.show_run(record, folder)
