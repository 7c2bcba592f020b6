"""The comparison page over thousands of run folders, some of them broken."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from .process import python
from .synthetic import make_sweep
from .table import Row
from .work import Size

CODE = """
import sys
from pathlib import Path
from experiments import report
print(report.compare(Path(sys.argv[1])).counts.get("broken", 0))
"""


def page(size: Size) -> Iterator[Row]:
    """A fresh process that reads invented run folders and writes the page, imports included."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sweep"
        make_sweep(folder, size.page_runs, size.broken)
        took = python(["-c", CODE, str(folder)])
    listed = f"{int(took.output)} of {size.broken} broken ones listed"
    name = f"comparison page over {size.page_runs:,} runs"
    yield Row(name, took.seconds, most=15, note=f"{listed}; folders are invented")
    yield Row("memory at most in that", took.peak_gib * 2**30 / 1e9, most=1, unit="GB")
