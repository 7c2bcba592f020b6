"""The comparison page over 5,000 run folders, 50 of them broken: seconds and peak memory.

`python -m benchmarks.comparison` makes the folders, then times a fresh process that reads them and
writes the page, imports included.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from .synthetic import make_sweep

ROOT = Path(__file__).parents[1]
RUNS, BROKEN = 5000, 50
CODE = """
import resource
import sys
from pathlib import Path
from experiments import report
report.compare(Path(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Figures(NamedTuple):
    """What the page of a large sweep takes."""

    seconds: float
    peak_gib: float
    broken: int


def measure(runs: int = RUNS, broken: int = BROKEN) -> Figures:
    """Time one page."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sweep"
        make_sweep(folder, runs, broken)
        started = time.perf_counter()
        command = [sys.executable, "-c", CODE, str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - started
        page = (folder / "comparison.html").read_text(encoding="utf-8")
    return Figures(
        seconds,
        int(done.stdout) / 2**20,
        page.count('<li><details><summary><span class="state broken">'),
    )


def main() -> None:
    """Measure and print."""
    found = measure()
    took = f"{found.seconds:.1f} s, {found.peak_gib:.2f} GiB at most"
    listed = f"{found.broken} of {BROKEN} broken ones listed"
    Console().print(f"comparison page over {RUNS:,} runs: {took}, {listed}", soft_wrap=True)


if __name__ == "__main__":
    main()
