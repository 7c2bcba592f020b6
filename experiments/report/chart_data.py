"""What the charts of a comparison draw of single runs: small files that the page loads on demand.

A page opened from the disk may not fetch, but it may add a script tag; so each run has a script
that hands its curves to the page. Only the best runs of each group have one: reading the curves of
thousands would take minutes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..comparison.rows import Comparison
from ..plots.pictures import fit
from ..record import Record
from ..storage import files, run_folder
from ..storage.read_runs import UNREADABLE

FOLDER = "comparison_data"
RUNS = 200  # runs with curves, over all groups
ROWS, EPOCHS, LOSS_POINTS = 240, 40, 160  # how much of a run's record is handed on


def write_scripts(sweep_folder: Path, comparison: Comparison) -> dict[int, str]:
    """Write a script for each of the best runs; returns their paths by the number of their row.

    A run whose files cannot be read has none. Scripts of an earlier page are removed.
    """
    folder = sweep_folder / FOLDER
    scripts: dict[str, bytes] = {}
    seen: dict[int | None, Record] = {}  # the run whose rows stand for its group's
    paths: dict[int, str] = {}
    for number in best_first(comparison)[:RUNS]:
        row = comparison.rows[number]
        try:
            record = run_folder.read(sweep_folder / row.folder)
            first = seen.setdefault(row.group, record)
            run = {"group": row.group, **curves(record), **growth(record, first)}
        except UNREADABLE:
            continue
        scripts.setdefault(f"group-{row.group}.js", _script(f"group-{row.group}", points(first)))
        scripts[f"{number}.js"] = _script(str(number), run)
        paths[number] = f"{FOLDER}/{number}.js"
    if scripts:
        folder.mkdir(exist_ok=True)
    for old in [path for path in folder.glob("*.js") if path.name not in scripts]:
        old.unlink()
    for name, content in scripts.items():
        files.write_bytes(folder / name, content)
    return paths


def best_first(comparison: Comparison) -> list[int]:
    """Row numbers of the ranked runs: the best of each group, then the second of each, ..."""
    ranked = [number for number, row in enumerate(comparison.rows) if row.rank is not None]
    by_group: dict[int, list[int]] = {}
    for number in sorted(ranked, key=lambda n: (comparison.rows[n].typical, n)):
        by_group.setdefault(comparison.rows[number].group or 0, []).append(number)
    order = {n: (index, n) for numbers in by_group.values() for index, n in enumerate(numbers)}
    return sorted(ranked, key=lambda n: order[n])


def points(record: Record) -> dict[str, Any]:
    """The data that all runs of a group saw, at most ROWS rows in the order of the feature.

    curve: only one feature varies, so a prediction is a curve over it; breaks: see `curve_breaks`.
    """
    shown, rows = fit.numbers(record), _shown_rows(record)
    guide_N = shown.prediction_N if shown.optimum_N is None else shown.optimum_N
    return {
        "feature": shown.feature,
        "target": shown.target,
        "curve": len(varying_features(record)) <= 1,
        "breaks": curve_breaks(record, shown.x_N[rows], guide_N[rows]),
        "rows": len(shown.y_N),
        "x": rounded(shown.x_N[rows]),
        "y": rounded(shown.y_N[rows]),
        "optimum": None if shown.optimum_N is None else rounded(shown.optimum_N[rows]),
        "validation": shown.validation_N[rows].tolist(),
    }


def curve_breaks(record: Record, x_N: NDArray[Any], height_N: NDArray[Any]) -> list[int]:
    """Over several features that vary a prediction is no curve: every row stands alone."""
    return list(range(len(x_N))) if len(varying_features(record)) > 1 else []


def varying_features(record: Record) -> list[str]:
    """The features that are not the same in all rows."""
    return [name for name in record.features if record.predictions[name].nunique() > 1]


def growth(record: Record, first: Record | None = None) -> dict[str, Any]:
    """The shown repeat's predictions at the recorded epochs, on the rows of `points(first)`.

    first: the run whose rows stand for its group's, where that is another one.
    """
    kept = spread_out(len(record.snapshot_epochs), EPOCHS)
    return {
        "epochs": record.snapshot_epochs[kept].tolist(),
        "fits": [
            rounded(_on_rows(first or record, record, fit_N)) for fit_N in record.snapshots[kept]
        ],
        "shownRepeat": record.about.shown_repeat,
    }


def curves(record: Record) -> dict[str, Any]:
    """Training and validation loss over epochs: the median of the repeats, nothing not finite."""
    middle = record.shared_history.groupby("epoch")[["mse", "val_mse"]].median()
    epochs = middle.index.to_numpy()
    kept = np.arange(len(epochs))
    if len(epochs) > LOSS_POINTS:  # a single repeat's, every one of them
        kept = np.unique(np.geomspace(1, len(epochs), LOSS_POINTS).round().astype(int)) - 1
    return {
        "lossEpochs": epochs[kept].tolist(),
        "loss": rounded(middle["mse"].to_numpy(dtype=float)[kept]),
        "valLoss": rounded(middle["val_mse"].to_numpy(dtype=float)[kept]),
    }


def rounded(values_N: NDArray[Any]) -> list[float | None]:
    """Four significant digits, as JSON has them; None for what is not finite."""
    return [float(f"{v:.4g}") if np.isfinite(v) else None for v in values_N]


def spread_out(count: int, wanted: int) -> NDArray[np.int64]:
    """At most `wanted` indices out of `count`, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))


def embedded(value: Any) -> str:
    """JSON that can stand in a script element: no `<`, `>` or `&` that would end or open one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _on_rows(first: Record, record: Record, prediction_N: NDArray[Any]) -> NDArray[Any]:
    """A run's predictions on the rows of another one, where the two saw other rows.

    The features are then one that varies (only synthetic data are drawn anew), and the predictions
    a curve over it, known on the run's own rows: straight lines between, nothing beyond the ends.
    """
    if "data" not in record.about.vary:
        return np.asarray(prediction_N[_shown_rows(record)])
    shown = fit.numbers(record)
    order_N = shown.order_N
    x_N = fit.numbers(first).x_N[_shown_rows(first)]
    height_N = np.interp(x_N, shown.x_N[order_N], prediction_N[order_N], left=np.nan, right=np.nan)
    return np.asarray(height_N)


def _shown_rows(record: Record) -> NDArray[np.int64]:
    order_N = fit.numbers(record).order_N
    return order_N[spread_out(len(order_N), ROWS)]


def _script(name: str, value: Any) -> bytes:
    return f"archlab.receive({json.dumps(name)}, {embedded(value)});\n".encode()
