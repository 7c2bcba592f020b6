"""The JAX peer as the bench asks for it: its environment, its input, and whether it agrees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..process import ROOT, Cost, python
from ..work import Job
from . import environment

# What shares a program, see `jax_vmap`. Its other two take too long to be tried each time: in one
# round of the grid `band` took 31 s, `depth` 38, `width` 53 and `each` 133.
WAYS = ("depth", "band")
CLOSE = 0.01  # of an error: where one rounding grows to in a hundred epochs


class Jax(NamedTuple):
    """What a round took, in how many programs."""

    cost: Cost
    programs: int


def hand_over(file: Path, jobs: Sequence[Job]) -> str:
    """Write the arrays of all jobs; returns the Python that can train on them."""
    binary = environment.python_of()
    python(["-m", "benchmarks.peers.handed_over", str(file), *jobs])
    return binary


def train(binary: str, file: Path, result: Path, way: str) -> Jax:
    """Train all that was handed over, in a fresh process."""
    script = str(ROOT / "benchmarks" / "peers" / "jax_vmap.py")
    told = json.loads(python([script, str(file), str(result), way], binary=binary).output)
    return Jax(Cost(told["seconds"], told["cpu"]), told["programs"])


def tried(binary: str, file: Path, result: Path) -> dict[str, float]:
    """Wall seconds of each way, the quickest first: the peer is as quick as it can be."""
    seconds = {way: train(binary, file, result, way).cost.seconds for way in WAYS}
    return dict(sorted(seconds.items(), key=lambda way_and_seconds: way_and_seconds[1]))


def agreeing(ours: Path, theirs: Path) -> tuple[float, float]:
    """The share of networks whose last errors are close, and the median relative difference."""
    with np.load(ours) as mine, np.load(theirs) as other:
        sides = ("loss", "val_loss")
        off = [np.abs(other[side] - mine[side]) / np.abs(mine[side]) for side in sides]
    worst = np.maximum(*off)
    return float(np.mean(worst < CLOSE)), float(np.median(worst))
