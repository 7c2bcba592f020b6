"""The row on `hydra/sweeper=optuna`: trials in batches beside the same trials one by one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from .process import COLD, Cost, python
from .table import Row, rounds
from .work import Size

BATCH = 32
WORDS = [
    "hydra/sweeper=optuna",
    "hydra.sweeper.sampler=random",  # which chooses the same trials, however many at once
    "dataset=cubic",
    "model.width=interval(2,50)",
    "model.depth=range(1,5)",
    "model.activation=choice(sigmoid,relu,tanh)",
    "training.learning_rate=tag(log, interval(1e-3,1e-1))",
    "training.repeats=5",
    COLD,
]


def searching(size: Size) -> Iterator[Row]:
    """A search of so many trials, in batches and one by one: the same runs; whole processes."""
    if find_spec("optuna") is None:
        raise RuntimeError("optuna is not installed: python -m pip install optuna")
    epochs = f"training.epochs={size.grid.epochs}"
    found: dict[int, list[Cost]] = {min(BATCH, size.trials): [], 1: []}
    lowest: dict[int, float] = {}
    for _ in range(size.rounds):
        for at_once, costs in found.items():
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary) / "search"
                how = [f"hydra.sweeper.n_trials={size.trials}", f"hydra.sweeper.n_jobs={at_once}"]
                command = ["run.py", "-m", *WORDS, epochs, *how, f"hydra.sweep.dir={folder}"]
                costs.append(python(command).cost)
                lowest[at_once] = _lowest(folder)
    (batch, batched), (_, single) = found.items()
    if len(set(lowest.values())) > 1:
        raise RuntimeError(f"the same trials came to other errors: {lowest}")
    yield Row(
        f"a search, {size.trials} trials in batches of {batch}; peer: one by one",
        rounds(batched),
        rounds(single),
        note="whole process, the same trials (sampler random), 5 repeats each; folders included",
    )


def _lowest(folder: Path) -> float:
    trials = json.loads((folder / "search.json").read_text(encoding="utf-8"))["trials"]
    return min(float(trial["value"]) for trial in trials if trial["value"] is not None)
