"""`python -m experiments.report <folder> ...`: pages of runs and sweeps again, from files alone.

Of a run its pictures too. Nothing is trained.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..storage import run_folder
from . import COMPARISON, compare, rebuild
from .scoreboard import show


def main() -> None:
    """Build the page of every folder named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a run or of a sweep")
    for folder in parser.parse_args().folder:
        if not folder.is_dir():
            parser.error(f"{folder}: is no folder; name the folder of a run or of a sweep")
        if (folder / run_folder.STATUS).exists():
            _of_run(folder, parser)
        else:
            _of_sweep(folder, parser)


def _of_run(folder: Path, parser: argparse.ArgumentParser) -> None:
    known = (*run_folder.DATA_FILES, run_folder.MODEL_FILE)
    # Over many features there is no grid, and an earlier version wrote none.
    sources = [name for name in known if name != run_folder.GRID or (folder / name).exists()]
    if (state := run_folder.state(folder, only=sources)) not in ("done", "diverged"):
        parser.error(f"{folder}: is {state}, not a finished run; train it again")
    rebuild(folder)
    print(folder / run_folder.REPORT)


def _of_sweep(folder: Path, parser: argparse.ArgumentParser) -> None:
    if not any(folder.rglob(run_folder.STATUS)):
        parser.error(f"{folder}: holds no runs; name the folder of a run or of a sweep")
    show(compare(folder), folder / COMPARISON)


if __name__ == "__main__":
    main()
