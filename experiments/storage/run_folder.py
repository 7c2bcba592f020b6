"""A run folder, and the only code that knows its file formats.

Every file is written aside and renamed, `status.json` last of all: a folder is done when its status
says so and the sizes and hashes in it match the files.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datasets.dataset import OWN_COLUMNS

from ..errors import DamagedError
from ..record import About, Grid, Metrics, Record
from . import files
from .csv_text import csv_pieces
from .guarded.arrays import read_arrays
from .guarded.content import MIB, content_of, sha256_of, text_of
from .guarded.links import appending, before_writing, refuse_links
from .guarded.schemas import METRICS_BYTES, STATUS_BYTES, metrics_tree, status_of
from .guarded.shapes import check_metrics, check_record, known_features
from .guarded.tables import defused, read_numbers

if TYPE_CHECKING:
    import pandas as pd

STATUS = "status.json"
METRICS_FILE = "metrics.json"
SNAPSHOTS, GRID = "snapshots.npz", "grid.npz"
DATA_FILES = (METRICS_FILE, "history.csv", "predictions.csv", SNAPSHOTS, GRID, "model.txt")
MODEL_FILE = "model.keras"
REPORT = "report.html"
LOG = "run.log"
RESULTS = (*DATA_FILES, MODEL_FILE, REPORT)
SUMMARY_BYTES = 16 * MIB
HISTORY = ("repeat", "epoch", "loss", "val_loss", "mse", "val_mse")


def start(folder: Path, about: About, pictures: Iterable[str]) -> None:
    """Mark a folder as running and drop the results of an earlier run in it.

    Args:
        folder: the run's; it need not be there.
        about: what is known of the run before it is trained.
        pictures: the file names of all pictures that a run may have.

    Raises:
        FileExistsError: rather than touch somebody else's files that stand where results go, in a
            folder without a status.
        LinkError: where a symbolic link lies in the folder.
    """
    before_writing(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = [name for name in (*RESULTS, *pictures) if (folder / name).exists()]
    if found and not (folder / STATUS).exists():
        message = "is there already, and not from an earlier run"
        raise FileExistsError(errno.EEXIST, message, str(folder / found[0]))
    files.write_json(folder / STATUS, {"state": "running", **vars(about), "files": {}})
    for name in found:
        (folder / name).unlink()
    files.drop_leftovers(folder)


def finish(folder: Path, about: About, state: str, pictures: Iterable[str]) -> None:
    """Write `status.json` with the size and SHA-256 of every file of the run.

    Args:
        folder: the run's.
        about: what it was and how it went.
        state: how it ended.
        pictures: the file names of all pictures that a run may have.
    """
    refuse_links(folder)
    hydra = (path.relative_to(folder).as_posix() for path in sorted(folder.glob(".hydra/*")))
    names = (*hydra, LOG, *RESULTS, *pictures)
    written = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": sha256_of(folder / name)}
        for name in names
        if (folder / name).is_file()
    }
    files.write_json(folder / STATUS, {"state": state, **vars(about), "files": written})


def state(folder: Path, only: Iterable[str] | None = None) -> str:
    """The state that a folder may claim: what its status says, or `broken` where files differ.

    Args:
        folder: the run's.
        only: the files that are checked; all without. Lines that were added to the log later do no
            harm.

    Raises:
        LinkError: where one of them is a symbolic link.
    """
    try:
        status = read_status(folder)
        listed = status["files"]
        whole = intact(folder, listed if only is None else {name: listed[name] for name in only})
    except (OSError, ValueError, KeyError, TypeError):
        return "broken"
    return str(status["state"]) if whole else "broken"


def read_status(folder: Path) -> dict[str, Any]:
    """The content of a folder's `status.json`; raises DamagedError where it is something else."""
    path = folder / STATUS
    return status_of(content_of(path, STATUS_BYTES), path)


def intact(folder: Path, listed: Mapping[str, Any]) -> bool:
    """Whether files are as a status lists them, by their SHA-256; the log may have grown."""
    place = os.fspath(folder)  # paths of their own take longer than reading
    return all(
        sha256_of(f"{place}/{name}", *_part(name, file["bytes"])) == file["sha256"]
        for name, file in listed.items()
    )


def _part(name: str, size: int) -> tuple[int | None, int | None]:
    """What of a file is hashed, see `sha256_of`."""
    return (size, None) if name == LOG else (None, size)


def place_files(folder: Path, sent: Mapping[str, bytes]) -> None:
    """Write the files of a folder that was finished elsewhere, but for its status, see `finish`.

    Args:
        folder: the run's, started. What its log says already stays above what is added.
        sent: the files by their names.
    """
    for name, content in sent.items():
        if name == LOG:
            with appending(folder / LOG) as log:
                log.write(content)
        elif name != STATUS:
            files.write_bytes(folder / name, content)


def write(folder: Path, record: Record) -> None:
    """Write the record's data files (not `status.json`, see `finish`)."""
    with files.replacing(folder / METRICS_FILE) as path:
        path.write_text(metrics_text(record.metrics), encoding="utf-8")
    # Losses are float32, nine digits of which tell any two apart; predictions are float64.
    for name, table, digits in (
        ("history", record.history, "%.9g"),
        ("predictions", record.predictions.rename(columns=defused), None),
    ):
        with (
            files.replacing(folder / f"{name}.csv") as path,
            path.open("w", encoding="utf-8", newline="\n") as file,
        ):
            file.writelines(csv_pieces(table, digits))
    with files.replacing(folder / SNAPSHOTS) as path:
        np.savez(path, epochs=record.snapshot_epochs, prediction=record.snapshots)
    if record.grid is not None:
        with files.replacing(folder / GRID) as path:
            np.savez(path, **_grid_arrays(record.grid))
    with files.replacing(folder / "model.txt") as path:
        path.write_text(record.summary, encoding="utf-8")


def read(folder: Path, predictions: pd.DataFrame | None = None) -> Record:
    """The record that `write` and `start` or `finish` left in a folder.

    Args:
        folder: of the run.
        predictions: stand for its own, whose reading takes longest, where it has snapshots on a
            grid: for who looks at no more of them than runs on the same data share.
    """
    status = read_status(folder)
    about = about_of(status)
    grid = read_grid(folder)
    unread = "predictions.csv"
    if predictions is None or grid is None or grid.snapshots_SxG is None:
        predictions, unread = read_predictions(folder, about), ""
    arrays, metrics = read_arrays(folder / SNAPSHOTS), read_metrics(folder)
    check_metrics(metrics, "", folder / METRICS_FILE)
    record = Record(
        about=about,
        metrics=metrics,
        history=read_history(folder, metrics.epochs * metrics.repeats),
        predictions=predictions,
        snapshot_epochs=_array_named(arrays, "epochs", folder / SNAPSHOTS),
        snapshots=_array_named(arrays, "prediction", folder / SNAPSHOTS),
        summary=text_of(folder / "model.txt", SUMMARY_BYTES),
        grid=grid,
    )
    check_record(record, folder)
    _check_listed(
        folder, {n: status["files"][n] for n in DATA_FILES if n in status["files"]}, unread
    )
    return record


def _check_listed(folder: Path, listed: Mapping[str, Any], unread: str) -> None:
    """Raise DamagedError where a file that was read is not as a status has it."""
    for name in listed:
        if name == unread:
            continue
        if not os.path.lexists(folder / name) or not intact(folder, {name: listed[name]}):
            raise DamagedError.at(folder / name, f"is not the file that {STATUS} lists")


def read_history(folder: Path, rows: int | None = None) -> pd.DataFrame:
    """The losses of a run over its epochs, see `Record.history`; of so many rows at most."""
    return read_numbers(folder / "history.csv", HISTORY, rows=rows)


def read_predictions(folder: Path, about: About) -> pd.DataFrame:
    """A row for each row of the data, see `Record.predictions`."""
    names = {*OWN_COLUMNS, *known_features(about, folder)}
    rows = about.data.get("rows")
    return read_numbers(folder / "predictions.csv", sorted(names), texts=["split"], rows=rows)


def read_metrics(folder: Path) -> Metrics:
    """The final numbers of a run."""
    path = folder / METRICS_FILE
    return metrics_of(content_of(path, METRICS_BYTES), path)


def read_grid(folder: Path) -> Grid | None:
    """The predictions between the rows, or None where a run has none."""
    path = folder / GRID
    if not os.path.lexists(path):
        return None
    arrays = read_arrays(path)
    x_GxF, prediction_RxG = (_array_named(arrays, name, path) for name in ("x", "prediction"))
    return Grid(x_GxF, prediction_RxG, arrays.get("optimal"), arrays.get("snapshots"))


def _array_named(arrays: dict[str, Any], name: str, path: Path) -> Any:
    if name not in arrays:
        raise DamagedError.at(path, f"lacks the array {name!r}")
    return arrays[name]


def _grid_arrays(grid: Grid) -> dict[str, Any]:
    """By their names in the file; what is not known is left out."""
    arrays = {
        "x": grid.x_GxF,
        "prediction": grid.prediction_RxG,
        "optimal": grid.optimal_G,
        "snapshots": grid.snapshots_SxG,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def read_about(folder: Path) -> About:
    """What `status.json` says of a run."""
    return about_of(read_status(folder))


def about_of(status: dict[str, Any]) -> About:
    """What the content of a `status.json` says of a run."""
    # An earlier version did not know early stopping.
    status = {"best_epoch": (), **status}
    known = {name: status[name] for name in About.__dataclass_fields__}
    for name in ("diverged_at", "best_epoch", "notes"):
        known[name] = tuple(known[name])
    return About(**known)


def metrics_text(metrics: Metrics) -> str:
    """The content of a `metrics.json`."""
    tree = {
        **{name: vars(spread) for name, spread in metrics.scores.items()},
        "references": {"bayes": None, **metrics.references, "noise_floor": metrics.noise_floor},
        "parameters": metrics.parameters,
        "epochs": metrics.epochs,
        "repeats": metrics.repeats,
        "seconds": metrics.seconds,
        "unlearned": metrics.unlearned,
    }
    return files.json_text(tree)


def metrics_of(content: bytes, path: object = METRICS_FILE) -> Metrics:
    """The numbers that the content of a `metrics.json` holds; raises DamagedError."""
    return metrics_tree(content, path).metrics


def score_of(content: bytes) -> float | None:
    """The `Metrics.final.mean` of a `metrics.json`."""
    return metrics_of(content).final.mean
