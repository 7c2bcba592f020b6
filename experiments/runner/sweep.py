"""A sweep: its runs trained together, what is done left alone, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from datasets import Dataset
from models import Task, fit_each
from models.prepare import Known

from .. import record, report, terminal, text
from ..config.schema import Config, SweepSettings
from ..errors import EXIT_DONE, EXIT_FAILED, ConfigError, Problem, StorageError
from ..record import Planned
from ..report.scoreboard import show
from ..storage import run_folder, sweep_folder
from ..storage.read_runs import Run, read_run
from ..task import prepare
from . import messages
from .purposes import PURPOSES
from .run import Trained
from .staged import Settling, standing, train_in_stages

LOG = "sweep.log"


@dataclass(eq=False)
class Sweep:
    """A sweep that this process holds.

    changed: whether it has come to anything new. stopped: whether sweep.fail_fast has ended it.
    purposes: the checked sections that say what it is made for, see `purposes`.
    """

    folder: Path
    settings: SweepSettings
    command: str
    lock: FileLock
    changed: bool = False
    stopped: bool = False
    purposes: dict[str, Any] = field(default_factory=dict)

    def admit(
        self,
        configs: Sequence[Config],
        overrides: Sequence[Sequence[str]],
        named: Sequence[str] | None,
        extend: bool,
    ) -> list[str]:
        """Make runs part of the sweep; returns the folder of each, see `manifest.admit`."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        settings = self.settings
        runs = tuple(
            Planned("", tuple(texts), config.fingerprint())
            for texts, config in zip(overrides, configs, strict=True)
        )
        asked = record.Sweep(
            settings.name, self.command, started, runs, settings.margin, settings.stages
        )
        held = sweep_folder.admit(self.folder, asked, extend, named)
        folders = {run.config_sha256: run.folder for run in held.runs}
        return [folders[run.config_sha256] for run in runs]


@dataclass(frozen=True, eq=False)
class Batch:
    """Runs that are launched together, some of them done before.

    configs: of all. scores: of those that are done, by place. todo: the places to train. same: the
    place of a run that is another one's double, to that one's place.
    """

    sweep: Sweep
    folders: list[str]
    configs: Sequence[Config]
    prepared: list[tuple[Dataset, Task]]
    scores: dict[int, float] = field(default_factory=dict)
    todo: list[int] = field(default_factory=list)
    same: dict[int, int] = field(default_factory=dict)


@contextmanager
def begin(folder: Path, settings: SweepSettings, command: str, goes_on: bool) -> Iterator[Sweep]:
    """Hold a folder for a sweep, and give it back should the block fail.

    Raises StorageError where another live sweep holds it, and ConfigError where a sweep is there
    already and the launcher cannot go on with it.
    """
    if not goes_on and (
        (folder / sweep_folder.SWEEP).exists() or any(folder.glob("*/status.json"))
    ):
        what = f"{folder} holds a sweep already, received another launcher than stacked"
        fix = "choose another sweep.name, or leave hydra/launcher out to go on with that sweep"
        raise ConfigError([Problem("sweep.name", what, fix)])
    lock = sweep_folder.claim(folder, command)
    try:
        yield Sweep(folder, settings, command, lock)
    except BaseException:
        sweep_folder.release(folder, lock)
        raise


def batch(
    sweep: Sweep,
    configs: Sequence[Config],
    overrides: Sequence[Sequence[str]],
    named: Sequence[str] | None,
) -> Batch:
    """See which of these runs are done and which are doubles.

    Raises ConfigError with all that is wrong with the data.
    """
    prepared = _prepare(configs)
    folders = sweep.admit(configs, overrides, named, extend=True)
    found = Batch(sweep, folders, configs, prepared)
    hashes = {id(dataset): dataset.fingerprint() for dataset, _ in prepared}

    def score(place: int) -> float | None:
        dataset, _ = prepared[place]
        at = sweep.folder / folders[place]
        return sweep_folder.score(at, configs[place].fingerprint(), hashes[id(dataset)])

    first = {name: place for place, name in reversed(list(enumerate(folders)))}
    with ThreadPoolExecutor() as pool:
        scores = dict(zip(first.values(), pool.map(score, first.values()), strict=True))
    for place, name in enumerate(folders):
        known = scores.get(first[name])
        if first[name] != place:
            found.same[place] = first[name]
        elif known is None:
            found.todo.append(place)
        else:
            found.scores[place] = known
    return found


@contextmanager
def train(runs: Batch) -> Iterator[Iterator[tuple[int, Trained]]]:
    """Train what is to be done: yields an iterator of (place, training), as each is done.

    A run counts as written when the next one is asked for; the rest trains meanwhile. After a first
    Ctrl-C what is trained is still given out, then KeyboardInterrupt is raised; a second one raises
    it at once.
    """
    settling = runs.sweep.settings.stages
    if not (runs.todo or (settling and _unclear(runs))):
        yield iter(())
        return
    runs.sweep.changed = True
    tasks = [runs.prepared[place][1] for place in runs.todo]
    epochs = 0 if settling else sum(task.repeats * task.epochs for task in tasks)
    with (
        terminal.native_noise_to(runs.sweep.folder / LOG) as console,
        redirect_stderr(console.file),  # what is said of a run that fails is for people
        terminal.sweep_progress(console, len(tasks), epochs) as bar,
        terminal.first_interrupt(console) as stopping,
    ):

        def advance(epochs: int) -> None:
            if stopping.is_set():
                raise KeyboardInterrupt
            bar.advance(epochs)

        def trainings() -> Iterator[tuple[int, Trained]]:
            for place, trained in fits:
                bar.count("trained")
                yield place, trained
                bar.count("written")

        def expect(runs_: int, epochs: int) -> None:
            bar.expect(runs_, epochs)
            epochs_ = text.count(epochs, "epoch")
            console.print(f"{text.count(runs_, 'run')} with more repeats: {epochs_}")

        if settling:
            source = _in_stages(runs, advance, expect)
            console.print(messages.stages_announcement(tasks, len(runs.scores), settling))
        else:
            source = _at_once(runs, advance)
            console.print(messages.sweep_announcement(tasks, len(runs.scores)))
        with closing(source) as fits:
            yield trainings()
        if stopping.is_set():  # all was trained already: the next batch is not begun
            raise KeyboardInterrupt


def _at_once(runs: Batch, advance: Callable[[int], None]) -> Generator[tuple[int, Trained]]:
    """Every run with the repeats that it asks for."""
    tasks = [runs.prepared[place][1] for place in runs.todo]
    with closing(fit_each(tasks, advance)) as fits:
        for number, fitted in fits:
            place = runs.todo[number]
            yield place, Trained(*runs.prepared[place], fitted)


def _in_stages(
    runs: Batch, advance: Callable[[int], None], expect: Callable[[int, int], None]
) -> Generator[tuple[int, Trained]]:
    """Runs with as many repeats as it takes, see `staged`."""
    settings = runs.sweep.settings
    asked = Settling(settings.stages, settings.margin)
    configs = {place: runs.configs[place] for place in (*runs.todo, *runs.scores)}
    yield from train_in_stages(configs, _done(runs), asked, advance, expect)


def _done(runs: Batch) -> dict[int, Run]:
    """What the folders of the runs hold that are done already, by place."""
    folder = runs.sweep.folder
    return {place: read_run(folder / runs.folders[place], folder) for place in runs.scores}


def _unclear(runs: Batch) -> bool:
    """Whether any run that is done could use more repeats."""
    settings = runs.sweep.settings
    return bool(standing(_done(runs), settings.stages, settings.margin).wanted)


def _prepare(configs: Sequence[Config]) -> list[tuple[Dataset, Task]]:
    """Dataset and task of each run; runs on the same data share its arrays."""
    known: Known = {}
    prepared: list[tuple[Dataset, Task]] = []
    problems: dict[Problem, None] = {}
    for config in configs:
        try:
            prepared.append(prepare(config, known))
        except ConfigError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ConfigError(problems)
    return prepared


def conclude(sweep: Sweep) -> int:
    """Write the comparison, print it best first with all failures, and return the exit code.

    Runs that a stopped process left as running are marked interrupted first: nothing trains here
    any more. A sweep that had nothing left to do keeps its page. Gives the folder back.
    """
    try:
        code = _conclude(sweep)
        endings = [
            PURPOSES[name].conclude(sweep.folder, spec) for name, spec in sweep.purposes.items()
        ]
        return max([code, *endings])
    except OSError as error:
        raise StorageError.of(error, sweep.folder) from error
    finally:
        sweep_folder.release(sweep.folder, sweep.lock)


def _conclude(sweep: Sweep) -> int:
    held, page = sweep_folder.read_sweep(sweep.folder), sweep.folder / report.COMPARISON
    if held and not sweep.changed and _up_to_date(sweep.folder, held):
        states = {run_folder.state(sweep.folder / run.folder, only=()) for run in held.runs}
        terminal.console().print(f"{len(held.runs)} runs, nothing was missing\nreport: {page}")
        return _code(sweep, states)
    for path in sweep.folder.rglob(run_folder.STATUS):
        _mark_interrupted(path.parent)
    comparison = report.compare(sweep.folder)
    show(comparison, page)
    return _code(sweep, {row.state for row in comparison.rows})


def _code(sweep: Sweep, states: set[str]) -> int:
    """The exit code that the states of a sweep's runs come to."""
    if any(PURPOSES[name].may_diverge for name in sweep.purposes):
        states = {"done" if state == "diverged" else state for state in states}
    return EXIT_DONE if states == {"done"} else EXIT_FAILED


def _up_to_date(folder: Path, held: record.Sweep) -> bool:
    """Whether the comparison is younger than every run of the sweep."""
    written = [folder / name for name in (report.COMPARISON, report.RESULTS)]
    if not all((folder / name).exists() for name in report.PARTS):
        return False
    sources = [
        folder / sweep_folder.SWEEP,
        *(folder / r.folder / run_folder.STATUS for r in held.runs),
    ]
    if not all(path.exists() for path in (*written, *sources)):
        return False
    youngest = max(path.stat().st_mtime_ns for path in sources)
    return min(path.stat().st_mtime_ns for path in written) > youngest


def _mark_interrupted(folder: Path) -> None:
    try:
        about = run_folder.read_about(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return
    if run_folder.state(folder, only=()) == "running":
        run_folder.finish(folder, about, "interrupted", report.pictures())
