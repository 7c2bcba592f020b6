"""`python -m experiments.report <folder> ...`: pages of runs and sweeps again, from files alone.

Of a run its pictures too. Nothing is trained.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from .. import terminal
from ..errors import EXIT_INTERRUPTED, ArchlabError, ConfigError, Problem
from ..storage import run_folder
from ..storage.guarded.links import refuse_links
from ..storage.outcome import FINISHED
from ..storage.read_runs import run_folders
from ..storage.sweep_folder import load_sweep
from ..terminal.program import Ending, check_words, program_words
from . import COMPARISON, compare, rebuild
from .scoreboard import show


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the page of every folder named on the command line; returns the exit code."""
    parser = program_words("report", __doc__)
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a run or of a sweep")
    codes = []
    for folder in parser.parse_args(arguments).folder:
        with Ending(folder) as ending:
            check_words(Namespace(folder=folder))
            _of_folder(folder)
        codes.append(ending.code)
        if ending.code == EXIT_INTERRUPTED:
            break
    return max(codes)


def _of_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise _unusable(folder, "is no folder", "name the folder of a run or of a sweep")
    if os.path.lexists(folder / run_folder.STATUS):
        _of_run(folder)
    else:
        _of_sweep(folder)


def _unusable(folder: Path, what: str, fix: str) -> ConfigError:
    return ConfigError([Problem(str(folder), what, fix)])


def _of_run(folder: Path) -> None:
    refuse_links(folder)
    run_folder.read_status(folder)  # says what is wrong with it
    # Over many features there is no grid, and an earlier version wrote none.
    known = run_folder.DATA_FILES
    sources = [name for name in known if name != run_folder.GRID or (folder / name).exists()]
    if (state := run_folder.state(folder, only=sources)) not in FINISHED:
        raise _unusable(folder, f"is {state}, not a finished run", "train it again")
    with terminal.native_noise_to(Path(os.devnull)):
        try:
            rebuild(folder)
        except ArchlabError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            what = f"holds numbers that no page can be made of: {type(error).__name__}: {error}"
            raise _unusable(folder, what, "train it again") from error
    terminal.console().print(str(folder / run_folder.REPORT))


def _of_sweep(folder: Path) -> None:
    """Whatever is in it: a `sweep.json` that cannot be used is told once the page is there."""
    if next(run_folders(folder), None) is None:
        raise _unusable(folder, "holds no runs", "name the folder of a run or of a sweep")
    show(compare(folder), folder / COMPARISON)
    load_sweep(folder)


if __name__ == "__main__":
    sys.exit(main())
