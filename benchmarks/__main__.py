"""`make bench`: this program beside its peers, in one run; writes benchmarks/results.md.

`python -m benchmarks --only grid --quick`: some rows alone, tiny; what is not whole is not written,
unless `--to` names a folder for it.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from . import growth
from .comparison import page
from .engines import engines, head
from .gpu import gpu
from .grid import grid, training_alone
from .limits import limits
from .opening import opening
from .parts import folder_parts
from .process import ROOT
from .resume import resume
from .searching import searching
from .settling import settling
from .table import HEAD, Row, line
from .table import page as results
from .training import again, one_run, per_network, presets, quick_answers
from .work import FULL, QUICK, Size

# The longest comes last.
PARTS: dict[str, Callable[[Size], Iterator[Row]]] = {
    "limits": limits,
    "quick_answers": quick_answers,
    "one_run": one_run,
    "again": again,
    "presets": presets,
    "grid": grid,
    "training_alone": training_alone,
    "folder_parts": folder_parts,
    "page": page,
    "resume": resume,
    "opening": opening,
    "settling": settling,
    "searching": searching,
    "head": head,
    "engines": engines,
    "gpu": gpu,
    "sweeps": growth.sweeps,
    "per_network": per_network,
}


class Bench:
    """What has been measured, and where it is written: rows at once, the picture after a part."""

    def __init__(self, parts: list[str], folder: Path | None) -> None:
        self.missing, self.folder = list(parts), folder
        self.rows: list[Row] = []
        self.failures: list[str] = []
        self.console = Console(soft_wrap=True, markup=False, highlight=False)

    def measure(self, name: str, size: Size) -> None:
        """One part, row by row; the other parts are worth having without it."""
        started = time.perf_counter()
        try:
            for row in PARTS[name](size):
                self._add(row)
        except Exception as error:
            traceback.print_exc()
            self.failures.append(f"{name} ({type(error).__name__})")
        self.missing.remove(name)
        seconds = time.perf_counter() - started
        print(f"{name}: {seconds:.0f} s in all", file=sys.stderr, flush=True)
        self._write()

    def conclude(self) -> None:
        """What follows from all parts together."""
        for row in growth.exponents(self.rows):
            self._add(row)
        self._write()

    def _add(self, row: Row) -> None:
        self.console.print(line(row))
        self.rows.append(row)
        self._write_table()

    def _write_table(self) -> None:
        if self.folder is not None:
            text = results(self.rows, self.failures, datetime.now(UTC).date(), self.missing)
            (self.folder / "results.md").write_text(text, encoding="utf-8")

    def _write(self) -> None:
        self._write_table()
        if self.folder is not None and growth.series(self.rows):
            (self.folder / "growth.png").write_bytes(growth.picture(self.rows))


def main() -> int:
    """Measure, print each row as it is there, write; 1 if a part could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    parser.add_argument("--rounds", type=int, help="of everything, in place of three")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where results.md goes")
    asked = parser.parse_args()
    whole = not asked.quick and not asked.rounds and asked.only == list(PARTS)
    size = QUICK if asked.quick else FULL
    if asked.rounds:
        size = replace(size, rounds=asked.rounds)
    bench = Bench(asked.only, asked.to or (ROOT / "benchmarks" if whole else None))
    bench.console.print(HEAD)
    for name in asked.only:
        bench.measure(name, size)
    bench.conclude()
    for failure in bench.failures:
        bench.console.print(f"could not be measured: {failure}")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
