"""The rows that train: presets, grid, training alone, and time per network."""

from __future__ import annotations

import json
import re
import statistics
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from . import peers
from .process import Took, python
from .table import Row
from .work import ONE, Grid, Size

QUICK = {
    "`run.py --help`": (["run.py", "--help"], 0),
    "`run.py --cfg job`": (["run.py", "--cfg", "job"], 0),
    "`run.py training.epochs=ten`, refused": (["run.py", "training.epochs=ten"], 2),
}


def quick_answers(size: Size) -> Iterator[Row]:
    """Whole processes that answer without training; the median of some rounds."""
    for name, (command, code) in QUICK.items():
        seconds = [python(command, [code]).seconds for _ in range(size.rounds)]
        yield Row(name, statistics.median(seconds), note=f"median of {size.rounds}")


def one_run(size: Size) -> Iterator[Row]:
    """One preset, one repeat, on both sides whole: ours before and after the peer, the mean."""
    command = ["run.py", f"experiment={ONE}", "training.repeats=1", *size.own]
    with tempfile.TemporaryDirectory() as temporary:
        folders = [Path(temporary) / str(number) for number in range(2)]
        before = python([*command, f"hydra.run.dir={folders[0]}"]).seconds
        peer = peers.keras((f"experiment={ONE}",), size.whole_epochs)
        after = python([*command, f"hydra.run.dir={folders[1]}"]).seconds
        written = statistics.mean(written_seconds(folder) for folder in folders)
    note = "bare Keras trained whole; ours is the mean of two"
    yield Row(
        f"`experiment={ONE} training.repeats=1`", (before + after) / 2, _all(peer), 4, note=note
    )
    yield Row("of that, last epoch to finished folder", written, note="from `run.log`")


def presets(size: Size) -> Iterator[Row]:
    """All network presets as one sweep, once and five times each; the peer has one process."""
    jobs = tuple(f"experiment={name}" for name in size.presets)
    command = ["run.py", "-m", f"experiment={','.join(size.presets)}", *size.own]
    for repeats, least in ((1, 15), (5, 40)):
        with tempfile.TemporaryDirectory() as temporary:
            place = f"hydra.sweep.dir={temporary}/sweep"
            ours = python([*command, f"training.repeats={repeats}", place]).seconds
        peer = peers.keras(jobs, size.peer_epochs)
        note = (
            f"one sweep; bare Keras: imports once and {size.peer_epochs} epochs of each preset, "
            f"scaled up to all epochs" + (f" and to {repeats} repeats" if repeats > 1 else "")
        )
        works = f"all {len(jobs)} network presets, {repeats} repeat{'s' * (repeats > 1)}"
        yield Row(works, ours, _all(peer, repeats), least, note=note)


def grid(size: Size) -> Iterator[Row]:
    """The grid as one sweep, whole process; and what a folder of it costs.

    Folders are written while other runs train, so wall seconds of a folder hold waiting for a core.
    CPU seconds are those of the whole process less those of a process that only trains the grid:
    what composing, all folders and the comparison page take together.
    """
    wanted = size.grid
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sweep"
        took = python(["run.py", "-m", *wanted.sweep, f"hydra.sweep.dir={folder}"], (0, 1))
        done = _done(folder)
        written = [written_seconds(path.parent) for path in folder.glob("*/run.log")]
    if len(written) != wanted.runs:
        raise RuntimeError(f"the sweep wrote {len(written)} of {wanted.runs} folders")
    imports, trained = _keras_on(wanted, size.peer_epochs)
    note = f"{done} folders whole and done; bare Keras: {_sampled(size)}"
    yield Row(f"grid: {_named(wanted)}", took.seconds, imports + trained, 60, note=note)
    note = "mean of `folder written in` in `run.log`; wall seconds while training has the cores too"
    yield Row("a folder of that sweep", statistics.mean(written), most=0.25, note=note)
    cpu = (took.cpu_seconds - _training_alone(wanted)[1].cpu_seconds) / wanted.runs
    note = "the sweep's less those of training alone, over all runs: the page and all else included"
    yield Row("the same, CPU seconds", cpu, most=0.25, note=note)


def training_alone(size: Size) -> Iterator[Row]:
    """The grid's training in one process, from prepared tasks to all fits, nothing written."""
    wanted = size.grid
    ours, _ = _training_alone(wanted)
    keras = _keras_on(wanted, size.peer_epochs)[1]
    note = f"compilation included, imports on neither side; bare Keras: {_sampled(size)}"
    yield Row("training alone on that grid, bare Keras beside it", ours, keras, 150, note=note)
    jobs = wanted.one_in_four()
    mlp = peers.mlp(tuple(jobs), wanted.networks)
    note = f"the peer: one network of each of {len(jobs)} runs, a process on every core, scaled up"
    yield Row("the same, MLPRegressor on all cores beside it", ours, mlp, 1, note=note)


def per_network(size: Size) -> Iterator[Row]:
    """One small run with more and more repeats: whole processes, over the number of networks."""
    job = ["dataset=sine", "model.depth=2", "model.width=5", "training.epochs=100"]
    most, peak = None, 0.0
    before = (0, 0.0)
    for networks in size.networks:
        with tempfile.TemporaryDirectory() as temporary:
            place = f"hydra.run.dir={temporary}/run"
            took = python(["run.py", *job, f"training.repeats={networks}", place])
        more = 1000 * (took.seconds - before[1]) / (networks - before[0])
        note = f"{took.seconds:.1f} s, {took.peak_gib:.2f} GiB in all"
        note += f"; {more:.1f} ms for each network more than above" if most else ""
        each = 1000 * took.seconds / networks
        yield Row(f"{networks:,} networks, each", each, most=most, unit="ms", note=note)
        most, before, peak = each, (networks, took.seconds), max(peak, took.peak_gib)
    gigabytes = peak * 2**30 / 1e9
    yield Row(
        "memory at most in those", gigabytes, most=3, unit="GB", note="of the largest process"
    )


def written_seconds(folder: Path) -> float:
    """Seconds from the last epoch to the finished folder, as the run's log says."""
    said = re.findall(r"folder written in ([\d.]+) seconds", (folder / "run.log").read_text())
    return float(said[-1])


def _all(peer: peers.Keras, repeats: int = 1) -> float:
    return peer.imports + repeats * sum(peer.fits)


def _keras_on(wanted: Grid, epochs: int) -> tuple[float, float]:
    """Bare Keras' seconds of imports, and of training all networks of the grid."""
    imports, fits = peers.keras(tuple(wanted.one_a_depth()), epochs)
    return imports, statistics.mean(fits) * wanted.networks


def _sampled(size: Size) -> str:
    count = len(size.grid.one_a_depth())
    return f"{size.peer_epochs} epochs of {count} networks spread over the grid, scaled up"


def _named(wanted: Grid) -> str:
    return f"{wanted.runs} runs, {wanted.networks} networks, {wanted.epochs} epochs"


@cache
def _training_alone(wanted: Grid) -> tuple[float, Took]:
    took = python(["-m", "benchmarks.training_alone", *wanted.jobs()])
    told = json.loads(took.output)
    assert told["networks"] == wanted.networks
    return float(told["seconds"]), took


def _done(folder: Path) -> int:
    from experiments.storage import run_folder

    found = [path.parent for path in folder.glob(f"*/{run_folder.STATUS}")]
    return sum(run_folder.state(place) == "done" for place in found)
