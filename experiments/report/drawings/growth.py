"""The fit while it was learned: rows, every repeat's curve, residuals beneath, and a slider."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...plots.fit_panels import Between, FitPicture, in_view, residual_reach, sides
from ...plots.pictures import fit
from ...record import Record
from ...text import count, exact
from ..chart_data import embedded, spread_out
from . import paths, svg
from .paths import Places

FIT_HEIGHT = 520
DRAWN_ROWS, EPOCHS = 300, 40  # rows that are drawn at most, frames of the slider
GROWTH_PLACES, THIN_PLACES = 200, 100  # of a frame's curve, and of another repeat's


@dataclass(frozen=True, eq=False)
class Side:
    """Rows of one side: their places (x is nan where it is the prediction), residuals as a path."""

    role: str
    x: Places
    y: Places
    points: str
    residuals: str


@dataclass(frozen=True)
class TwoParts:
    """A curve in two parts: over the range of the data, and beyond."""

    inside: str
    beyond: str


@dataclass(frozen=True, eq=False)
class Growth:
    """The fit over epochs, in pixels.

    kind: curve over one feature; dots where nothing is known between the rows; rows, target
    against prediction, over several. frames: of each epoch the heights of the curve at `x`, or of
    each row the place of its prediction, nan where there is none. to_strip: a residual's place is
    c0 + c1 * the target's + c2 * the prediction's. outside: rows left and right of the picture.
    """

    kind: str
    x_name: str
    y_name: str
    frame: svg.Frame
    strip: svg.Frame
    sides: list[Side]
    final: TwoParts
    optimum: TwoParts
    others: TwoParts
    x: Places
    inside: tuple[int, int]
    epochs: list[int]
    frames: Places
    to_strip: tuple[float, float, float]
    outside: tuple[str, str]
    asked: list[tuple[float, float, str]]
    named: str
    finite: bool
    drawn: int
    caption: str

    @property
    def data(self) -> str:
        """What the slider's script needs, as JSON that can stand in a script element."""
        sides = [
            {"role": embedded(one.role), "x": paths.as_json(one.x), "y": paths.as_json(one.y)}
            for one in self.sides
        ]
        parts = {
            "kind": embedded(self.kind),
            "x": paths.as_json(self.x),
            "inside": embedded(self.inside),
            "epochs": embedded(self.epochs),
            "frames": paths.as_json(self.frames),
            "toStrip": embedded(self.to_strip),
            "sides": f"[{','.join(map(_object, sides))}]",
        }
        return _object(parts)


def growing(record: Record) -> Growth:
    """The shown repeat's predictions at the recorded epochs, every repeat's in the end."""
    shown = fit.numbers(record)
    kind = "rows" if shown.kind == "surface" else shown.kind
    kept_S = spread_out(len(record.snapshot_epochs), EPOCHS)
    rows = _drawn_rows(shown, kind)
    snapshots_SxD = fit.drawable(record.snapshots[kept_S][:, rows].astype(float))
    frame, strip = _frames(shown, kind, snapshots_SxD)
    horizontal = kind == "rows"
    x_G, inside = _places_of_curve(shown, kind, frame)
    frames = _course(shown, kind, frame, kept_S, snapshots_SxD)
    final, optimum, others = _growth_curves(shown, kind, frame)
    return Growth(
        kind=kind,
        x_name="prediction" if horizontal else shown.feature,
        y_name=shown.target,
        frame=frame,
        strip=strip,
        sides=_sides(shown, rows, horizontal, frame, strip),
        final=final,
        optimum=optimum,
        others=others,
        x=x_G,
        inside=inside,
        epochs=record.snapshot_epochs[kept_S].tolist(),
        frames=frames,
        to_strip=_to_strip(frame, strip, horizontal),
        outside=_outside_in_words(shown, kind),
        asked=_stars(shown, kind, frame),
        named=shown.named,
        finite=shown.finite,
        drawn=len(rows),
        caption=fit.words(record, kind),
    )


def _places_of_curve(
    shown: FitPicture, kind: str, frame: svg.Frame
) -> tuple[Places, tuple[int, int]]:
    """Where frames have the heights of a curve, and the first and last place within the data."""
    if kind != "curve" or shown.between is None:
        return np.empty(0), (0, 0)
    at_G = _in_window(shown, shown.between, GROWTH_PLACES)
    within = np.flatnonzero(shown.between.inside_G[at_G])
    return frame.across(shown.between.x_GxK[at_G, 0]), (int(within[0]), int(within[-1]))


def _course(
    shown: FitPicture,
    kind: str,
    frame: svg.Frame,
    kept_S: NDArray[np.int64],
    snapshots_SxD: Any,
) -> Places:
    """The frames: of the curve where there is one, else of the rows' predictions."""
    if kind != "curve" or shown.between is None:
        frames = (frame.across if kind == "rows" else frame.up)(snapshots_SxD)
    else:
        known = shown.between.snapshots_SxG
        at_G = _in_window(shown, shown.between, GROWTH_PLACES)
        frames = np.empty((0, len(at_G))) if known is None else frame.up(known[kept_S][:, at_G])
    if not shown.finite:  # what a diverged training left is no prediction
        frames[-1:] = np.nan
    return frames


def _drawn_rows(shown: FitPicture, kind: str) -> NDArray[np.int64]:
    """The rows that are drawn, training rows before validation rows, as `_sides` has them."""
    seen_N = shown.seen if kind in ("curve", "dots") else np.ones(len(shown.y_N), dtype=bool)
    rows = np.flatnonzero(seen_N)
    rows = rows[spread_out(len(rows), DRAWN_ROWS)]
    return rows[np.argsort(shown.validation_N[rows], kind="stable")]


def _frames(shown: FitPicture, kind: str, snapshots_SxD: Any) -> tuple[svg.Frame, svg.Frame]:
    if kind == "rows":
        usual = np.append(shown.prediction_N, snapshots_SxD[-1:].ravel())
        x = in_view(usual, shown.y_N)
        y = svg.wider(float(shown.y_N.min()), float(shown.y_N.max()), 0.05)
    else:
        x, y = shown.window, shown.heights
    x, y = (float(x[0]), float(x[1])), (float(y[0]), float(y[1]))
    residual_N = (shown.y_N - shown.prediction_N)[shown.seen if kind != "rows" else slice(None)]
    reach = residual_reach(shown, residual_N[np.isfinite(residual_N)])
    frame = svg.Frame(svg.at_pixel(FIT_HEIGHT, strip=shown.finite), x, y)
    return frame, svg.Frame(svg.place_of_strip(FIT_HEIGHT), x, (-reach, reach))


def _sides(
    shown: FitPicture, rows: NDArray[np.int64], horizontal: bool, frame: svg.Frame, strip: svg.Frame
) -> list[Side]:
    found = []
    for role, chosen_N in sides(shown):
        chosen = rows[chosen_N[rows]]
        x = frame.across((shown.prediction_N if horizontal else shown.x_N)[chosen])
        y = frame.up(shown.y_N[chosen])
        residual = strip.up((shown.y_N - shown.prediction_N)[chosen])
        points = paths.dots(x, y), paths.dots(x, residual)
        found.append(Side(role, np.empty(0) if horizontal else x, y, *points))
    return found


def _growth_curves(
    shown: FitPicture, kind: str, frame: svg.Frame
) -> tuple[TwoParts, TwoParts, TwoParts]:
    """The final prediction, the Bayes-optimal, and all other repeats in one."""
    none = TwoParts("", "")
    if kind == "rows":
        ends = np.array([shown.y_N.min(), shown.y_N.max()])
        return none, TwoParts(paths.path(frame.across(ends), frame.up(ends)), ""), none
    if shown.between is None:
        rows = _drawn_rows(shown, kind)
        x = frame.across(shown.x_N[rows])
        best = "" if shown.optimum_N is None else paths.dots(x, frame.up(shown.optimum_N[rows]))
        final = paths.dots(x, frame.up(shown.prediction_N[rows]))
        return TwoParts(final, ""), TwoParts(best, ""), none
    between = shown.between
    best_G = between.optimal_G
    return (
        _two_parts(shown, frame, between.shown_G[None]),
        none if best_G is None else _two_parts(shown, frame, best_G[None]),
        _two_parts(shown, frame, between.prediction_RxG[shown.others], THIN_PLACES, paths.thin),
    )


def _two_parts(
    shown: FitPicture,
    frame: svg.Frame,
    height_RxG: Any,
    places: int = 400,
    path: Callable[[Places, Places], str] = paths.path,
) -> TwoParts:
    """The curves of those of R predictors that have a finite prediction within the data."""
    between = shown.between
    assert between is not None
    at_P = _in_window(shown, between, places)
    inside_P = between.inside_G[at_P]
    height_RxP = height_RxG[:, at_P]
    finite_R = np.isfinite(height_RxP[:, inside_P]).all(axis=1)
    x_P, y_RxP = frame.across(between.x_GxK[at_P, 0]), frame.up(height_RxP[finite_R])
    # Both parts have the points at the border.
    beyond_P = ~(inside_P & np.roll(inside_P, 1) & np.roll(inside_P, -1))
    return TwoParts(
        path(x_P, np.where(inside_P, y_RxP, np.nan)),
        path(x_P, np.where(beyond_P, y_RxP, np.nan)),
    )


def _in_window(shown: FitPicture, between: Between, places: int) -> NDArray[np.int64]:
    """The places of the grid that are in the picture, and one more on either side."""
    low, high = shown.window
    x_G = between.x_GxK[:, 0]
    seen = np.flatnonzero((x_G >= low) & (x_G <= high))
    first, last = max(int(seen[0]) - 1, 0), min(int(seen[-1]) + 1, len(x_G) - 1)
    return np.arange(first, last + 1)[spread_out(last + 1 - first, places)]


def _to_strip(frame: svg.Frame, strip: svg.Frame, horizontal: bool) -> tuple[float, float, float]:
    """The place of a residual as a linear form of the places of target and prediction."""
    zero, one = strip.up(np.array([0.0, strip.y[1]]))
    per_unit = (one - zero) / strip.y[1]
    target = (frame.y[1] - frame.y[0]) / (frame.box.top - frame.box.bottom)
    if horizontal:
        prediction = (frame.x[1] - frame.x[0]) / (frame.box.right - frame.box.left)
        start = frame.y[0] - target * frame.box.bottom - frame.x[0] + prediction * frame.box.left
    else:
        prediction, start = target, 0.0
    c0, c1, c2 = zero + per_unit * start, per_unit * target, -per_unit * prediction
    return float(f"{c0:.7g}"), float(f"{c1:.7g}"), float(f"{c2:.7g}")


def _outside_in_words(shown: FitPicture, kind: str) -> tuple[str, str]:
    if kind == "rows":
        return "", ""
    left, right = fit.outside(shown)
    return (
        f"◂ {count(left, 'row')} outside" if left else "",
        f"{count(right, 'row')} outside ▸" if right else "",
    )


def _stars(shown: FitPicture, kind: str, frame: svg.Frame) -> list[tuple[float, float, str]]:
    """Places and words of predictions that were asked for; over several features on the line."""
    if not len(shown.answer_Q):
        return []
    across = frame.across(shown.answer_Q if kind == "rows" else shown.asked_QxK[:, 0])
    places = across.tolist(), frame.up(shown.answer_Q).tolist()
    each = zip(*places, shown.answer_Q.tolist(), strict=True)
    return [(x, y, exact(answer)) for x, y, answer in each if math.isfinite(answer)]


def _object(parts: Mapping[str, str]) -> str:
    """An object in JSON, of parts that are JSON."""
    return "{" + ",".join(f'"{name}":{part}' for name, part in parts.items()) + "}"
