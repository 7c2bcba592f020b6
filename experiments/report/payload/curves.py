"""What the page draws of single runs: fits while they learned, learning curves, rows of the data.

Curves come from `Record.grid`, never from rows: a line through rows would drop what lies between
them. A run without snapshots on a grid (more than one feature varies, or an earlier version wrote
the folder) has its predictions at rows instead, to be drawn against the target.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...record import Record
from ..chart_data import spread_out
from .packing import Curves, quantised

GROUP_ROWS, EPOCHS, POINTS = 240, 24, 127  # of a run: rows, recorded epochs, points of a curve
THIN_REPEATS = 19  # beside the repeat shown; at every other point
LOSS_EPOCHS, THIN_EPOCHS = 60, 24
TAIL_SHARE = 2  # times the width of the middle 98 % that all rows take
REACH = 1.5  # heights of the data above and below them that a curve may reach
HEIGHTS, LOSSES = 8192, 2048  # steps between the lowest and the highest code

AnyFloats = NDArray[np.float64]


def of_group(record: Record) -> dict[str, Any]:
    """The data that all runs of a group saw, at most ROWS rows, and what could be known of them.

    record: the run whose rows stand for its group's. curve: only one feature varies, so that a
    prediction is a curve over it, given at `grid`. window: from where to where it is drawn, with
    so many rows outside.
    """
    rows_N = group_rows(record)
    table = record.predictions.iloc[rows_N]
    known = record.predictions["y_optimal"].notna().any()
    x_N = record.predictions[_feature(record)].to_numpy(dtype=float)
    window, outside = _group_window(record)
    found = {
        "feature": _feature(record),
        "target": record.about.data["target"],
        "curve": _is_curve(record),
        "rows": len(x_N),
        "x": quantised(table[_feature(record)].to_numpy(dtype=float), steps=16384),
        "y": quantised(table["y"].to_numpy(dtype=float), steps=16384),
        "optimum": _quantised(table["y_optimal"].to_numpy(dtype=float), record) if known else None,
        "validation": (table["split"] == "val").astype(int).tolist(),
        "range": [float(x_N.min()), float(x_N.max())],
        "window": window,
        "outside": outside,
        "grid": None,
        "bayes": None,
    }
    if not _is_curve(record):
        return found
    x_P = grid_of(record)
    bayes = record.grid.optimal_G if record.grid else None
    if bayes is not None:
        found["bayes"] = _quantised(_at(x_P, record, bayes[None])[0], record)
    return {**found, "grid": quantised(x_P, steps=65000)}


def of_run(record: Record, first: Record, x_P: AnyFloats | None = None) -> dict[str, Any]:
    """A run's curves, at the places of `of_group(first)`.

    x_P: `grid_of(first)`, where that is known already.
    """
    if _is_curve(record) and _is_curve(first):
        fits = _grid_points(record, first, grid_of(first) if x_P is None else x_P)
    else:
        fits = _on_rows(record)
    return {"shownRepeat": record.about.shown_repeat, **fits, **learning(record)}


def grid_of(record: Record) -> AnyFloats:
    """Where the curves of a group are given: places of the grid, evenly over what is drawn."""
    x_G = _grid_x(record)
    left, right = _group_window(record)[0]
    wanted_P = np.linspace(left, right, POINTS)
    nearest = np.abs(x_G[None] - wanted_P[:, None]).argmin(axis=1)
    return np.asarray(x_G[np.unique(nearest)])


def places_of(record: Record) -> AnyFloats | None:
    """`grid_of` where a run was recorded as a curve."""
    return grid_of(record) if _is_curve(record) else None


def learning(record: Record) -> dict[str, Any]:
    """Decimal logarithms of the loss over epochs: of the repeat shown, and of others.

    loss, valLoss (E,) at `lossEpochs`, thin, thinVal (R, T) at `thinEpochs`.
    """
    shown, history = record.about.shown_repeat, record.history
    repeat_H, epoch_H = history["repeat"].to_numpy(), history["epoch"].to_numpy()
    own_H = np.flatnonzero(repeat_H == shown)
    own_H = own_H[np.argsort(epoch_H[own_H], kind="stable")]
    own_H = own_H[log_spaced(len(own_H), LOSS_EPOCHS)]
    epochs_T, others_RxT = _shared_places(repeat_H, epoch_H, shown)
    training_H, validation_H = (history[name].to_numpy(dtype=float) for name in ("mse", "val_mse"))
    losses = {
        "loss": training_H[own_H],
        "valLoss": validation_H[own_H],
        "thin": np.append(training_H, np.nan)[others_RxT],
        "thinVal": np.append(validation_H, np.nan)[others_RxT],
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = {name: np.log10(values) for name, values in losses.items()}
    every = quantised(np.concatenate([values.ravel() for values in logs.values()]))
    return {
        "lossEpochs": epoch_H[own_H].tolist(),
        "thinEpochs": epochs_T.tolist(),
        **{name: Curves(values, every.low, every.high, LOSSES) for name, values in logs.items()},
    }


def group_rows(record: Record) -> NDArray[np.int64]:
    """The rows that are drawn, in the order of the feature; all of a side that has few."""
    order_N = np.argsort(record.predictions[_feature(record)].to_numpy(), kind="stable")
    validates_N = (record.predictions["split"] == "val").to_numpy()[order_N]
    few, many = sorted((np.flatnonzero(validates_N), np.flatnonzero(~validates_N)), key=len)
    if len(few) > GROUP_ROWS // 2:
        return order_N[spread_out(len(order_N), GROUP_ROWS)]
    others = many[spread_out(len(many), GROUP_ROWS - len(few))]
    kept: NDArray[np.int64] = order_N[np.sort(np.concatenate([few, others]))]
    return kept


def log_spaced(count: int, wanted: int) -> NDArray[np.int64]:
    """At most `wanted` of `count` indices, dense where learning is fast, first and last kept."""
    if count <= wanted:
        return np.arange(count)
    return np.unique(np.geomspace(1, count, wanted).round().astype(np.int64)) - 1


def _group_window(record: Record) -> tuple[list[float], int]:
    """From where to where x is drawn, and how many rows lie outside.

    That is the grid, or the middle 98 % of the rows where their tails are far.
    """
    x_N = record.predictions[_feature(record)].to_numpy(dtype=float)
    ends, middle = np.quantile(x_N, [0, 1]), np.quantile(x_N, [0.01, 0.99])
    if np.ptp(middle) > 0 and np.ptp(ends) > TAIL_SHARE * np.ptp(middle):
        return middle.tolist(), int(((x_N < middle[0]) | (x_N > middle[1])).sum())
    x_G = _grid_x(record) if _is_curve(record) else x_N
    return [float(x_G.min()), float(x_G.max())], 0


def _is_curve(record: Record) -> bool:
    """Whether the repeat shown was recorded on a grid over one feature."""
    return record.grid is not None and record.grid.snapshots_SxG is not None


def _feature(record: Record) -> str:
    return (record.varying or record.features)[-1]


def _grid_x(record: Record) -> AnyFloats:
    assert record.grid is not None
    return record.grid.x_GxF[:, record.features.index(_feature(record))]


def _grid_points(record: Record, first: Record, x_P: AnyFloats) -> dict[str, Any]:
    """Fits (S, P) of the repeat shown, and the others' last (R, T) at every other place."""
    assert record.grid is not None
    assert record.grid.snapshots_SxG is not None
    kept = log_spaced(len(record.snapshot_epochs), EPOCHS)
    thin = np.delete(record.grid.prediction_RxG, record.about.shown_repeat, axis=0)[:THIN_REPEATS]
    x_T = x_P[::2]
    return {
        "kind": "curve",
        "epochs": record.snapshot_epochs[kept].tolist(),
        "fits": _quantised(_at(x_P, record, record.grid.snapshots_SxG[kept]), first),
        "others": _quantised(_at(x_T, record, thin), first),
    }


def _on_rows(record: Record) -> dict[str, Any]:
    """Fits (S, N) at rows, and the target there, which repeats may draw anew."""
    kept, rows_N = log_spaced(len(record.snapshot_epochs), EPOCHS), group_rows(record)
    target_N = record.predictions["y"].to_numpy(dtype=float)[rows_N]
    return {
        "kind": "pairs",
        "epochs": record.snapshot_epochs[kept].tolist(),
        "fits": _quantised(record.snapshots[kept][:, rows_N], record),
        "target": quantised(target_N),
        "validation": (record.predictions["split"] == "val").astype(int).iloc[rows_N].tolist(),
        "varying": len(record.varying),
    }


def _at(x_P: AnyFloats, record: Record, heights_CxG: NDArray[Any]) -> AnyFloats:
    """Curves given on a run's own grid at other places; nothing beyond its ends."""
    x_G = _grid_x(record)
    return np.array([np.interp(x_P, x_G, h, left=np.nan, right=np.nan) for h in heights_CxG])


def _quantised(values: NDArray[Any], record: Record) -> Curves:
    """Predictions, moved to the edge where they are so far from the data that it does not show."""
    y_N = record.predictions["y"].to_numpy(dtype=float)
    low, high = float(y_N.min()), float(y_N.max())
    reach = REACH * (high - low) or 1.0
    return Curves(np.asarray(values, dtype=float), low - reach, high + reach, HEIGHTS)


def _shared_places(
    repeat_H: NDArray[Any], epoch_H: NDArray[Any], shown: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Epochs (T,) that compare repeats, and where the first others' values (R, T) of them stand.

    Those are the epochs of `Record.shared_history`. The place is -1, and so past the last row,
    where a repeat had ended.
    """
    epochs_E, at_H, counts_E = np.unique(epoch_H, return_inverse=True, return_counts=True)
    repeats_R, of_H = np.unique(repeat_H, return_inverse=True)
    last_R = np.full(len(repeats_R), -1)
    np.maximum.at(last_R, of_H, at_H)
    reached_E = len(last_R) - np.searchsorted(np.sort(last_R), np.arange(len(epochs_E)))
    shared_E = np.flatnonzero(counts_E == reached_E)
    there_R = np.unique(of_H[np.isin(at_H, shared_E)])
    wanted_R = there_R[repeats_R[there_R] != shown][:THIN_REPEATS]
    kept_T = shared_E[log_spaced(len(shared_E), THIN_EPOCHS)]
    places_RxT = np.full((len(wanted_R), len(kept_T)), -1)
    row_H = np.searchsorted(wanted_R, of_H)
    column_H = np.searchsorted(kept_T, at_H)
    drawn_H = np.flatnonzero(np.isin(of_H, wanted_R) & np.isin(at_H, kept_T))
    places_RxT[row_H[drawn_H], column_H[drawn_H]] = drawn_H
    if (places_RxT >= 0).sum() != len(drawn_H):
        raise ValueError("history.csv has an epoch of a repeat twice")
    return epochs_E[kept_T], places_RxT
