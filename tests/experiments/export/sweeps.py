"""A small sweep in all states, made without training."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from benchmarks.synthetic import make_record, write_run
from experiments import report
from experiments.record import Planned, Sweep
from experiments.storage import run_folder, sweep_folder

DONE = ("0000-tanh", "0001-relu", "0002-wide")
DIVERGED, FAILED, HALF, MISSING = "0003-diverged", "0004-failed", "0005-half", "0006-missing"
SENT = (*DONE, DIVERGED, FAILED)


def make_states(folder):
    """Three runs that are done, one that diverged, one that failed; half a one and none."""
    for name, level, keys in (
        (DONE[0], 0.2, {}),
        (DONE[1], 0.5, {"model.activation": "relu"}),
        (DONE[2], 0.8, {"model.width": [9, 4], "model.depth": 2}),
        (DIVERGED, 0.9, {"training.learning_rate": 5.0}),
    ):
        write_one(folder / name, level, keys)
    failed = make_record([1.0], {"training.learning_rate": 7.0})
    error = "ValueError: =1+1 went wrong"
    write_run(folder / FAILED, replace(failed, about=replace(failed.about, error=error)), "failed")
    write_run(folder / HALF, make_record([1.0], {"model.width": 8}), "running")
    planned = tuple(Planned(name, (), name) for name in (*SENT, HALF, MISSING))
    started = "2026-01-01T00:00:00+00:00"
    sweep_folder.write_sweep(folder, Sweep("states", "python run.py -m", started, planned))
    report.compare(folder)
    return folder


def write_one(folder, level, keys):
    """A run with a picture and something in place of a model."""
    record = make_record([level, 1.1 * level, 0.9 * level], keys)
    if folder.name == DIVERGED:
        record = _diverged(record)
    write_run(folder, record)
    Image.new("RGB", (6, 4), "white").save(folder / "fit.png")
    (folder / run_folder.MODEL_FILE).write_bytes(b"a model")
    run_folder.finish(folder, record.about, record.state, ["fit.png"])


def _diverged(record):
    """The same with a second repeat whose loss left the numbers at epoch 7."""
    unknown = dict.fromkeys(("mean", "std", "typical", "ci95"))
    scores = {
        name: replace(one, **unknown, values=(one.values[0], None, one.values[2]))
        for name, one in record.metrics.scores.items()
    }
    about = replace(record.about, diverged_at=(None, 7, None), shown_repeat=1)
    history = record.history.copy()
    beyond = (history["repeat"] == 1) & (history["epoch"] >= 7)
    history.loc[beyond, "loss"] = float("inf")
    history.loc[beyond, ["val_loss", "mse", "val_mse"]] = float("nan")
    metrics = replace(record.metrics, scores=scores)
    return replace(record, about=about, metrics=metrics, history=history)


def files_of(folder):
    """Every file below a folder with its bytes."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
