"""The grid's rows: the whole sweep, a folder of it, and its training alone beside all peers."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from . import peers
from .limits import machine, operations, size_of
from .peers import environment, jax_peer
from .process import COLD, Cost, python
from .table import Rounds, Row, number, rounds
from .training import written_seconds
from .work import Grid, Size

AGREE = 0.9  # of all networks, whose errors must be those of the JAX peer


class Round(NamedTuple):
    """One round of training alone, on every side; a peer that could not be measured says why."""

    ours: Cost
    keras: peers.Keras
    mlp: Cost
    jax: Cost | str
    note: str  # on the JAX peer


class SweepRound(NamedTuple):
    """One round of the whole sweep."""

    cost: Cost
    done: int
    folders: float  # seconds of one, on average, by the logs
    written: float  # bytes


def grid(size: Size) -> Iterator[Row]:
    """The grid as one sweep, whole process; and what a folder of it costs.

    CPU seconds of a folder are those of the whole process less those of training alone in the same
    round: what start, composing, all folders and the comparison page take together.
    """
    wanted = size.grid
    sweeps, alone = [], []
    for k in range(size.rounds):
        sweeps.append(_sweep(wanted))
        alone.append(_alone(size, k))
    trained = [one.keras.mean.times(wanted.networks) for one in alone]
    yield Row(
        f"grid: {wanted.runs} runs, {wanted.networks} networks, {wanted.epochs} epochs",
        rounds(one.cost for one in sweeps),
        rounds(one.keras.imports + whole for one, whole in zip(alone, trained, strict=True)),
        150,
        note=f"{sweeps[-1].done} folders whole and done, nothing compiled before; "
        f"bare Keras: {_sampled(size)}",
        limit=machine(size).needs(operations(tuple(wanted.jobs())), sweeps[-1].written),
    )
    yield Row(
        "a folder of that sweep",
        Rounds(tuple(one.folders for one in sweeps)),
        note="mean of `folder written in` in `run.log`; wall seconds while training has the cores",
    )
    pairs = zip(sweeps, alone, strict=True)
    each = [(whole.cost.cpu - one.ours.cpu) / wanted.runs for whole, one in pairs]
    yield Row(
        "the same, CPU seconds",
        Rounds(tuple(each)),
        most=0.12,
        note="the sweep's less those of training alone, over all runs: start, page and all",
        limit=machine(size).needs(written=sweeps[-1].written) / wanted.runs,
    )


def training_alone(size: Size) -> Iterator[Row]:
    """The grid's training in one process, from prepared tasks to all fits, nothing written."""
    wanted = size.grid
    found = [_alone(size, k) for k in range(size.rounds)]
    ours = rounds(one.ours for one in found)
    limit = machine(size).computes(operations(tuple(wanted.jobs())))
    yield Row(
        "training alone on that grid, bare Keras beside it",
        ours,
        rounds(one.keras.mean.times(wanted.networks) for one in found),
        500,
        note=f"compilation included, imports on neither side; bare Keras: {_sampled(size)}",
        limit=limit,
    )
    yield Row(
        "the same, MLPRegressor on all cores beside it",
        ours,
        rounds(one.mlp for one in found),
        6,
        note=f"the peer: one network of each of {len(wanted.one_in_four())} runs, "
        "a process on every core, scaled up",
        limit=limit,
    )
    theirs = [one.jax for one in found if isinstance(one.jax, Cost)]
    name = "the same, a hand-written `jax.vmap` of the stack beside it"
    peer = rounds(theirs) if len(theirs) == len(found) else None
    yield Row(name, ours, peer, 1, note=found[-1].note, limit=limit)


def _sweep(wanted: Grid) -> SweepRound:
    from experiments.storage import run_folder

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sweep"
        took = python(["run.py", "-m", *wanted.sweep, COLD, f"hydra.sweep.dir={folder}"], (0, 1))
        places = [path.parent for path in folder.glob(f"*/{run_folder.STATUS}")]
        done = sum(run_folder.state(place) == "done" for place in places)
        written = [written_seconds(place) for place in places]
        if len(written) != wanted.runs:
            raise RuntimeError(f"the sweep wrote {len(written)} of {wanted.runs} folders")
        return SweepRound(took.cost, done, statistics.mean(written), size_of(folder))


@cache
def _alone(size: Size, number: int) -> Round:
    """Round `number`, measured once, whichever part asks for it first."""
    wanted = size.grid
    jobs = wanted.jobs()
    with tempfile.TemporaryDirectory() as temporary:
        ends = Path(temporary) / "ours.npz"
        told = json.loads(python(["-m", "benchmarks.training_alone", str(ends), *jobs]).output)
        if told["networks"] != wanted.networks:
            raise RuntimeError(f"{told['networks']} of {wanted.networks} networks were trained")
        ours = Cost(told["seconds"], told["cpu"])
        keras = peers.keras(wanted.one_a_depth(), size.peer_epochs)
        mlp = peers.mlp(wanted.one_in_four(), wanted.networks)
        cost, note = _jax(Path(temporary), wanted, ends)
    return Round(ours, keras, mlp, cost, note)


_ways: dict[Grid, dict[str, float]] = {}  # of the JAX peer, tried once


def _jax(folder: Path, wanted: Grid, ends: Path) -> tuple[Cost | str, str]:
    """The JAX peer on the same arrays; why not, where it could not be measured."""
    file, result = folder / "handed_over.npz", folder / "theirs.npz"
    try:
        binary = jax_peer.hand_over(file, wanted.jobs())
        if wanted not in _ways:
            _ways[wanted] = jax_peer.tried(binary, file, result)
        ways = _ways[wanted]
        found = jax_peer.train(binary, file, result, next(iter(ways)))
    except RuntimeError as error:
        return str(error), f"could not be measured: {str(error).splitlines()[0]}"
    share, middle = jax_peer.agreeing(ends, result)
    if share < AGREE:
        reason = f"not the same work: {share:.0%} of the networks end where ours do"
        return reason, reason
    each = ", ".join(f"{way} {number(seconds)} s" for way, seconds in ways.items())
    note = (
        f"the peer: JAX {environment.JAX}, the quickest way to share programs ({each}), "
        f"{found.programs} programs, compiled in a thread a core; last errors of {share:.1%} of "
        f"the networks within {jax_peer.CLOSE:.0%} of ours, median difference {middle:.0e}"
    )
    return found.cost, note


def _sampled(size: Size) -> str:
    count = len(size.grid.one_a_depth())
    return f"{size.peer_epochs} epochs of {count} networks spread over the grid, scaled up"
