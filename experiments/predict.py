"""`python -m experiments.predict <run folder> <csv or values>`: what a saved run predicts.

    python -m experiments.predict outputs/runs/<run> 1710,7 1200,6
    python -m experiments.predict outputs/runs/<run> houses.csv --out prices.csv

Values are one row each, in the order of the run's features; a CSV file holds the features as
columns of their names, written as the run's own file is.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datasets.csv import read_table
from datasets.dataset import Floats, beside_own_columns
from datasets.errors import DataError, Wrong
from datasets.table import features_of
from datasets.unpacking import FEWER
from models import network as networks

from . import terminal, text
from .errors import ConfigError, Problem
from .record import About
from .saved_model import load_network
from .storage import files, run_folder
from .storage.guarded.links import refuse_links
from .storage.guarded.tables import defused
from .storage.outcome import FINISHED
from .terminal.program import Ending, check_words, program_words, writing_to

# How many rows are printed where a file has more.
PRINTED_ROWS = 20


def saved_network(folder: Path) -> Any:
    """The Keras network of a finished run; raises as `load_network`."""
    with terminal.native_noise_to(Path(os.devnull)):
        return load_network(folder)


def predicted(folder: Path, about: About, x_NxF: Floats) -> pd.DataFrame:
    """The features and, in the column `prediction`, what the saved model says."""
    with terminal.native_noise_to(Path(os.devnull)):
        prediction_N = networks.predict(saved_network(folder), x_NxF)
    return pd.DataFrame(x_NxF, columns=about.data["features"]).assign(prediction=prediction_N)


def finished_run(folder: Path, needed: Sequence[str] = ()) -> About:
    """What a folder says of its run; of its network see `load_network`.

    Raises:
        ConfigError: unless the needed files are there and whole.
        StorageError: where one is a symbolic link.
    """
    if not os.path.lexists(folder / run_folder.STATUS):
        what = f"is no run folder, it has no {run_folder.STATUS}"
        raise ConfigError([Problem(str(folder), what, "name the folder of a finished run")])
    refuse_links(folder)
    about = run_folder.read_about(folder)  # says what is wrong with the file
    state = run_folder.state(folder, only=[])
    if state in FINISHED:
        state = run_folder.state(folder, only=needed)
    if state not in FINISHED:
        what = f"holds no finished run, its state is {state}"
        raise ConfigError([Problem(str(folder), what, "train it again")])
    return about


def given_rows(words: Sequence[str], about: About) -> Floats:
    """The feature values (N, F) that a person gives; raises ConfigError with all problems."""
    names = list(about.data["features"])
    if len(words) == 1 and not _is_row(words[0]):
        of_run = about.config["dataset"]
        how = {key: of_run[key] for key in ("delimiter", "decimal", "encoding") if key in of_run}
        try:
            return features_of(read_table(words[0], **how), _names_in_file(about))
        except DataError as error:
            raise ConfigError(map(_of_file, error.problems)) from None
    found = [problem for word in words if (problem := _wrong_row(word, names))]
    if found:
        raise ConfigError(found)
    return np.array([[float(value) for value in word.split(",")] for word in words])


def _names_in_file(about: About) -> list[str]:
    """What a file calls the features of a run, see `beside_own_columns`."""
    shown, asked = list(about.data["features"]), about.config["dataset"].get("features")
    names = asked if isinstance(asked, list) else [asked]
    return names if [*beside_own_columns(names)] == shown else shown


def _is_row(word: str) -> bool:
    """Whether a word is meant as values: it starts as a number does, and is no file."""
    return bool(re.match(r"\s*[-+]?\.?\d", word)) and not Path(word).is_file()


def _of_file(wrong: Wrong) -> Problem:
    """A file's problem without the advice that is meant for a run's config."""
    if wrong.where != "dataset.path":
        return Problem(*wrong)
    fix = wrong.fix if wrong.fix == FEWER else "correct the path, or write values such as 1,2"
    return Problem("file", wrong.what, fix)


def _wrong_row(word: str, names: Sequence[str]) -> Problem | None:
    """What is wrong with one row of values, if anything is."""
    values = word.split(",")
    example = f"write {','.join(names)} with a number for each name, or name a CSV file"
    if len(values) != len(names):
        what = f"must hold {len(names)} numbers, received {word.strip()!r}"
        return Problem("values", what, example)
    for value in values:
        try:
            finite = math.isfinite(float(value))
        except ValueError:
            finite = False
        if not finite:
            return Problem("values", f"must be numbers, received {value.strip()!r}", example)
    return None


def _show(table: pd.DataFrame, target: str) -> None:
    """The rows as a table on standard output, the first ones of many."""
    shown = table.head(PRINTED_ROWS).rename(columns={"prediction": f"{target} (predicted)"})
    cells = shown.map(text.exact)
    cells.iloc[:, :-1] = shown.iloc[:, :-1].map("{:,.10g}".format)
    console = terminal.console()
    console.print(cells.to_string(index=False))
    if len(table) > PRINTED_ROWS:
        console.print(f"and {len(table) - PRINTED_ROWS} more; --out file.csv writes all")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = program_words("predict", __doc__)
    parser.add_argument("folder", type=Path, help="the folder of a finished run")
    parser.add_argument("rows", nargs="+", help="a CSV file, or rows of values: 1710,7 1200,6")
    parser.add_argument("--out", type=Path, help="a CSV file to write all predictions to")
    words = sys.argv[1:] if arguments is None else arguments
    # A space keeps argparse from taking -1,2 for an option.
    chosen = parser.parse_args(
        [f" {word}" if re.match(r"-\.?\d", word) else word for word in words]
    )
    with Ending() as ending:
        check_words(chosen)
        about = finished_run(chosen.folder)
        table = predicted(chosen.folder, about, given_rows(chosen.rows, about))
        if chosen.out is None:
            _show(table, about.data["target"])
        else:
            content = table.rename(columns=defused).to_csv(index=False).encode()
            with writing_to("--out", chosen.out):
                files.write_bytes(chosen.out, content)
    return ending.code


if __name__ == "__main__":
    sys.exit(main())
