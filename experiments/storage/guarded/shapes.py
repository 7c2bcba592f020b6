"""Whether the parts of a record fit together: what draws them relies on it."""

from __future__ import annotations

from pathlib import Path

from ...errors import DamagedError
from ...record import About, Grid, Metrics, Record

# That what is drawn and compared asks for.
PARAMETERS, REFERENCES = ("total", "trainable"), ("mean_predictor", "least_squares")


def check_metrics(metrics: Metrics, state: str, path: object) -> None:
    """Raise DamagedError where numbers are missing that every finished run has."""
    name = metrics.final_name
    if name not in metrics.scores:
        raise DamagedError.at(path, f"has no {name}")
    if missing := [one for one in PARAMETERS if one not in metrics.parameters]:
        raise DamagedError.at(path, f"has no parameters.{missing[0]}")
    if missing := [one for one in REFERENCES if name not in metrics.references.get(one, {})]:
        raise DamagedError.at(path, f"has no references.{missing[0]}.{name}")
    if any(name not in scores for scores in metrics.references.values()):
        raise DamagedError.at(path, f"has a reference without {name}")
    final = metrics.final
    if len(final.values) != metrics.repeats or not final.values:
        counts = f"{len(final.values)} values of {metrics.repeats} repeats"
        raise DamagedError.at(path, f"has {counts} in {name}")
    if state == "done" and (final.mean is None or final.typical is None or None in final.values):
        raise DamagedError.at(path, f"holds no mean error in {name}")
    if any(value is not None and value < 0 for value in (final.typical, *final.values)):
        raise DamagedError.at(path, f"has a negative error in {name}")


def known_features(about: About, path: object) -> list[str]:
    """The names of a run's features; raises DamagedError where it does not say them."""
    names = about.data.get("features")
    if not names or len(set(names)) < len(names) or not about.data.get("target"):
        raise DamagedError.at(path, "does not say which features and target it saw")
    return list(names)


def check_shown(about: About, repeats: int, path: object) -> None:
    """Raise DamagedError where a status shows a repeat that there is not, or counts others."""
    counted = {len(about.diverged_at), len(about.best_epoch)}
    if about.shown_repeat >= repeats or not counted <= {0, repeats}:
        raise DamagedError.at(path, f"shows a repeat that it has not, of {repeats}")


def check_record(record: Record, folder: Path) -> None:
    """Raise DamagedError where tables or arrays have other sizes than the run."""
    check_metrics(record.metrics, record.state, folder / "metrics.json")
    about, repeats, rows = record.about, record.metrics.repeats, len(record.predictions)
    check_shown(about, repeats, folder)
    if about.data.get("rows", rows) != rows:
        count = f"{rows:,} rows in predictions.csv of {about.data['rows']:,}"
        raise DamagedError.at(folder, f"has {count}")
    for name, least, most in (("repeat", 0, repeats - 1), ("epoch", 1, record.metrics.epochs)):
        numbers = record.history[name].to_numpy()
        if len(numbers) and not (least <= numbers.min() and numbers.max() <= most):
            raise DamagedError.at(folder, f"has a {name} in history.csv that was not trained")
    epochs, snapshots = record.snapshot_epochs, record.snapshots
    if epochs.ndim != 1 or epochs.dtype.kind != "i" or snapshots.shape != (len(epochs), rows):
        shape = f"{snapshots.shape} for {epochs.shape} epochs and {rows} rows"
        raise DamagedError.at(folder, f"has snapshots of shape {shape}")
    if record.grid is not None:
        _check_grid(record.grid, len(record.features), repeats, len(epochs), folder)


def _check_grid(grid: Grid, features: int, repeats: int, snapshots: int, folder: Path) -> None:
    points = grid.x_GxF.size // max(features, 1)
    wanted: dict[str, tuple[int, ...]] = {
        "x_GxF": (points, features),
        "prediction_RxG": (repeats, points),
    }
    if grid.optimal_G is not None:
        wanted["optimal_G"] = (points,)
    if grid.snapshots_SxG is not None:
        wanted["snapshots_SxG"] = (snapshots, points)
    for name, shape in wanted.items():
        array = getattr(grid, name)
        if array.shape != shape or array.dtype.kind != "f":
            raise DamagedError.at(folder, f"has a grid whose {name} is {array.dtype}{array.shape}")
