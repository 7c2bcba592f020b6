"""`make bench`: this program against bare Keras, side by side; writes benchmarks/results.md.

Whole processes are timed, imports included; this program's time also holds its pictures, page and
model, the peer's holds none. Runs alternate, and a figure is the median of them.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from . import comparison

ROOT = Path(__file__).parents[1]
PRESET = "sine_sigmoid2"
PYTHON = [sys.executable]
QUICK = {
    "`run.py --help`": ["run.py", "--help"],
    "`run.py --cfg job`": ["run.py", "--cfg", "job"],
    "`run.py training.epochs=ten`, refused": ["run.py", "training.epochs=ten"],
}


def seconds(command: list[str], code: int = 0) -> float:
    """Wall seconds of a whole process that is to end with `code`."""
    started = time.perf_counter()
    done = subprocess.run([*PYTHON, *command], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != code:
        raise RuntimeError(done.stderr.decode())
    return time.perf_counter() - started


def folder_seconds(folder: Path) -> float:
    """Seconds from the last epoch to the finished folder, as the run's log says."""
    said = re.findall(r"folder written in ([\d.]+) seconds", (folder / "run.log").read_text())
    return float(said[-1])


def measure(rounds: int) -> list[str]:
    """The rows of the table."""
    rows = [
        f"| {name} | {statistics.median(seconds(command, code) for _ in range(rounds)):.2f} s | | |"
        for (name, command), code in zip(QUICK.items(), (0, 0, 2), strict=True)
    ]
    ours, peer, folders = [], [], []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(rounds):
            folder = Path(temporary) / str(number)
            run = ["run.py", f"experiment={PRESET}", f"hydra.run.dir={folder}"]
            ours.append(seconds([*run, "training.repeats=1"]))
            peer.append(seconds(["benchmarks/plain_keras.py", PRESET, str(number)]))
            folders.append(folder_seconds(folder))
    page = comparison.measure()
    ratios = [theirs / mine for mine, theirs in zip(ours, peer, strict=True)]
    rows += [
        f"| {PRESET}, one run | {statistics.median(ours):.1f} s | {statistics.median(peer):.1f} s "
        f"| {statistics.median(ratios):.1f} times faster |",
        f"| of that, last epoch to finished folder | {statistics.median(folders):.2f} s | | |",
        f"| comparison page over {comparison.RUNS:,} run folders, {page.broken} of them broken "
        f"| {page.seconds:.1f} s, {page.peak_gib:.2f} GiB | | |",
    ]
    return rows


def main(rounds: int = 3) -> None:
    """Measure, print, write."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras"))
    lines = [
        "# Speed",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{packages}; {datetime.now(UTC):%Y-%m-%d}. Whole processes, median of {rounds} rounds; "
        "archlab writes its whole folder, bare Keras writes nothing. Made by `make bench`.",
        "",
        "| work | archlab | bare Keras | ratio |",
        "|---|---|---|---|",
        *measure(rounds),
        "",
    ]
    (ROOT / "benchmarks" / "results.md").write_text("\n".join(lines), encoding="utf-8")
    Console().print("\n".join(lines), markup=False, highlight=False)


if __name__ == "__main__":
    main()
