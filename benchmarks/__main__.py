"""`make bench`: this program beside its peers, in one run; writes benchmarks/results.md.

`python -m benchmarks --only grid --quick`: some rows alone, tiny; what is not whole is not written.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from rich.console import Console

from .comparison import page
from .opening import opening
from .process import ROOT
from .resume import resume
from .settling import settling
from .table import HEAD, Row, line
from .table import page as results
from .training import grid, one_run, per_network, presets, quick_answers, training_alone
from .work import FULL, QUICK, Size

PARTS: dict[str, Callable[[Size], Iterator[Row]]] = {
    "quick_answers": quick_answers,
    "one_run": one_run,
    "presets": presets,
    "grid": grid,
    "training_alone": training_alone,
    "per_network": per_network,
    "settling": settling,
    "page": page,
    "opening": opening,
    "resume": resume,
}


def main() -> int:
    """Measure, print each row as it is there, write; 1 if a part could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    asked = parser.parse_args()
    console = Console(soft_wrap=True, markup=False, highlight=False)
    console.print(HEAD)
    rows: list[Row] = []
    failures: list[str] = []
    for name in asked.only:
        try:
            for row in PARTS[name](QUICK if asked.quick else FULL):
                console.print(line(row))
                rows.append(row)
        except Exception as error:  # the other parts are still worth having
            traceback.print_exc()
            failures.append(f"{name} ({type(error).__name__})")
    if not asked.quick and asked.only == list(PARTS):
        text = results(rows, failures, datetime.now(UTC).date())
        (ROOT / "benchmarks" / "results.md").write_text(text, encoding="utf-8")
    for failure in failures:
        console.print(f"could not be measured: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
