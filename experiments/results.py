"""From a fit to a record: every number, table and text that a run has to say."""

from __future__ import annotations

import math
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from datasets import Dataset
from models import Fit, Task
from models import network as networks
from models.task import Floats

from . import history
from .checks import Config
from .limits import BASELINES
from .metrics import mse, score
from .plots import diagram
from .record import About, Metrics, Record
from .statistics import median_index, spread

if TYPE_CHECKING:
    import keras


def summarise(
    config: Config, dataset: Dataset, task: Task, fitted: Fit, about: About
) -> tuple[Record, keras.Sequential]:
    """The record of a fit, and the Keras network of the repeat that it shows."""
    metrics = measure(dataset, task, fitted)
    shown = median_index([math.nan if v is None else v for v in metrics.final.values])
    network = networks.restore(networks.build(task), fitted.weights[shown])
    summary = _summary(network)  # before compiling adds the optimizer's parameters to it
    networks.compile_for(network, task)
    about = replace(
        about,
        data={
            "description": dataset.description,
            "rows": len(dataset.y_N),
            "train_rows": len(task.train_T),
            "features": list(dataset.feature_names),
            "target": dataset.target_name,
            "sha256": dataset.fingerprint(),
            "asked": _answers(dataset, network),
        },
        label=f"{config.dataset.label}: {config.model.label}",
        shown_repeat=shown,
        diverged_at=fitted.diverged_at,
    )
    record = Record(
        about=about,
        metrics=metrics,
        history=history.table(fitted, shown),
        predictions=_predictions(dataset, task, fitted, shown),
        snapshot_epochs=fitted.snapshot_epochs[shown],
        snapshots=fitted.snapshots[shown],
        summary=summary,
    )
    return record, network


def measure(dataset: Dataset, task: Task, fitted: Fit) -> Metrics:
    """Every final number: the run's, its limits' and what it cost. Diverged repeats have none."""
    finished_R = np.array([at is None for at in fitted.diverged_at])
    prediction_RxN = np.where(finished_R[:, None], fitted.prediction_RxN, np.nan)
    each = [score(task, prediction_N) for prediction_N in prediction_RxN]
    scores = {name: spread([one[name] for one in each]) for name in each[0]}
    limits = {name: score(task, of(task)) for name, of in BASELINES.items()}
    if dataset.optimum_N is not None:
        excess = [mse(dataset.optimum_N, prediction_N) for prediction_N in prediction_RxN]
        scores["excess/mse"] = spread(excess)
        limits = {"bayes": score(task, dataset.optimum_N), **limits}
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


def _answers(dataset: Dataset, network: Any) -> list[tuple[list[float], float | None]]:
    """The asked-for feature values, each with the shown repeat's prediction, if it is finite."""
    if dataset.asked_QxF is None or not len(dataset.asked_QxF):
        return []
    prediction_Q = networks.predict(network, dataset.asked_QxF).tolist()
    finite_Q = [answer if math.isfinite(answer) else None for answer in prediction_Q]
    return list(zip(dataset.asked_QxF.tolist(), finite_Q, strict=True))


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


def check_agreement(task: Task, prediction_N: Floats, network: Any) -> None:
    """Raise RuntimeError where the Keras network does not predict what the engine's fit says."""
    again_N = networks.predict(network, task.x_NxF)
    scale = float(np.abs(prediction_N).max()) + float(np.ptp(task.y_N))
    with np.errstate(invalid="ignore"):
        off = float(np.abs(again_N - prediction_N).max()) / scale
    if off > 1e-3:  # nan, of a diverged training, is no disagreement
        raise RuntimeError(
            f"the saved network's predictions differ from the engine's by {off:.1%} of their size"
        )


_summaries: dict[Any, str] = {}


def _summary(network: Any) -> str:
    """Keras' summary, made once for all networks of the same layers."""
    boxes = diagram.numbers(network)
    if boxes not in _summaries:
        lines: list[str] = []
        with redirect_stdout(StringIO()):  # Keras prints on it even when it is told not to
            network.summary(print_fn=lambda text, **_: lines.append(text), line_length=66)
        _summaries[boxes] = "\n".join(lines).rstrip() + "\n"
    return _summaries[boxes]
