"""Run folders made without training, for tests and benchmarks of what reads them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.record import About, Grid, Metrics, Record
from experiments.scoring.repeats import spread
from experiments.storage import run_folder

ROWS, TRAIN_ROWS, EPOCHS = 120, 96, 50
REFERENCES = {"bayes": 0.14, "least_squares": 0.5, "mean_predictor": 0.6}
NOISE_FLOOR = 0.15


def make_record(values: Sequence[float], keys: dict[str, Any] | None = None) -> Record:
    """A record whose validation errors are `values`, one a repeat.

    keys: config values by `<section>.<key>` that differ from a small network on a sine.
    """
    config: dict[str, Any] = {
        "dataset": {"kind": "sine", "seed": 42},
        "split": {"how": "tail", "fraction": 0.2, "seed": 42},
        "model": {"kind": "network", "depth": 1, "width": 5, "activation": "tanh"},
        "training": {"epochs": EPOCHS, "seed": 42, "repeats": len(values), "learning_rate": 0.01},
    }
    for key, value in (keys or {}).items():
        section, _, name = key.partition(".")
        config[section][name] = value
    model, dataset = config["model"], config["dataset"]
    label = f"{model['width']} {model['activation']} ×{model['depth']}"
    if model["kind"] != "network":
        label = f"least squares by {model['kind']}"
    words = [f"{key.removesuffix('.kind')}={value}" for key, value in (keys or {}).items()]
    about = About(
        config=config,
        config_sha256=hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest(),
        command=" ".join(["python run.py", *words]),
        versions={"python": "3"},
        data={
            "description": f"an invented {dataset['kind']}",
            "rows": ROWS,
            "train_rows": TRAIN_ROWS,
            "features": ["x0", "x1"],
            "target": "y",
            "sha256": hashlib.sha256(json.dumps(dataset).encode()).hexdigest(),
        },
        label=f"{dataset['kind']}: {label}",
        diverged_at=(None,) * len(values),
        started="2026-01-01T00:00:00+00:00",
        seconds=1.5,
    )
    arrays = _arrays(values)
    return Record(about, _metrics(values), *arrays, "a summary\n", _grid(values, arrays[2]))


def _metrics(values: Sequence[float]) -> Metrics:
    scores = {name: spread(values) for name in ("train/mse", "val/mse", "all/mse")}
    scores["excess/mse"] = spread([abs(value - REFERENCES["bayes"]) for value in values])
    return Metrics(
        scores=scores,
        references={
            name: dict.fromkeys(("train/mse", "val/mse", "all/mse"), height)
            for name, height in REFERENCES.items()
        },
        noise_floor=NOISE_FLOOR,
        parameters={"total": 26, "trainable": 21},
        epochs=EPOCHS,
        repeats=len(values),
        seconds={"training": 1.0},
    )


def _arrays(values: Sequence[float]) -> tuple[pd.DataFrame, pd.DataFrame, Any, Any]:
    """History, predictions, snapshot epochs and snapshots that end at the values."""
    epochs = np.arange(1, EPOCHS + 1)
    curves = [np.geomspace(10 * abs(value) + 1, abs(value) + 1e-3, EPOCHS) for value in values]
    history = pd.concat(
        [
            pd.DataFrame(
                {"repeat": k, "epoch": epochs, "loss": c, "val_loss": c, "mse": c, "val_mse": c}
            )
            for k, c in enumerate(curves)
        ]
    )
    x_N = np.random.default_rng(0).normal(size=ROWS)
    optimum_N = np.sin(2 * x_N)
    predictions = pd.DataFrame(
        {
            "row": np.arange(ROWS),
            "split": ["train"] * TRAIN_ROWS + ["val"] * (ROWS - TRAIN_ROWS),
            "x0": 1.0,
            "x1": x_N,
            "y": optimum_N + 0.1 * np.cos(9 * x_N),
            "y_optimal": optimum_N,
            "prediction": optimum_N + values[0],
            "prediction_mean": optimum_N,
            "prediction_std": 0.1,
        }
    )
    grown = np.unique(np.geomspace(1, EPOCHS, 20).round().astype(np.int64))
    snapshot_epochs = np.concatenate([[0], grown])
    shares = snapshot_epochs / EPOCHS
    snapshots = (shares[:, None] * (optimum_N + values[0])).astype(np.float32)
    return history, predictions, snapshot_epochs, snapshots


def _grid(values: Sequence[float], snapshot_epochs: Any) -> Grid:
    """Predictions between the rows: the optimum, as far off in each repeat as its value says."""
    x_G = np.linspace(-3, 3, 400)
    optimal_G = np.sin(2 * x_G)
    prediction_RxG = (optimal_G + np.array(values)[:, None]).astype(np.float32)
    shares_S = snapshot_epochs / EPOCHS
    snapshots_SxG = (shares_S[:, None] * prediction_RxG[0]).astype(np.float32)
    x_GxF = np.stack([np.ones(len(x_G)), x_G], axis=1)
    return Grid(x_GxF, prediction_RxG, optimal_G, snapshots_SxG)


def write_run(folder: Path, record: Record, state: str | None = None) -> None:
    """A run folder; state says how it ended where that was not well, it then holds no results."""
    run_folder.start(folder, record.about, [])
    (folder / run_folder.LOG).write_text(
        f"first line\nlast line of {folder.name}\n", encoding="utf-8"
    )
    if state in (None, "done", "diverged"):
        run_folder.write(folder, record)
        (folder / run_folder.REPORT).write_text("a page", encoding="utf-8")
    if state != "running":
        run_folder.finish(folder, record.about, state or record.state, [])


def make_sweep(folder: Path, runs: int, broken: int = 0) -> None:
    """Many run folders, of which some are broken in turns in five ways.

    Large files are links to one run's, so that thousands take seconds.
    """
    rng = np.random.default_rng(0)
    template = folder.with_name(folder.name + "-template")
    write_run(template, make_record([0.2] * 5))
    status = json.loads((template / run_folder.STATUS).read_text(encoding="utf-8"))
    linked = [
        name for name in status["files"] if name not in (run_folder.METRICS_FILE, run_folder.LOG)
    ]
    for number in range(runs):
        place = folder / f"{number:04d}-run"
        place.mkdir(parents=True)
        keys = keys_of(number)
        level = 0.15 + 0.05 * (number % 7) + 0.02 * (number % 4)
        record = make_record([1.0] * 5, keys)
        record = replace(record, metrics=_metrics(list(level * np.exp(0.1 * rng.normal(size=5)))))
        for name in linked:
            os.link(template / name, place / name)
        _write_small(place, record, status["files"])
    for number in range(broken):
        _break(folder / f"{number * (runs // broken):04d}-run", number)


def keys_of(number: int) -> dict[str, Any]:
    """What sets the invented run of a number apart from the others."""
    return {
        "dataset.kind": ("linear", "cubic", "sine")[number % 3],
        "model.depth": 1 + number % 4,
        "model.width": 5 * (1 + number % 7),
        "model.activation": ("tanh", "relu", "sigmoid")[number % 11 % 3],
        "training.learning_rate": round(0.001 * (1 + number // 84), 3),
    }


def _write_small(place: Path, record: Record, files: dict[str, Any]) -> None:
    metrics = run_folder.metrics_text(record.metrics).encode()
    (place / run_folder.METRICS_FILE).write_bytes(metrics)
    (place / run_folder.LOG).write_text(f"log of {place.name}\n", encoding="utf-8")
    size = {"bytes": len(metrics), "sha256": hashlib.sha256(metrics).hexdigest()}
    log = {"bytes": (place / run_folder.LOG).stat().st_size, "sha256": ""}
    about = record.about.__dict__
    tree = {
        "state": "done",
        **about,
        "files": {**files, run_folder.METRICS_FILE: size, run_folder.LOG: log},
    }
    (place / run_folder.STATUS).write_text(json.dumps(tree), encoding="utf-8")


def _break(place: Path, way: int) -> None:
    """No status; half a status; other numbers; a lost file; a status that is something else."""
    status = place / run_folder.STATUS
    if way % 5 == 0:
        status.unlink()
    elif way % 5 == 1:
        status.write_bytes(status.read_bytes()[:200])
    elif way % 5 == 2:
        (place / run_folder.METRICS_FILE).write_text("{}", encoding="utf-8")
    elif way % 5 == 3:
        (place / "history.csv").unlink()
    else:
        status.write_text('["alien"]', encoding="utf-8")
