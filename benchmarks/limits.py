"""What the machine needs at least, measured: to start, to multiply, and to write."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .process import python
from .table import Rounds, Row, rounds
from .work import Job, Size

if TYPE_CHECKING:
    from models import Task

STARTS = {
    "Python": "pass",
    "Python, NumPy": "import numpy",
    "Python, TensorFlow, Keras": "import tensorflow, keras",
}


class Machine(NamedTuple):
    """Starts by what is started; products in floating-point operations a second; bytes a second."""

    starts: dict[str, Rounds]
    operations: Rounds
    written: Rounds

    def needs(
        self, operations: float = 0.0, written: float = 0.0, tensorflow: bool = True
    ) -> float:
        """Seconds at least for a process that multiplies and writes so much."""
        start = self.starts["Python, TensorFlow, Keras" if tensorflow else "Python"].middle
        return start + self.computes(operations) + written / self.written.middle

    def computes(self, operations: float) -> float:
        """Seconds at least for so many floating-point operations."""
        return operations / max(self.operations.values)


@cache
def machine(size: Size) -> Machine:
    """Measure, once."""
    costs = {
        name: rounds(python(["-c", code]).cost for _ in range(size.rounds))
        for name, code in STARTS.items()
    }
    return Machine(
        costs,
        _rate(_product, size.product, 2 * size.rounds),
        _rate(_write, size.written, size.rounds),
    )


def _rate(work: Callable[[int], float], size: int, times: int) -> Rounds:
    """How much is done a second, after one time that warms up."""
    work(size)
    found = []
    for _ in range(times):
        started = time.perf_counter()
        done = work(size)
        found.append(done / (time.perf_counter() - started))
    return Rounds(tuple(found))


@cache
def _square(side: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(0).random((side, side), dtype=np.float32)


def _product(side: int) -> float:
    """A product of square float32 matrices, on all cores; its operations."""
    square = _square(side)
    _ = square @ square
    return 2.0 * side**3


def _write(megabytes: int) -> float:
    """A file that is on the disk at the end; its bytes."""
    block = os.urandom(2**20)
    with tempfile.TemporaryFile() as file:
        for _ in range(megabytes):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return float(megabytes * len(block))


def limits(size: Size) -> Iterator[Row]:
    """What all other rows' limits are made of."""
    found = machine(size)
    for name, taken in found.starts.items():
        yield Row(f"start of {name}", taken, note="a process that imports them and ends")
    yield Row(
        "a large float32 product",
        Rounds(tuple(rate / 1e9 for rate in found.operations.values)),
        unit="GFLOP/s",
        note=f"{size.product} × {size.product}, NumPy, all cores; the fastest counts",
    )
    yield Row(
        "a large file",
        Rounds(tuple(rate / 1e6 for rate in found.written.values)),
        unit="MB/s",
        note=f"{size.written} MiB written and on the disk",
    )


@cache
def operations(jobs: tuple[Job, ...]) -> float:
    """Floating-point operations of the matrix products of all jobs' training."""
    from .tasks import tasks

    return sum(map(operations_of, tasks(jobs)))


def operations_of(task: Task) -> float:
    """Of one task, all repeats and epochs: training rows forward and back, validation forward.

    A row takes two operations a weight forward, two for the weight's slope, and two for that of
    what comes in, which the first layer does not need.
    """
    sizes = _weights(task.x_NxF.shape[1], [layer.units for layer in task.model.layers])
    forward = 2 * sum(sizes)
    back = 2 * forward - 2 * sizes[0]
    rows = len(task.train_T) * (forward + back) + len(task.validation_V) * forward
    return float(task.repeats * task.epochs * rows)


def _weights(features: int, units: Sequence[int]) -> list[int]:
    """How many weights each layer's kernel has, from the input on."""
    widths = [features, *units, 1]
    return [n_in * n_out for n_in, n_out in pairwise(widths)]


def size_of(folder: Path) -> float:
    """Bytes of all files in a folder."""
    return float(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
