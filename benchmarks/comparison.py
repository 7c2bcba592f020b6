"""The comparison page over few and thousands of run folders, some of them broken."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .limits import machine
from .process import python
from .synthetic import make_sweep
from .table import Point, Row, rounds
from .work import Size

CODE = """
import sys
from pathlib import Path
from experiments import report
print(report.compare(Path(sys.argv[1])).counts.get("broken", 0))
"""


def page(size: Size) -> Iterator[Row]:
    """Fresh processes that read invented run folders and write the page, imports included."""
    for runs in size.invented:
        broken = size.broken * runs // size.invented[-1]
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "sweep"
            make_sweep(folder, runs, broken)
            before = set(folder.iterdir())
            found = [python(["-c", CODE, str(folder)]) for _ in range(size.rounds)]
            written = sum(path.stat().st_size for path in {*folder.iterdir()} - before)
        memory = max(took.gigabytes for took in found)
        listed = f"{int(found[-1].output)} of {broken} broken ones listed; " if broken else ""
        yield Row(
            f"comparison page over {runs:,} runs",
            rounds(took.cost for took in found),
            most=4 if runs >= 5_000 else None,
            note=f"{listed}{memory:.2f} GB; folders are invented",
            limit=machine(size).needs(written=written, tensorflow=False),
            point=Point("page", runs, statistics.median(t.cpu_seconds for t in found), memory),
        )
