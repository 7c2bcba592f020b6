"""`python -m experiments.report <run folder> ...`: pictures and page again, from files alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import record
from . import rebuild


def main() -> None:
    """Rebuild every folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.report", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+", help="a run folder")
    for folder in parser.parse_args().folder:
        sources = (*record.DATA_FILES, record.MODEL_FILE)
        if not (folder / record.STATUS).exists():
            parser.error(
                f"{folder}: is no run folder, it has no {record.STATUS}; name a run's folder"
            )
        if (state := record.state(folder, only=sources)) not in ("done", "diverged"):
            parser.error(f"{folder}: is {state}, not a finished run; train it again")
        rebuild(folder)
        print(folder / record.REPORT)


if __name__ == "__main__":
    main()
