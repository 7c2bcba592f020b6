"""A finished run as a Jupyter notebook in plain Keras, to read, to run and to change.

    python -m experiments.notebook outputs/runs/<run>
    python -m experiments.notebook outputs/runs/<run> --execute --out lesson.ipynb

Run as it is, the notebook ends at the run's own numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigError, Problem
from ..predict import finished_run
from ..storage import files, run_folder
from ..storage.guarded.shapes import check_shown
from ..terminal import console
from ..terminal.program import Ending, check_words, program_words, writing_to
from .cells import ipynb, same_cells
from .values import notebook_values

ROWS_FILE = "predictions.csv"
FILES_READ = (run_folder.METRICS_FILE, ROWS_FILE)


def notebook_of(folder: Path, out: Path) -> bytes:
    """The notebook of a run, to stand at `out`; raises ConfigError."""
    about = finished_run(folder, FILES_READ)
    metrics = run_folder.read_metrics(folder)
    check_shown(about, metrics.repeats, folder)
    return ipynb(notebook_values(folder, about, metrics, _path_from(out, folder / ROWS_FILE)))


def _path_from(out: Path, file: Path) -> str:
    """How the notebook names a file: relative where it lies below, so that both can be moved."""
    whole, place = file.resolve(), out.resolve().parent
    return (whole.relative_to(place) if whole.is_relative_to(place) else whole).as_posix()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = program_words("notebook", __doc__)
    parser.add_argument("folder", type=Path, help="the folder of a finished run")
    help_ = "run all cells and keep what they show; needs nbclient and ipykernel"
    parser.add_argument("--execute", action="store_true", help=help_)
    parser.add_argument("--out", type=Path, help="the file; beside the folder without")
    chosen = parser.parse_args(arguments)
    folder: Path = chosen.folder
    with Ending(interrupted="interrupted: no notebook was written") as ending:
        check_words(chosen)
        out: Path = chosen.out or folder.resolve().with_name(f"{folder.resolve().name}.ipynb")
        if out.suffix != ".ipynb":
            what = f"must end in .ipynb, received {out.name!r}"
            raise ConfigError([Problem("--out", what, f"name it {out.stem}.ipynb")])
        content = notebook_of(folder, out)
        if chosen.out is None and out.exists() and not same_cells(out.read_bytes(), content):
            what = f"is there with other cells, received {str(out)!r}"
            fix = "name another file, or this one to write over it"
            raise ConfigError([Problem("--out", what, fix)])
        with writing_to("--out", out), files.replacing(out) as aside:
            aside.write_bytes(content)  # before cells run for minutes: whether it can be written
            if chosen.execute:
                from .execute import executed

                aside.write_bytes(executed(content, out))
        console().print(str(out))
    return ending.code


if __name__ == "__main__":
    sys.exit(main())
