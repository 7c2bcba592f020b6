"""From a fit to a record: every number, table and text that a run has to say."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datasets import Dataset, grid
from datasets.dataset import Floats
from models import Fit, Task, with_snapshots
from models import network as networks
from models.task import Rows

from ..record import About, Grid, Metrics, Record, Spread
from . import history
from .metrics import METRICS, mse, score
from .references import REFERENCES
from .repeats import median_index, spread

if TYPE_CHECKING:
    import keras
    import pandas as pd

MOST_ROWS = 256  # sets of rows whose references are kept: a few numbers each


def summarise(
    dataset: Dataset, task: Task, fitted: Fit, about: About
) -> tuple[Record, keras.Sequential]:
    """The record of a fit, and the Keras network of the repeat that it shows.

    Args:
        dataset: of repeat 0.
        task: what was fitted.
        fitted: its fit.
        about: of the run before it was trained; what is known now is added.
    """
    metrics = measure(dataset, task, fitted)
    shown = median_index([math.nan if v is None else v for v in metrics.final.values])
    task_shown = task.of_repeat(task.numbers[shown])
    network, summary, _ = networks.shared(task_shown)
    networks.restore(network, fitted.weights[shown])
    about = replace(
        about,
        data={**about.data, **_facts(dataset, task, network)},
        shown_repeat=shown,
        diverged_at=fitted.diverged_at,
        best_epoch=fitted.best_epoch,
    )
    between = _grid(dataset, task, fitted, shown, network)
    growing, place = with_snapshots(task, fitted, shown)
    if between is not None and growing.grids:
        between = replace(between, snapshots_SxG=growing.grids[place])
    record = Record(
        about=about,
        metrics=metrics,
        history=history.table(fitted, shown),
        predictions=_predictions(dataset, task, fitted, shown),
        snapshot_epochs=growing.snapshot_epochs[place],
        snapshots=growing.snapshots[place],
        summary=summary,
        grid=between,
    )
    return record, network


def _facts(dataset: Dataset, task: Task, network: keras.Sequential) -> dict[str, Any]:
    """What a page tells of the data."""
    return {
        "description": dataset.description,
        "rows": len(dataset.y_N),
        "train_rows": len(task.train_T),
        "validation_rows": len(task.validation_V),
        "vary": list(task.training.vary),
        "features": list(dataset.feature_names),
        "target": dataset.target_name,
        "sha256": dataset.fingerprint(),
        "asked": _answers(dataset, network),
    }


def _grid(
    dataset: Dataset, task: Task, fitted: Fit, shown: int, network: keras.Sequential
) -> Grid | None:
    """What is predicted between the rows: by the engine, or by the network where two vary.

    Snapshots are still to come.
    """
    points_GxF = grid(dataset.x_NxF)
    if not len(points_GxF):
        return None
    optimal_G = None if dataset.optimum is None else dataset.optimum(points_GxF)
    heights = [heights_SxG for heights_SxG in fitted.grids if heights_SxG is not None]
    if heights:
        finals_RxG = np.stack([heights_SxG[-1] for heights_SxG in heights])
        return Grid(points_GxF, finals_RxG, optimal_G)
    finals = []
    for number, weights in zip(task.numbers, fitted.weights, strict=True):
        # Repeats on the same rows differ in their weights alone.
        own = networks.build(task.of_repeat(number)) if task.draws else network
        prediction_G = networks.predict(networks.restore(own, weights), points_GxF)
        finals.append(prediction_G.astype(np.float32))
    networks.restore(network, fitted.weights[shown])
    return Grid(points_GxF, np.stack(finals), optimal_G)


def measure(dataset: Dataset, task: Task, fitted: Fit) -> Metrics:
    """Every final number: the run's, its references' and what it cost. Diverged repeats have none.

    A repeat is scored on the rows and sides that it saw itself. Where those vary, so do the
    references, and what is given is their mean over the repeats.

    Args:
        dataset: of repeat 0.
        task: what was fitted.
        fitted: its fit.
    """
    prediction_RxN = fitted.prediction_RxN
    finished_R = np.array([at is None for at in fitted.diverged_at])
    if not finished_R.all():
        prediction_RxN = np.where(finished_R[:, None], prediction_RxN, np.nan)
    seen = _seen(dataset, task)
    distinct = seen if task.draws else seen[:1]
    total, trainable = task.model.parameters(task.x_NxF.shape[1])
    references, unlearned = _without_training(distinct)
    return Metrics(
        scores=_scores(seen, prediction_RxN, _overlap(task)),
        references=references,
        noise_floor=dataset.noise_floor,
        parameters={"total": total, "trainable": trainable},
        epochs=task.epochs,
        repeats=task.repeats,
        seconds={"training": round(fitted.seconds, 3)},
        unlearned=unlearned,
    )


def _scores(seen: list[Rows], prediction_RxN: Floats, overlap: float) -> dict[str, Spread]:
    """Every metric on every split, and the distance to the Bayes-optimal prediction if known."""
    each = [score(rows, row_N) for rows, row_N in zip(seen, prediction_RxN, strict=True)]
    scores = {
        name: spread([one[name] for one in each], overlap, METRICS[name.partition("/")[2]].best)
        for name in each[0]
    }
    optima = [rows.optimum_N for rows in seen if rows.optimum_N is not None]
    if optima:
        pairs = zip(optima, prediction_RxN, strict=True)
        scores["excess/mse"] = spread([mse(*pair) for pair in pairs], overlap)
    return scores


class _Untrained(NamedTuple):
    """Scores that rows have without any training: of the references, and of no output at all."""

    references: dict[str, dict[str, float]]
    unlearned: dict[str, float]


def _without_training(distinct: list[Rows]) -> _Untrained:
    """Computed once for all runs on the same rows."""
    digest = hashlib.sha256()
    for rows in distinct:
        for array in (rows.x_NxF, rows.y_N, rows.train_T, rows.validation_V, rows.optimum_N):
            if array is not None:
                digest.update(f"{array.dtype}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
            digest.update(b"|")
    key, known = digest.digest(), _known_untrained()
    if key not in known:
        while len(known) >= MOST_ROWS:
            del known[next(iter(known))]
        unlearned = _means([score(rows, np.zeros(len(rows.y_N))) for rows in distinct])
        known[key] = _Untrained(_references(distinct), unlearned)
    references, unlearned = known[key]
    return _Untrained({name: {**scores} for name, scores in references.items()}, {**unlearned})


@cache
def _known_untrained() -> dict[bytes, _Untrained]:
    """The last of them, by a digest of the rows."""
    return {}


def _references(distinct: list[Rows]) -> dict[str, dict[str, float]]:
    """The scores of every reference that is known for these rows."""
    found = {}
    for name, reference in REFERENCES.items():
        predictions = [(rows, reference.predict(rows)) for rows in distinct]
        known = [score(rows, row_N) for rows, row_N in predictions if row_N is not None]
        if known:
            found[name] = _means(known)
    return found


def _seen(dataset: Dataset, task: Task) -> list[Rows]:
    """What each repeat saw."""
    if task.draws:
        return [task.draws[repeat] for repeat in task.numbers]
    sides = task.train_T, task.validation_V
    return [Rows(task.x_NxF, task.y_N, *sides, dataset.optimum_N)] * len(task.numbers)


def _means(each: list[dict[str, float]]) -> dict[str, float]:
    """The mean of every score."""
    return {name: float(np.mean([one[name] for one in each])) for name in each[0]}


def _overlap(task: Task) -> float:
    """Validation over training rows where repeats split the same rows, or 0: see `interval`."""
    varied = task.training.vary
    splits = "split" in varied and "data" not in varied
    return len(task.validation_V) / len(task.train_T) if splits else 0.0


def _answers(dataset: Dataset, network: Any) -> list[tuple[list[float], float | None]]:
    """The asked-for feature values, each with the shown repeat's prediction, if it is finite."""
    if dataset.asked_QxF is None or not len(dataset.asked_QxF):
        return []
    prediction_Q = networks.predict(network, dataset.asked_QxF).tolist()
    finite_Q = [answer if math.isfinite(answer) else None for answer in prediction_Q]
    return list(zip(dataset.asked_QxF.tolist(), finite_Q, strict=True))


def _predictions(dataset: Dataset, task: Task, fitted: Fit, shown: int) -> pd.DataFrame:
    """The rows that the shown repeat saw; all repeats together only where they saw the same."""
    import pandas as pd

    own = _seen(dataset, task)[shown]
    optimum_N = np.full(len(own.y_N), np.nan) if own.optimum_N is None else own.optimum_N
    side = np.full(len(own.y_N), "train", dtype=object)
    side[own.validation_V] = "val"
    predictions_RxN = fitted.prediction_RxN
    same = "data" not in task.training.vary
    several = same and len(predictions_RxN) > 1
    return pd.DataFrame(
        {
            "row": np.arange(len(own.y_N)),
            "split": side,
            **dict(zip(dataset.feature_names, own.x_NxF.T, strict=True)),
            "y": own.y_N,
            "y_optimal": optimum_N,
            "prediction": predictions_RxN[shown],
            "prediction_mean": predictions_RxN.mean(axis=0) if same else np.nan,
            "prediction_std": _std_over_repeats(predictions_RxN) if several else np.nan,
        }
    )


def _std_over_repeats(prediction_RxN: Floats) -> Floats:
    """The sample standard deviation (N,), a few rows at a time: NumPy copies what it is given."""
    blocks = np.array_split(prediction_RxN, max(1, prediction_RxN.shape[1] // 64), axis=1)
    return np.concatenate([block_RxB.std(axis=0, ddof=1) for block_RxB in blocks])


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
