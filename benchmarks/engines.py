"""Rows on engines: what they take beside one process, and what carrying costs the head."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from .family import watched
from .process import COLD, Cost, python
from .table import Point, Rounds, Row, rounds
from .work import Size

JOB = ["dataset=linear", "training.repeats=2", "training.epochs=20", COLD]
HEAD_MS = 25.0  # CPU, a run
LEAST = 0.87  # at most 15 % more CPU seconds than one process
WORKERS = 2
# The library that each other engine needs; nobody has to have any.
LIBRARIES = {"ray": "ray", "dask": "distributed", "submitit": "submitit"}
SMALL = "hydra.launcher.seconds=5"  # shards, so that memory shows what waits, not what is out
WRITTEN = 200  # folders whose writing is timed


def engines(size: Size) -> Iterator[Row]:
    """Sweeps of small runs by engines on this machine, beside one process that trains them all.

    CPU seconds are those of all processes, the engine's daemons and workers included.
    """
    runs = size.carried
    alone = [_sweep("stacked", runs) for _ in range(size.rounds)]
    few = [_sweep("stacked", WORKERS).cpu for _ in range(size.rounds)]
    for name in ("loky", *(name for name, library in LIBRARIES.items() if find_spec(library))):
        carried = [_sweep(name, runs) for _ in range(size.rounds)]
        fewest = [_sweep(name, WORKERS).cpu for _ in range(size.rounds)]
        starts = [one - other for one, other in zip(fewest, few, strict=True)]
        yield Row(
            f"{runs} small runs by `{name}`, {WORKERS} workers, besides its start; peer: "
            "one process",
            Rounds(tuple(one.cpu - start for one, start in zip(carried, starts, strict=True))),
            Rounds(tuple(one.cpu for one in alone)),
            LEAST,
            unit="CPU s",
            note=f"its start took {statistics.median(starts):.1f} CPU s: what {WORKERS} runs "
            "take more",
        )
        yield Row(
            f"{runs} small runs by `{name}`, {WORKERS} workers; peer: one process",
            rounds(carried),
            rounds(alone),
            note="whole process, start and end of the engine in it",
        )


def _sweep(engine: str, runs: int) -> Cost:
    with tempfile.TemporaryDirectory() as temporary, watched() as family:
        own = [f"training.seed=range(0,{runs})", f"hydra.sweep.dir={temporary}/sweep"]
        if engine != "stacked":
            own += [f"hydra.launcher.workers={WORKERS}"]
        if engine == "submitit":
            own += ["hydra.launcher.executor=local", f"hydra.launcher.folder={temporary}/jobs"]
        command = ["run.py", "-m", *JOB, f"hydra/launcher={engine}", *own]
        took = python(command, environment=family.environment)
    return Cost(took.seconds, family.cpu_seconds or took.cpu_seconds)


def head(size: Size) -> Iterator[Row]:
    """The process that holds the folder: shards are answered at once, see `benchmarks.echo`."""
    found: dict[int, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        template = _template(Path(temporary))
        for runs in size.echoed:
            took = [_echoed(Path(temporary), template, runs) for _ in range(size.rounds)]
            found[runs] = [cost for cost, _ in took]
            memory = max(gigabytes for _, gigabytes in took)
            cpu = statistics.median(cost.cpu for cost in found[runs])
            yield Row(
                f"{runs:,} runs that an engine answers at once",
                rounds(found[runs]),
                note=f"whole process, all folders written; {memory:.2f} GB",
                point=Point("head", runs, cpu, memory),
            )
        written = [_writing(Path(temporary), template) for _ in range(size.rounds)]
    yield from _a_run_more(found, written)


def _a_run_more(found: dict[int, list[Cost]], written: Sequence[float]) -> Iterator[Row]:
    """What the most runs took above the fewest, over how many more they are."""
    (fewest, first), *_, (most, last) = found.items()
    more = most - fewest
    pairs = list(zip(last, first, strict=True))
    yield Row(
        "of those, a run more",
        Rounds(tuple(1000 * (many.cpu - few.cpu) / more for many, few in pairs)),
        most=HEAD_MS,
        unit="CPU ms",
        note=f"of which writing the same bytes plainly took {1000 * min(written):.1f}",
    )
    yield Row(
        "runs that the head brings home in a second",
        Rounds(tuple(more / (many.seconds - few.seconds) for many, few in pairs)),
        unit="",
        note="wall clock, writing them too; a head keeps so many workers busy, times the seconds "
        "that a run takes one",
    )


def _template(folder: Path) -> Path:
    python(["run.py", "-m", *JOB, "training.seed=0", f"hydra.sweep.dir={folder}/template"])
    (status,) = (folder / "template").glob("*/status.json")
    return status.parent


def _echoed(folder: Path, template: Path, runs: int) -> tuple[Cost, float]:
    """What the head took, without the making of the copies, and its memory in gigabytes."""
    file = folder / "copies.json"
    with tempfile.TemporaryDirectory(dir=folder) as sweep:
        own = [f"training.seed=range(0,{runs})", f"hydra.sweep.dir={sweep}/sweep", SMALL]
        took = python(["-m", "benchmarks.echo", str(file), str(template), *JOB, *own])
    copies = json.loads(file.read_text(encoding="utf-8"))
    return Cost(took.seconds - copies, took.cpu_seconds - copies), took.gigabytes


def _writing(folder: Path, template: Path) -> float:
    """CPU seconds that the files of one folder take to write, and nothing else."""
    contents = _contents(template)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        started = time.process_time()
        for number in range(WRITTEN):
            own = Path(place) / str(number)
            (own / ".hydra").mkdir(parents=True)
            for name, content in contents:
                (own / name).write_bytes(content)
        return (time.process_time() - started) / WRITTEN


def _contents(template: Path) -> Sequence[tuple[str, bytes]]:
    paths = [path for path in sorted(template.rglob("*")) if path.is_file()]
    return [(path.relative_to(template).as_posix(), path.read_bytes()) for path in paths]
