"""The row on `sweep.settle`: repeats in stages beside a fixed number of them."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .process import Cost, python
from .table import Rounds, Row
from .work import Size


def settling(size: Size) -> Iterator[Row]:
    """A sweep of wide networks, settled, and with as many repeats of each at once; CPU seconds."""
    grid = size.wide
    most = grid.repeats
    words = [word for word in grid.sweep if not word.startswith("training.repeats")]
    ways = {
        "settled": ["sweep.settle=true", f"sweep.max_repeats={most}"],
        "fixed": [f"training.repeats={most}"],
    }
    found: dict[str, list[Cost]] = {way: [] for way in ways}
    said: dict[str, str] = {}
    for _ in range(size.rounds):
        for way, own in ways.items():
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary) / way
                command = ["run.py", "-m", *words, *own, f"hydra.sweep.dir={folder}"]
                found[way].append(python(command).cost)
                said[way] = _summary(folder)
    yield Row(
        f"`sweep.settle=true`, {grid.runs} wide runs, up to {most} repeats; peer: {most} of each",
        _by_cpu(found["settled"]),
        _by_cpu(found["fixed"]),
        1,
        unit="CPU s",
        note=f"whole process; settled: {said['settled']}; fixed: {said['fixed']}",
    )


def _by_cpu(costs: list[Cost]) -> Rounds:
    return Rounds(tuple(cost.cpu for cost in costs))


def _summary(folder: Path) -> str:
    """How many networks were trained, and what the verdicts are."""
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    verdicts = Counter(row["verdict"] for row in rows)
    words = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    return f"{sum(int(row['repeats']) for row in rows):,} trained, {words}"
