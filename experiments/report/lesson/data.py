"""What the scripts of a lesson's page draw: fits and learning curves of its runs, and the sketch.

Curves come from `payload.curves`, as those of the comparison page do. A run that has none, because
more than one feature varies or an earlier version wrote its folder, is shown by its pictures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...record import Record
from ...scoring.metrics import SPLITS
from ...storage import run_folder
from ...storage.read_runs import UNREADABLE
from ...text import shown_rows
from ..chart_data import spread_out
from ..html import link
from ..payload import curves
from ..payload.packing import quantised
from .stage import Shown, Stage

LIVE = ("fit", "loss_curves")  # the pictures that the page draws itself
SKETCH_ROWS = 1000  # rows that a sketch is measured on, at most
LEARNED_AND_NEW = ("train", "val")
MOST_RUNS = 40  # runs with curves


def lesson_data(sweep_folder: Path, lesson: Any, stage: Stage, held: bool) -> dict[str, Any]:
    """Runs with their curves, which two of them come first, and how the prediction is judged.

    held: whether the claim holds on these runs, without which no answer is right.
    """
    pair = list(stage.pair) or ([0, len(stage.runs) - 1] if len(stage.runs) > 1 else [0])
    if stage.sketched is not None and stage.sketched not in pair:
        pair = [stage.sketched, pair[-1]]
    records = [
        _record(sweep_folder / one.folder) if number < MOST_RUNS or number in pair else None
        for number, one in enumerate(stage.runs)
    ]
    sketched = None if stage.sketched is None else records[stage.sketched]
    return {
        "views": [name for name in LIVE if name in lesson.words.pictures],
        "pair": pair[:2],
        "rows": [
            _shown_run(sweep_folder, one, record)
            for one, record in zip(stage.runs, records, strict=True)
        ],
        "held": held,
        "answer": getattr(lesson.predict, "answer", None),
        "sketch": None if sketched is None else {"run": stage.sketched, **_sketch(sketched)},
    }


def _record(folder: Path) -> Record | None:
    try:
        return run_folder.read(folder)
    except UNREADABLE:
        return None


def _shown_run(sweep_folder: Path, one: Shown, record: Record | None) -> dict[str, Any]:
    folder = one.folder.as_posix()
    pictures = [n for n in LIVE if (sweep_folder / folder / f"{n}.png").is_file()]
    return {
        "name": one.name,
        "page": link(folder, run_folder.REPORT),
        "pictures": {name: link(folder, f"{name}.png") for name in pictures},
        "note": shown_rows(record.about) if record else "",
        "divergedAt": _lost_at(record),
        "final": _final(record),
        "keptEpoch": _kept_epoch(record),
        "epochs": record.metrics.epochs if record else 0,
        "repeats": record.metrics.repeats if record else 0,
        "dataset": record.about.config["dataset"].get("kind", "") if record else "",
        "data": curves.of_group(record) if record else None,
        "curves": curves.of_run(record, record) if record else None,
    }


def _lost_at(record: Record | None) -> int | None:
    """The first epoch at which the loss of the shown repeat was no finite number."""
    if record is None or not record.about.diverged_at:
        return None
    return record.about.diverged_at[record.about.shown_repeat]


def _final(record: Record | None) -> list[float | None]:
    """Training and validation error of the repeat shown with its final weights.

    The history has averages over each epoch's steps, while the weights still moved.
    """
    scores = [
        record.metrics.scores.get(f"{split}/mse") if record else None for split in LEARNED_AND_NEW
    ]
    shown = record.about.shown_repeat if record else 0
    return [one.values[shown] if one and shown < len(one.values) else None for one in scores]


def _kept_epoch(record: Record | None) -> int | None:
    """With early stopping the epoch whose weights the repeat shown ended with."""
    if record is None or not record.about.best_epoch:
        return None
    return record.about.best_epoch[record.about.shown_repeat]


def _sketch(record: Record) -> dict[str, Any]:
    """The rows of the run's score that are in the picture, and what others make on them.

    error: of the shown repeat; line: of the straight line of least squares.
    """
    split = record.metrics.final_name.partition("/")[0]
    feature = (record.varying or record.features)[-1]
    left, right = curves.of_group(record)["window"]
    table = record.predictions[record.predictions[feature].between(left, right)]
    rows = table if split == "all" else table[table["split"] == split]
    train = table[table["split"] == "train"]
    line = np.polyfit(train[feature], train["y"], 1) if len(train) > 1 else [0, 0]

    def error(column: Any) -> float | None:
        found = float(np.mean((rows["y"] - column) ** 2))
        return found if np.isfinite(found) else None

    drawn = rows.iloc[spread_out(len(rows), SKETCH_ROWS)]
    return {
        "x": quantised(drawn[feature].to_numpy(dtype=float), steps=65000),
        "y": quantised(drawn["y"].to_numpy(dtype=float), steps=65000),
        "rows": SPLITS[split],
        "error": error(rows["prediction"]),
        "bayes": error(rows["y_optimal"]),
        "line": error(np.polyval(line, rows[feature])),
    }
