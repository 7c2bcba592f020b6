"""Runs that are launched together: which of them are done, and the training of the others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from datasets import Dataset
from models import Task, fit_each
from models.prepare import Known

from .. import terminal, text
from ..config.schema import Config
from ..errors import ConfigError, Problem
from ..storage import sweep_folder
from ..storage.guarded.links import before_writing
from ..storage.outcome import Outcome
from ..storage.read_runs import Run, read_run
from ..task import prepare
from .notices import cautions, messages
from .run import Trained, load_tensorflow
from .shards.parcels import Order, Parcel
from .staged import Means, Settling, standing, train_in_stages
from .sweep import LiveSweep

if TYPE_CHECKING:
    from .shards.elsewhere import Elsewhere
    from .shards.engine import EngineSettings

SWEEP_LOG = "sweep.log"
# That look at runs which are done: with more of them, taking turns with Python's lock takes longer
# than hashing, which needs no lock.
_HASHING_THREADS = 2
# The overrides of a job -> those that the folder of its run has.
InFolder = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Runs of a sweep that are launched together; elsewhere they go by their index in it.

    finished: what those came to that were done before. todo: those to train. duplicates: the index
    of a run that is asked for twice, to the index of the first.
    """

    sweep: LiveSweep
    folders: list[str]
    configs: Sequence[Config]
    overrides: Sequence[Sequence[str]]
    prepared: list[tuple[Dataset, Task]]
    finished: dict[int, Outcome] = field(default_factory=dict)
    todo: list[int] = field(default_factory=list)
    duplicates: dict[int, int] = field(default_factory=dict)


def chunk_of(
    sweep: LiveSweep,
    configs: Sequence[Config],
    overrides: Sequence[Sequence[str]],
    named: Sequence[str] | None,
) -> Chunk:
    """Make runs part of a sweep, and see which of them are done and which are duplicates.

    Args:
        sweep: the one that they are part of.
        configs: of each run.
        overrides: of each run.
        named: their folders, None where these have no names of a person's own.

    Raises:
        ConfigError: with all that is wrong with the data.
        LinkError: where a symbolic link lies in the folder of a run that is yet to be done.
    """
    prepared = _prepare(configs)
    folders = sweep.add_runs(configs, overrides, named, extend=True)
    found = Chunk(sweep, folders, configs, overrides, prepared)
    distinct = {id(dataset): dataset for dataset, _ in prepared}  # most runs share theirs
    hashes = {number: dataset.fingerprint() for number, dataset in distinct.items()}

    def finished(index: int) -> Outcome | None:
        dataset, _ = prepared[index]
        folder = sweep.folder / folders[index]
        return sweep_folder.finished(folder, configs[index].fingerprint(), hashes[id(dataset)])

    first = {name: index for index, name in reversed(list(enumerate(folders)))}
    with ThreadPoolExecutor(_HASHING_THREADS) as pool:
        known = dict(zip(first.values(), pool.map(finished, first.values()), strict=True))
    for index, name in enumerate(folders):
        outcome = known.get(index)
        if first[name] != index:
            found.duplicates[index] = first[name]
        elif outcome is None:
            found.todo.append(index)
        else:
            found.finished[index] = outcome
            sweep.found[name] = outcome.state
    for index in found.todo:  # Hydra, logs and pictures write there
        before_writing(sweep.folder / folders[index], below=sweep.folder)
    return found


def _prepare(configs: Sequence[Config]) -> list[tuple[Dataset, Task]]:
    """Dataset and task of each run; runs on the same data share its arrays."""
    known = Known()
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


@contextmanager
def train_chunk(
    runs: Chunk,
    line: terminal.LiveLine,
    settings: EngineSettings | None = None,
    in_folder: InFolder = list,
) -> Iterator[Iterator[tuple[int, Trained | Parcel]]]:
    """Train what is to be done: yields an iterator of (index, training), as each is done.

    Args:
        runs: of the sweep.
        line: says how far it is.
        settings: of the engine whose workers train and write; what comes back then is parcels.
        in_folder: the overrides of a run as its folder has them, from those of its job.

    A run counts as written when the next one is asked for; the rest trains meanwhile. After a first
    Ctrl-C what is trained is still given out, then KeyboardInterrupt is raised; a second one raises
    it at once. The line says how far it is.
    """
    stages = runs.sweep.settings.stages
    if not (runs.todo or (stages and _unclear(runs))):
        yield iter(())
        return
    runs.sweep.changed = True
    tasks = [runs.prepared[index][1] for index in runs.todo]
    epochs = 0 if stages else sum(task.repeats * task.epochs for task in tasks)
    with (
        terminal.native_noise_to(runs.sweep.folder / SWEEP_LOG),
        redirect_stderr(line.file),  # what is told of a run that fails is for people
        terminal.first_interrupt(line) as stopping,
    ):
        line.print(_announcement(runs, tasks))
        for caution in cautions.of_sweep(runs.prepared[index] for index in runs.todo):
            line.print(caution)
        if settings is None:
            load_tensorflow(line)
        told = _Progress(line, line.work(len(tasks), epochs), stopping)
        with (
            _elsewhere(runs, settings, told) as elsewhere,
            closing(_trainings(runs, told, elsewhere, in_folder)) as trainings,
        ):
            yield _counted(trainings, told.work)
        if stopping.is_set():  # all was trained already: the next chunk is not begun
            raise KeyboardInterrupt


class _Progress(NamedTuple):
    """What is told of the training, and whether it is to stop."""

    line: terminal.LiveLine
    work: terminal.Work
    stopping: Event

    def advance(self, epochs: int) -> None:
        """So many epochs are finished; raises KeyboardInterrupt where the training is to stop."""
        if self.stopping.is_set():
            raise KeyboardInterrupt
        self.work.advance(epochs)

    def expect(self, runs: int, epochs: int) -> None:
        """A stage begins."""
        self.work.expect(epochs)
        of = text.count(epochs, "epoch")
        self.line.print(f"{text.count(runs, 'run')} with more repeats: {of}")


def _announcement(runs: Chunk, tasks: Sequence[Task]) -> str:
    stages = runs.sweep.settings.stages
    if stages:
        return messages.stages_announcement(tasks, len(runs.finished), stages)
    return messages.sweep_announcement(tasks, len(runs.finished))


@contextmanager
def _elsewhere(
    runs: Chunk, settings: EngineSettings | None, told: _Progress
) -> Iterator[Elsewhere | None]:
    """The workers of an engine, up while the block runs; None where this process trains."""
    if settings is None:
        yield None
        return
    from .shards.elsewhere import Elsewhere
    from .shards.leftovers import clear_leftovers

    with settings.start() as engine:
        at = runs.sweep.folder
        if engine.address:
            told.line.print(engine.connected(settings.workers))
        yield Elsewhere(engine, settings, at, told.stopping.is_set, told.work.carry)
    clear_leftovers()  # of workers on this machine that were killed


def _trainings(
    runs: Chunk, told: _Progress, elsewhere: Elsewhere | None, in_folder: InFolder
) -> Generator[tuple[int, Trained | Parcel]]:
    """What trains the runs: this process or workers, all repeats at once or in stages."""
    if runs.sweep.settings.stages:
        fit = fit_each if elsewhere is None else elsewhere.fit_each
        advance = told.advance if elsewhere is None else told.work.advance
        return _in_stages(runs, Means(fit, advance, told.expect))
    if elsewhere is None:
        return _at_once(runs, told.advance, told.work.compile)
    return _carried(runs, elsewhere, in_folder, told.work.advance)


def _counted(
    trainings: Iterator[tuple[int, Trained | Parcel]], work: terminal.Work
) -> Iterator[tuple[int, Trained | Parcel]]:
    """The same trainings; the line counts each."""
    for index, trained in trainings:
        work.count("trained")
        yield index, trained
        work.count("written")


def _at_once(
    runs: Chunk, advance: Callable[[int], None], compiled: Callable[[int, int], None]
) -> Generator[tuple[int, Trained]]:
    """Every run with the repeats that it asks for."""
    tasks = [runs.prepared[index][1] for index in runs.todo]
    with closing(fit_each(tasks, advance, on_programs=compiled)) as fits:
        for number, fitted in fits:
            index = runs.todo[number]
            yield index, Trained(runs.configs[index], *runs.prepared[index], fitted)


def _carried(
    runs: Chunk,
    elsewhere: Elsewhere,
    in_folder: InFolder,
    advance: Callable[[int], None],
) -> Generator[tuple[int, Trained | Parcel]]:
    """The same, trained and written by workers."""
    orders = [
        Order(
            runs.configs[index],
            in_folder(runs.overrides[index]),
            *runs.prepared[index],
            runs.folders[index],
        )
        for index in runs.todo
    ]
    for number, answer in elsewhere.train(orders):
        index = runs.todo[number]
        dataset, task = runs.prepared[index]
        advance(task.repeats * task.epochs)
        if isinstance(answer, Exception):
            yield index, Trained(runs.configs[index], dataset, task, answer)
        else:
            yield index, answer


def _in_stages(runs: Chunk, means: Means) -> Generator[tuple[int, Trained]]:
    """Runs with as many repeats as it takes, see `staged`."""
    settings = runs.sweep.settings
    asked = Settling(settings.stages, settings.margin)
    configs = {index: runs.configs[index] for index in (*runs.todo, *runs.finished)}
    yield from train_in_stages(configs, _read_finished(runs), asked, means)


def _read_finished(runs: Chunk) -> dict[int, Run]:
    """What the folders of the runs hold that were done before, by index."""
    folder = runs.sweep.folder
    return {index: read_run(folder / runs.folders[index], folder) for index in runs.finished}


def _unclear(runs: Chunk) -> bool:
    """Whether any run that is done could use more repeats."""
    settings = runs.sweep.settings
    return bool(standing(_read_finished(runs), settings.stages, settings.margin).wanted)
