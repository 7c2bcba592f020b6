"""A run folder, and the only code that knows its file formats.

Every file is written aside and renamed, `status.json` last of all: a folder is done when its status
says so and the sizes and hashes in it match the files.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..record import About, Grid, Metrics, Record, Spread
from . import files
from .csv_text import csv_pieces

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
_HASHED_AT_ONCE = 2**18  # bytes that are hashed at a time
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # Windows would end at a Ctrl-Z


def start(folder: Path, about: About, pictures: Iterable[str]) -> None:
    """Mark a folder as running and drop the results of an earlier run in it.

    Args:
        folder: the run's; it need not be there.
        about: what is known of the run before it is trained.
        pictures: the file names of all pictures that a run may have.

    Raises:
        FileExistsError: rather than touch somebody else's files that stand where results go, in a
            folder without a status.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = [name for name in (*RESULTS, *pictures) if (folder / name).exists()]
    if found and not (folder / STATUS).exists():
        message = "is there already, and not from an earlier run"
        raise FileExistsError(errno.EEXIST, message, str(folder / found[0]))
    files.write_json(folder / STATUS, {"state": "running", **vars(about), "files": {}})
    for path in (*(folder / name for name in found), *folder.glob(".part-*")):
        path.unlink()


def finish(folder: Path, about: About, state: str, pictures: Iterable[str]) -> None:
    """Write `status.json` with the size and SHA-256 of every file of the run.

    Args:
        folder: the run's.
        about: what it was and how it went.
        state: how it ended.
        pictures: the file names of all pictures that a run may have.
    """
    hydra = (path.relative_to(folder).as_posix() for path in sorted(folder.glob(".hydra/*")))
    names = (*hydra, LOG, *RESULTS, *pictures)
    written = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": _hash(folder / name)}
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
    """
    try:
        status = read_status(folder)
        listed = status["files"]
        whole = intact(folder, listed if only is None else {name: listed[name] for name in only})
    except (OSError, ValueError, KeyError, TypeError):
        return "broken"
    return str(status["state"]) if whole else "broken"


def read_status(folder: Path) -> dict[str, Any]:
    """The content of a folder's `status.json`; raises TypeError where it is something else."""
    status = files.json_of((folder / STATUS).read_bytes())
    if not isinstance(status, dict):
        raise TypeError(f"{STATUS} holds no status")
    return status


def intact(folder: Path, listed: Mapping[str, Any]) -> bool:
    """Whether files are as a status lists them, by their SHA-256; the log may have grown."""
    place = os.fspath(folder)  # paths of their own take longer than reading
    return all(
        _hash(f"{place}/{name}", file["bytes"] if name == LOG else None) == file["sha256"]
        for name, file in listed.items()
    )


def place_files(folder: Path, sent: Mapping[str, bytes]) -> None:
    """Write the files of a folder that was finished elsewhere, but for its status, see `finish`.

    Args:
        folder: the run's, started. What its log says already stays above what is added.
        sent: the files by their names.
    """
    for name, content in sent.items():
        if name == LOG:
            with (folder / LOG).open("ab") as log:
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
        ("predictions", record.predictions, None),
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
    import pandas as pd

    grid = read_grid(folder)
    if predictions is None or grid is None or grid.snapshots_SxG is None:
        predictions = pd.read_csv(folder / "predictions.csv")
    with np.load(folder / SNAPSHOTS) as arrays:
        epochs, snapshots = arrays["epochs"], arrays["prediction"]
    return Record(
        about=read_about(folder),
        metrics=metrics_of((folder / METRICS_FILE).read_bytes()),
        history=read_history(folder),
        predictions=predictions,
        snapshot_epochs=epochs,
        snapshots=snapshots,
        summary=(folder / "model.txt").read_text(encoding="utf-8"),
        grid=grid,
    )


def read_history(folder: Path) -> pd.DataFrame:
    """The losses of a run over its epochs, see `Record.history`."""
    import pandas as pd

    return pd.read_csv(folder / "history.csv")


def read_grid(folder: Path) -> Grid | None:
    """The predictions between the rows, or None where a run has none."""
    if not (folder / GRID).exists():
        return None
    with np.load(folder / GRID) as arrays:
        return Grid(
            arrays["x"], arrays["prediction"], arrays.get("optimal"), arrays.get("snapshots")
        )


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


def metrics_of(content: bytes) -> Metrics:
    """The numbers that the content of a `metrics.json` holds."""
    tree = files.json_of(content)
    references = tree.pop("references", None) or tree.pop("limits")  # their name before
    noise_floor = references.pop("noise_floor")
    scores = {name: _spread(tree.pop(name)) for name in list(tree) if "/" in name}
    known = {name: numbers for name, numbers in references.items() if numbers is not None}
    return Metrics(scores=scores, references=known, noise_floor=noise_floor, **tree)


def score_of(content: bytes) -> float | None:
    """The `Metrics.final.mean` of a `metrics.json`, without all of its other numbers."""
    tree = files.json_of(content)
    known: float | None = tree["val/mse" if "val/mse" in tree else "train/mse"]["mean"]
    return known


def _spread(tree: dict[str, Any]) -> Spread:
    ci95 = tree["ci95"]
    known = tree["mean"], tree["std"], tree["typical"], ci95 and tuple(ci95)
    return Spread(*known, tuple(tree["values"]))


def _hash(path: Path | str, first_bytes: int | None = None) -> str:
    """SHA-256 of a file, or of its first bytes."""
    file = os.open(path, _READ)  # an object of its own takes longer than a read
    try:
        if first_bytes is not None:
            return hashlib.sha256(os.read(file, first_bytes)).hexdigest()
        digest = hashlib.sha256()
        while block := os.read(file, _HASHED_AT_ONCE):
            digest.update(block)
        return digest.hexdigest()
    finally:
        os.close(file)
