"""Rows on a GPU beside this machine's processor; a line in their place where there is no GPU."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

from .process import COLD, Took, python
from .table import Row, rounds
from .work import Grid, Size

LOOK = "import tensorflow as tf; print(*map(str, tf.config.list_physical_devices('GPU')), sep=';')"
SKIPPED = "gpu: skipped: TensorFlow sees no GPU"
HIDDEN = {"CUDA_VISIBLE_DEVICES": "-1"}


def gpu(size: Size) -> Iterator[Row]:
    """The grid and wider networks as one sweep each, whole process; peer: the GPU hidden."""
    if not python(["-c", LOOK]).output.strip():
        print(SKIPPED, file=sys.stderr, flush=True)
        return
    for name, wanted in (("grid", size.grid), ("wide grid", size.wide)):
        pairs = [(_on_device(wanted), _on_device(wanted, HIDDEN)) for _ in range(size.rounds)]
        yield Row(
            f"{name} on the GPU: {wanted.networks} networks; peer: this machine's processor",
            rounds(ours.cost for ours, _ in pairs),
            rounds(peer.cost for _, peer in pairs),
            note="whole process, nothing compiled before",
        )


def _on_device(wanted: Grid, environment: dict[str, str] | None = None) -> Took:
    with tempfile.TemporaryDirectory() as temporary:
        own = [f"hydra.sweep.dir={temporary}/sweep", COLD]
        return python(["run.py", "-m", *wanted.sweep, *own], environment=environment)
