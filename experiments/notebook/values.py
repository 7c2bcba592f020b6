"""What a finished run has to say -> what the notebook's templates are filled with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from datasets import data_of, split_of
from datasets.dataset import OWN_COLUMNS
from models import schedules
from models.losses import LOSSES
from models.optimizers import OPTIMIZERS

from ..config.schema import Config, check_config
from ..errors import ConfigError, Problem
from ..record import About, Metrics
from ..storage.guarded.tables import defused
from .cells import Setting, Verbatim, recipe

TABLE = "datasets/_table.j2"  # what reads rows, of data that no template draws
ON_SIDES = {"training MSE": "train/mse", "validation MSE": "val/mse"}


def notebook_values(folder: Path, about: About, metrics: Metrics, rows: str) -> dict[str, Any]:
    """What the templates ask for.

    Args:
        folder: of the run.
        about: what its status says.
        metrics: its final numbers.
        rows: the path of its predictions.csv, as the notebook is to write it.

    Raises:
        ConfigError: where the run cannot be written down in plain Keras.
    """
    config = check_config(about.config)
    recipes = {
        "dataset": recipe("datasets", config.dataset.kind) or TABLE,
        "initializer": recipe("initializers", config.training.initializer),
        "schedule": recipe("schedules", config.training.schedule),
    }
    final = final_numbers(about, metrics)
    if found := list(_obstacles(config, about, recipes, final)):
        raise ConfigError(found)
    table = recipes["dataset"] == TABLE
    return {
        "run": folder.resolve().name,
        "title": about.label,
        "description": about.data["description"],
        "command": about.command,
        "repeat": about.shown_repeat,
        "recipes": recipes,
        "table": table,
        "optimum": "bayes" in metrics.references,
        "noise_floor": metrics.noise_floor,
        "renamed": _renamed_columns(about.data["features"]),
        "final": final,
        "shuffled": config.split.how == "shuffled",
        "settings": _all_settings(config, about, _table_settings(about, rows) if table else None),
        **_training_words(config),
    }


def _renamed_columns(features: Iterable[str]) -> dict[str, str]:
    """What features are called by whom predictions.csv calls them otherwise."""
    return {defused(name): name for name in features if defused(name) != name}


def final_numbers(about: About, metrics: Metrics) -> dict[str, float | None]:
    """The errors of the shown repeat, by what the notebook calls them."""
    return {
        title: metrics.scores[name].values[about.shown_repeat]
        for title, name in ON_SIDES.items()
        if name in metrics.scores
    }


def _obstacles(
    config: Config, about: About, recipes: Mapping[str, str | None], final: Mapping[str, Any]
) -> Iterator[Problem]:
    """All that keeps a run from being a notebook."""
    if config.model.kind != "network":
        what = f"is no network that Keras trains in batches, received {config.model.kind!r}"
        yield Problem("model.kind", what, "name the folder of a run with model=network")
    elif None in final.values():
        what = f"too large: repeat {about.shown_repeat} diverged, and has no numbers to end at"
        received = f"{what}, received {config.training.learning_rate:g}"
        yield Problem("training.learning_rate", received, "train with a smaller one")
    for name in ("initializer", "schedule"):
        if recipes[name] is None:
            received = getattr(config.training, name)
            what = f"is not known to notebooks, received {received!r}"
            fix = f"write it down in experiments/notebook/templates/{name}s/{received}.j2"
            yield Problem(f"training.{name}", what, fix)
    # An earlier version gave such a feature's column to the target or to a prediction.
    lost = [name for name in about.data["features"] if name in OWN_COLUMNS]
    if lost and recipes["dataset"] == TABLE:
        what = f"predictions.csv has no room for a feature of this name, received {lost[0]!r}"
        yield Problem("dataset.features", what, "rename the column and train again")


def _table_settings(about: About, rows: str) -> list[Setting]:
    return [
        Setting("ROWS", rows),
        Setting("FEATURES", list(about.data["features"])),
        Setting("TARGET", about.data["target"], "what the target is called"),
    ]


def _all_settings(
    config: Config, about: About, table: list[Setting] | None
) -> dict[str, list[Setting]]:
    spec, repeat = config.training, about.shown_repeat
    split = split_of(config.split, repeat) if "split" in spec.vary else config.split
    shuffled = [Setting("SPLIT_SEED", split.seed)] if split.how == "shuffled" else []
    decay = spec.weight_decay and not OPTIMIZERS[spec.optimizer].decoupled
    return {
        "data": table or list(_synthetic(config, repeat)),
        "split": [Setting("VALIDATION", split.fraction, "share of the rows"), *shuffled],
        "network": [Setting("LAYERS", _layers_as_python(config.model.layers))],
        "training": [
            Setting("SEED", spec.seed),
            Setting("REPEAT", repeat if "weights" in spec.vary else 0),
            Setting("NORMALIZE_ON", spec.normalize_on, "train, all or none"),
            Setting("NORMALIZE_TARGET", spec.normalize_target),
            Setting("LEARNING_RATE", spec.learning_rate),
            *(Setting(key.upper(), getattr(spec, key)) for key in _of_schedule(config)),
            *([Setting("WEIGHT_DECAY", spec.weight_decay)] if decay else []),
            Setting("EPOCHS", spec.epochs),
            Setting("BATCH_SIZE", spec.batch_size),
            Setting("PATIENCE", spec.patience, "epochs without improvement; None: never stop"),
        ],
    }


def _synthetic(config: Config, repeat: int) -> Iterable[Setting]:
    """The parameters of the rows that the shown repeat saw, under the names of the recipes."""
    varied = "data" in config.training.vary
    spec = data_of(config.dataset, repeat) if varied else config.dataset
    for key, value in vars(spec).items():
        if key != "kind" and not key.startswith("_"):
            yield Setting("DATA_SEED" if key == "seed" else key.upper(), value)


def _layers_as_python(layers: Iterable[Any]) -> Verbatim:
    """Hidden layers as Python, equal ones multiplied: `3 * [(100, "sigmoid")]`."""
    runs = [(tuple(layer), len(list(run))) for layer, run in groupby(layers)]
    parts = [
        f'{f"{count} * " if count > 1 else ""}[({units}, "{activation}")]'
        for (units, activation), count in runs
    ]
    return Verbatim(" + ".join(parts) or "[]")


def _of_schedule(config: Config) -> tuple[str, ...]:
    spec = config.training
    if not schedules.varies(spec):
        return ()
    return ("warmup_epochs", *schedules.SCHEDULES[spec.schedule].reads)


def _training_words(config: Config) -> dict[str, Any]:
    """What the cells that compile and train differ in."""
    spec = config.training
    entry = OPTIMIZERS[spec.optimizer]
    more = "".join(f", {key}={value!r}" for key, value in entry.config(spec).items())
    penalty = bool(spec.weight_decay and not entry.decoupled)
    return {
        "initializer": Verbatim(spec.initializer),
        "normalize_all": spec.normalize_on == "all",
        "penalty": penalty,
        "regularized": Verbatim(", kernel_regularizer=penalty" if penalty else ""),
        "schedule": schedules.varies(spec),
        "optimizer": Verbatim(entry.class_name),
        "optimizer_settings": Verbatim(more),
        "decoupled": entry.decoupled,
        "loss": Verbatim(LOSSES[spec.loss].class_name),
    }
