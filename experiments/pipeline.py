"""One run, from the checked config to the finished folder."""

from __future__ import annotations

import logging
import math
import platform
import shlex
import time
from contextlib import contextmanager
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from datasets import Dataset, load, split_rows
from models import Fit, Task, fit
from models import network as networks
from rich.console import Console

from . import record as records
from . import report, terminal
from .config import Config
from .errors import ConfigError, Problem, RunFailed, StorageError
from .limits import BASELINES
from .metrics import score, splits
from .record import About, Metrics, Record
from .statistics import median_index, spread

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)

PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "pandas", "hydra-core")


def run(config: Config, folder: Path, overrides: list[str], quiet: bool = False) -> float:
    """Train one config into `folder`; returns the score, the mean val/mse (nan if it diverged).

    Without validation rows the score is the mean train/mse. `quiet` hides the progress bar.
    Raises ConfigError for data that cannot be used, StorageError where a file cannot be written,
    RunFailed for anything else; the folder then says failed, or interrupted on Ctrl-C.
    """
    started = time.perf_counter()
    about = About(
        config=config.tree(),
        config_sha256=config.fingerprint(),
        command=shlex.join(["python", "run.py", *overrides]),
        versions=_versions(),
        started=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    with _outcome_marked(folder, about):
        records.start(folder, about)
        with terminal.native_noise_to(folder / "run.log") as console:
            record, network = _train(config, about, console, quiet)
            record = _write(folder, record, network)
            del network
        records.finish(
            folder,
            replace(record.about, seconds=round(time.perf_counter() - started, 3)),
            record.state,
        )
    _tell(record, folder)
    return final_score(record.metrics)


def prepare(config: Config) -> tuple[Dataset, Task]:
    """The dataset of a config and the task that it makes; raises ConfigError for unusable rows."""
    dataset = load(config.dataset)
    try:
        train_T, validation_V = split_rows(len(dataset.y_N), config.split)
    except ValueError as error:
        what = f"{error}, received {config.split.fraction!r}"
        raise ConfigError([Problem("split.fraction", what, "change split.fraction")]) from None
    task = Task(
        x_NxF=dataset.x_NxF,
        y_N=dataset.y_N,
        train_T=train_T,
        validation_V=validation_V,
        model=config.model,
        training=config.training,
    )
    return dataset, task


def final_score(metrics: Metrics) -> float:
    """What a run returns to Hydra: mean val/mse, or train/mse where no row validates."""
    chosen = metrics.scores.get("val/mse") or metrics.scores["train/mse"]
    return math.nan if chosen.mean is None else chosen.mean


def _train(
    config: Config, about: About, console: Console, quiet: bool
) -> tuple[Record, keras.Sequential]:
    """Announce, train, and turn the fit into a record and the network that it shows."""
    dataset, task = prepare(config)
    announcement = announce(config, task)
    console.print(announcement)
    log.info(announcement)
    with terminal.progress(console, task.repeats * task.epochs, shown=not quiet) as advance:
        fitted = fit([task], advance)[0]
    log.info("trained in %.2f seconds", fitted.seconds)
    metrics = measure(dataset, task, fitted)
    per_repeat = metrics.scores.get("val/mse") or metrics.scores["train/mse"]
    shown = median_index([math.nan if v is None else v for v in per_repeat.values])
    network = networks.restore(networks.build(task), fitted.weights[shown])
    about = replace(
        about,
        data={
            "description": dataset.description,
            "rows": len(dataset.y_N),
            "train_rows": len(task.train_T),
            "features": list(dataset.feature_names),
            "target": dataset.target_name,
            "sha256": dataset.fingerprint(),
        },
        label=f"{config.dataset.kind}: {config.model.label}",
        shown_repeat=shown,
        diverged_at=fitted.diverged_at,
    )
    record = Record(
        about=about,
        metrics=metrics,
        history=_history(fitted),
        predictions=_predictions(dataset, task, fitted, shown),
        snapshot_epochs=fitted.snapshot_epochs[shown],
        snapshots=fitted.snapshots[shown],
        summary=_summary(network),
    )
    return record, network


def announce(config: Config, task: Task) -> str:
    """One line on what will run."""
    total, _ = config.model.parameters(task.x_NxF.shape[1])
    parts = [
        f"{config.dataset.kind} ({len(task.train_T)} training, {len(task.validation_V)} validation rows)",
        f"{config.model.label} ({total:,} parameters)",
    ]
    if config.model.kind == "network":
        spec = config.training
        times = "1 repeat" if spec.repeats == 1 else f"{spec.repeats} repeats"
        parts.append(f"{spec.optimizer} at {spec.learning_rate:g}, {spec.epochs} epochs, {times}")
    return " · ".join(parts)


def measure(dataset: Dataset, task: Task, fitted: Fit) -> Metrics:
    """Every final number: the run's, its limits' and what it cost."""
    rows = splits(task.train_T, task.validation_V)
    each = [score(task.y_N, prediction_N, rows) for prediction_N in fitted.prediction_RxN]
    scores = {name: spread([one[name] for one in each]) for name in each[0]}
    limits = {name: score(task.y_N, of(task), rows) for name, of in BASELINES.items()}
    if dataset.optimum_N is not None:
        from .metrics import mse

        excess = [mse(dataset.optimum_N, prediction_N) for prediction_N in fitted.prediction_RxN]
        scores["excess/mse"] = spread(excess)
        limits["bayes"] = score(task.y_N, dataset.optimum_N, rows)
    total, trainable = task.model.parameters(task.x_NxF.shape[1])
    return Metrics(
        scores=scores,
        limits=limits,
        noise_floor=dataset.noise_floor,
        parameters={"total": total, "trainable": trainable},
        epochs=task.epochs,
        repeats=task.repeats,
        seconds={"training": round(fitted.seconds, 3)},
    )


def _history(fitted: Fit) -> pd.DataFrame:
    columns = ["repeat", "epoch", "loss", "val_loss", "mse", "val_mse"]
    parts = [
        pd.DataFrame({"repeat": repeat, "epoch": np.arange(1, len(curves["loss"]) + 1), **curves})
        for repeat, curves in enumerate(fitted.history)
        if curves
    ]
    return (pd.concat(parts) if parts else pd.DataFrame()).reindex(columns=columns)


def _predictions(dataset: Dataset, task: Task, fitted: Fit, shown: int) -> pd.DataFrame:
    side = np.full(len(task.y_N), "train", dtype=object)
    side[task.validation_V] = "val"
    predictions_RxN = fitted.prediction_RxN
    several = len(predictions_RxN) > 1
    return pd.DataFrame(
        {
            "row": np.arange(len(task.y_N)),
            "split": side,
            **dict(zip(dataset.feature_names, task.x_NxF.T, strict=True)),
            "y": task.y_N,
            "y_optimal": np.nan if dataset.optimum_N is None else dataset.optimum_N,
            "prediction": predictions_RxN[shown],
            "prediction_mean": predictions_RxN.mean(axis=0),
            "prediction_std": predictions_RxN.std(axis=0, ddof=1) if several else np.nan,
        }
    )


def _summary(network: Any) -> str:
    lines: list[str] = []
    network.summary(print_fn=lambda text, **_: lines.append(text), line_length=80)
    return "\n".join(lines).rstrip() + "\n"


def _write(folder: Path, record: Record, network: Any) -> Record:
    """Data, model, pictures, page. Returns the record with notes on pictures that went wrong."""
    started = time.perf_counter()
    records.write(folder, record)
    with records.replacing(folder / records.MODEL_FILE) as path:
        network.save(path)
    record = report.build(folder, record, network)
    log.info("folder written in %.2f seconds", time.perf_counter() - started)
    return record


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


@contextmanager
def _outcome_marked(folder: Path, about: About) -> Iterator[None]:
    """Whatever ends a run early is logged and marked in its folder before it goes on."""
    try:
        yield
    except BaseException as error:
        state = "failed" if isinstance(error, Exception) else "interrupted"
        log.exception(state)
        text = str(error) or type(error).__name__
        try:
            records.finish(folder, replace(about, error=text), state)
        except OSError:
            log.exception("the folder could not be marked")
        if isinstance(error, OSError):
            fix = "free space or choose another folder with hydra.run.dir"
            raise StorageError([Problem(str(error.filename or folder), text, fix)]) from error
        if isinstance(error, Exception) and not isinstance(error, ConfigError):
            fix = f"the traceback is in {folder / 'run.log'}"
            raise RunFailed([Problem(type(error).__name__, text, fix)]) from error
        raise


def _tell(record: Record, folder: Path) -> None:
    console = Console(soft_wrap=True)
    console.print(terminal.results(record.about.label, record.metrics))
    for repeat, epoch in enumerate(record.about.diverged_at):
        if epoch is not None:
            console.print(f"[red]diverged[/]: repeat {repeat} at epoch {epoch}")
    console.print(f"report: {folder / records.REPORT}", highlight=False)
