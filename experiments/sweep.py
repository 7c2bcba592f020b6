"""A sweep: its runs trained together, and what it left behind, read from its run folders."""

from __future__ import annotations

import shlex
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from datasets import Dataset
from models import Task, fit_each

from . import record, report, terminal
from .checks import Config
from .errors import EXIT_DONE, EXIT_FAILED, ConfigError, Problem
from .pipeline import Trained, prepare

FINISHED = ("done", "diverged")
LOG = "sweep.log"


@contextmanager
def train(configs: Sequence[Config], folder: Path) -> Iterator[Iterator[tuple[int, Trained]]]:
    """Train the runs of a sweep together: yields an iterator of (place, training), as each is done.

    A run counts as written when the next one is asked for; the rest trains meanwhile. Raises
    ConfigError, before any training, with all that is wrong with the data. After a first Ctrl-C
    what is trained is still given out, then KeyboardInterrupt is raised; a second one raises it at
    once. `folder` takes the log of the training.
    """
    prepared = _prepare(configs)
    tasks = [task for _, task in prepared]
    epochs = sum(task.repeats * task.epochs for task in tasks)
    with (
        terminal.native_noise_to(folder / LOG) as console,
        redirect_stderr(console.file),  # what is said of a run that fails is for people
        terminal.sweep_progress(console, len(tasks), epochs) as bar,
        _first_interrupt(console) as stopping,
    ):

        def advance(epochs: int) -> None:
            if stopping.is_set():
                raise KeyboardInterrupt
            bar.advance(epochs)

        def trainings() -> Iterator[tuple[int, Trained]]:
            for place, fitted in fits:
                bar.count("trained")
                yield place, Trained(*prepared[place], fitted)
                bar.count("written")

        networks = sum(task.repeats for task in tasks)
        console.print(f"{len(tasks)} runs, {networks} trainings, {epochs:,} epochs")
        with closing(fit_each(tasks, advance)) as fits:
            yield trainings()


def _prepare(configs: Sequence[Config]) -> list[tuple[Dataset, Task]]:
    """Dataset and task of each run; runs on the same data share its arrays."""
    datasets: dict[Any, Dataset] = {}
    prepared: list[tuple[Dataset, Task]] = []
    problems: dict[Problem, None] = {}
    for config in configs:
        try:
            dataset, task = prepare(config, datasets.get(config.dataset))
        except ConfigError as error:
            problems.update(dict.fromkeys(error.problems))
            continue
        datasets[config.dataset] = dataset
        prepared.append((dataset, task))
    if problems:
        raise ConfigError(problems)
    return prepared


@contextmanager
def _first_interrupt(console: Console) -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets instead of interrupting; the second one interrupts."""
    stopping = threading.Event()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stopping.set()
        console.print("stopping: what is trained is still written; Ctrl-C again stops at once")

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or not _in_main_thread():
        yield stopping  # who called us listens to Ctrl-C in a way of their own
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def conclude(folder: Path, started: str, jobs: int | None) -> int:
    """Print a line for each run of a sweep, best first, and the counts; returns the exit code.

    Runs that began before `started` (as `About.started` has it) are not the sweep's; `jobs` is how
    many there should be, where that is known.

    Runs that a stopped process left as running are marked interrupted first: nothing trains any
    more.
    """
    paths = folder.rglob(record.STATUS)
    rows = [row for path in paths if (row := _row(path.parent, folder, started))]
    rows.sort(key=lambda row: (row["data"], row["mean"] is None, row["mean"], row["folder"]))
    common = set.intersection(*(set(row["words"]) for row in rows)) if len(rows) > 1 else set()
    table = Table(box=None, pad_edge=False)
    for name in ("run", "val/mse", "state", "what", "of its own"):
        table.add_column(name, justify="right" if name == "val/mse" else "left")
    for row in rows:
        own = " ".join(word for word in row["words"] if word not in common)
        table.add_row(row["folder"], row["score"], row["state"], row["what"], own)
    states = Counter(row["state"] for row in rows)
    if jobs is not None and len(rows) < jobs:
        states["not started"] = jobs - len(rows)
    console = terminal.console()
    if rows:
        console.print(table)
    ordered = sorted(states.items(), key=lambda item: (item[0] != "done", item[0]))
    counts = ", ".join(f"{count} {state}" for state, count in ordered) or "no runs"
    console.print(f"{counts} in {folder}")
    return EXIT_DONE if rows and set(states) == {"done"} else EXIT_FAILED


def _row(folder: Path, sweep_folder: Path, started: str) -> dict[str, Any] | None:
    """One run: its folder's name, state, score and what it was; None for a run of before."""
    try:
        about = record.read_about(folder)
    except (OSError, ValueError, KeyError, TypeError):
        about = None
    if about is not None and about.started < started:
        return None
    state = record.state(folder)
    if about is not None and state == "running":
        state = "interrupted"
        record.finish(folder, about, state, report.pictures())
    score = record.read(folder).metrics.final if state in FINISHED else None
    return {
        "folder": folder.relative_to(sweep_folder).as_posix(),
        "state": state,
        "data": about.config["dataset"]["kind"] if about else "",
        "mean": None if score is None else score.mean,
        "score": terminal.spread(score),
        "what": (about.error or about.label) if about else "",
        "words": shlex.split(about.command)[2:] if about else [],
    }
