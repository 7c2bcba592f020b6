"""The comparison page over 5,000 run folders, 50 of them broken: seconds and peak memory.

`python -m benchmarks.comparison` makes the folders, then times a fresh process that reads them and
writes the page, imports included.
"""

from __future__ import annotations

import resource
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
import sys
from pathlib import Path
from experiments import report
print(report.compare(Path(sys.argv[1])).counts.get("broken", 0))
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
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return Figures(seconds, peak, int(done.stdout))


def main() -> None:
    """Measure and print."""
    found = measure()
    took = f"{found.seconds:.1f} s, {found.peak_gib:.2f} GiB at most"
    listed = f"{found.broken} of {BROKEN} broken ones listed"
    Console().print(f"comparison page over {RUNS:,} runs: {took}, {listed}", soft_wrap=True)


if __name__ == "__main__":
    main()
