"""fit.png: data, every repeat's prediction and the Bayes-optimal one, with residuals beneath."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from datasets.dataset import Floats

from ... import theme
from ...record import Record, best_possible
from ...text import count, number, of_a_table, shown_repeat, shown_rows
from .. import style
from ..figures.sheet import (
    PlotMark,
    PlotPanel,
    Sheet,
    limits_around,
    sheet_figure,
)
from ..fit_panels import (
    LEGEND,
    LINES,
    MARGINS,
    STRIP,
    Between,
    FitPicture,
    asked_marks,
    curve_marks,
    dot_marks,
    few_numbers,
    in_view,
    residual_ends,
    residual_marks,
    row_marks,
    target_marks,
)
from ..fit_surface import surface_figure
from . import once_a_record

CAPTIONS = {
    "curve": "Rows and the prediction against the feature, on a dense grid; fainter beyond the "
    "data.",
    "dots": "Rows and their predictions against the feature. This run was made by an earlier "
    "version, which kept no predictions between the rows: there is no curve.",
    "surface": "The prediction as a surface over both features, fainter beyond the data; each row "
    "is a point in the colour of its target, validation rows as squares: a point that stands out "
    "is an error.",
    "rows": "The target of each row against its prediction; on the broken line they are equal.",
}
BENEATH = " Beneath, what the prediction leaves of each row: target less prediction"
RESIDUALS = dict.fromkeys(CAPTIONS, f"{BENEATH}.")
RESIDUALS["surface"] = f"{BENEATH}, against the prediction."
UNDRAWN = " There is no finite prediction to draw."
ASKED = " Stars: predictions that were asked for."
BEST = " The Bayes-optimal error on these rows: {}{}."
FLOOR = "; on new rows {} is expected, the noise floor"
FAR_TAILS = 2  # times the width of the middle 98 % that all rows take


@once_a_record
def numbers(record: Record) -> FitPicture:
    """The shown repeat's prediction against the features that vary, and the other repeats'."""
    table = record.predictions
    features = features_drawn(record)
    asked = record.about.data.get("asked", ())
    columns = [record.features.index(name) for name in features]
    optimum_N = table["y_optimal"].to_numpy(dtype=float)
    x_NxK = np.column_stack([table[name].to_numpy(dtype=float) for name in features])
    x_N = x_NxK[:, -1]
    asked_QxK = np.array([[row[k] for k in columns] for row, _ in asked]).reshape(-1, len(columns))
    between = _on_grid(record, columns, x_NxK)
    prediction_N = drawable(table["prediction"].to_numpy(dtype=float))
    if record.about.diverged_at[record.about.shown_repeat] is not None:
        prediction_N = np.full(len(prediction_N), np.nan)  # what it left is huge, if it is a number
    return FitPicture(
        kind=kind_of(record),
        features=features,
        x_NxK=x_NxK,
        asked_QxK=asked_QxK,
        answer_Q=drawable(np.array([answer for _, answer in asked], dtype=float)),
        feature=features[-1],
        target=record.about.data["target"],
        x_N=x_N,
        y_N=table["y"].to_numpy(dtype=float),
        prediction_N=prediction_N,
        optimum_N=None if np.isnan(optimum_N).all() else optimum_N,
        validation_N=table["split"].to_numpy() == "val",
        between=between,
        shown=record.about.shown_repeat,
        named=shown_repeat(record.about),
        window=_window(x_N, asked_QxK[:, -1], between),
    )


def _on_grid(record: Record, columns: list[int], x_NxK: Floats) -> Between | None:
    """The grid's numbers, as far as they can be drawn."""
    grid = record.grid
    if grid is None or len(columns) > 2:
        return None
    x_GxK = grid.x_GxF[:, columns]
    low_K, high_K = x_NxK.min(axis=0), x_NxK.max(axis=0)
    snapshots, shown = grid.snapshots_SxG, record.about.shown_repeat
    drawn = [*range(min(len(grid.prediction_RxG), LINES + 1)), shown]
    height_RxG = drawable(grid.prediction_RxG[drawn].astype(float))
    height_RxG[[record.about.diverged_at[repeat] is not None for repeat in drawn]] = np.nan
    return Between(
        x_GxK=x_GxK,
        prediction_RxG=height_RxG[:-1],
        shown_G=height_RxG[-1],
        optimal_G=grid.optimal_G,
        snapshots_SxG=None if snapshots is None else drawable(snapshots.astype(float)),
        inside_G=((x_GxK >= low_K) & (x_GxK <= high_K)).all(axis=1),
    )


def _window(x_N: Floats, asked_Q: Floats, between: Between | None) -> tuple[float, float]:
    """From where to where x is drawn: the middle 98 % of the rows where tails are far."""
    low, high = float(x_N.min()), float(x_N.max())
    left, right = np.quantile(x_N, [0.01, 0.99])
    if right > left and high - low > FAR_TAILS * (right - left):
        low, high = float(left), float(right)
        room = 0.02 * (high - low)
        return low - room, high + room
    ends = np.concatenate([[low, high], asked_Q])
    if between is not None:
        ends = np.concatenate([ends, between.x_GxK[:, -1]])
    low, high = float(ends.min()), float(ends.max())
    room = 0.02 * (high - low) or abs(low) or 1.0
    return low - room, high + room


def drawable(height_N: Floats) -> Floats:
    """Heights, nan where they are so far off, of a diverged training, that axes break."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(height_N) < 1e30, height_N, np.nan)


def features_drawn(record: Record) -> tuple[str, ...]:
    """The features that take more than one value; the last one where none does."""
    table = record.predictions
    columns = {name: table[name].to_numpy(dtype=float) for name in record.features}
    found = tuple(name for name, x_N in columns.items() if (x_N != x_N[0]).any())
    return found or tuple(record.features[-1:])


def kind_of(record: Record) -> str:
    """Which of the pictures the features and what is known between the rows allow."""
    count = len(features_drawn(record))
    if count == 1:
        return "dots" if record.grid is None else "curve"
    if count > 2 or record.grid is None:
        return "rows"
    prediction_N = record.predictions["prediction"].to_numpy(dtype=float)
    grid_G = record.grid.prediction_RxG[record.about.shown_repeat].astype(float)
    finite = record.about.diverged_at[record.about.shown_repeat] is None
    finite &= all(np.isfinite(drawable(values)).all() for values in (prediction_N, grid_G))
    return "surface" if finite else "rows"


def caption(record: Record) -> str:
    """What the picture shows, in words."""
    return words(record, kind_of(record))


def words(record: Record, kind: str) -> str:
    """The caption of a picture of this kind, see `FitPicture.kind`."""
    shown = numbers(record)
    text = CAPTIONS[kind]
    if shown.finite:
        text += RESIDUALS[kind]
    else:
        text += UNDRAWN
    if shown.named:
        text = f"{shown.named[0].upper()}{shown.named[1:]}{_error_of_the_shown(record)}. {text}"
        finished = [k for k, at in enumerate(record.about.diverged_at) if at is None]
        others = len([k for k in finished if k != shown.shown])
        if kind == "curve" and others:
            text += f" Thin lines: {count(min(others, LINES), 'other repeat')}."
    far = sum(outside(shown)) if kind in ("curve", "dots") else 0
    if far:
        rows = f"{count(far, 'row')} of {len(record.predictions)}"
        text += f" Far tails are left out: {rows} lie outside the picture."
    text += _best(record) + ASKED * bool(record.about.data.get("asked"))
    return f"{text} {shown_rows(record.about)}".strip()


def _best(record: Record) -> str:
    """What the Bayes-optimal predictor makes on the rows that are drawn, and on new ones."""
    references, names = _references_drawn(record), {"train": "training", "val": "validation"}
    best = {side: best_possible(references, f"{side}/mse") for side in names}
    made = [f"{number(e)} on the {names[s]} rows" for s, e in best.items() if e is not None]
    floor = record.metrics.noise_floor
    new = "" if floor is None else FLOOR.format(number(floor))
    return BEST.format(" and ".join(made), new) if made else ""


def _error_of_the_shown(record: Record) -> str:
    """The error of the repeat that is drawn, beside the run's own."""
    metrics = record.metrics
    side = metrics.final_name.partition("/")[0]
    measure, name = "mean squared error", f"{side}/mse"
    if of_a_table(record.about) and f"{side}/rmse" in metrics.scores:
        measure, name = "root mean squared error", f"{side}/rmse"
    score = metrics.scores[name]
    own = score.values[record.about.shown_repeat]
    if own is None:
        return ""
    where = {"val": "validation", "train": "training"}[side]
    text = f": {measure} {number(own)} on its {where} rows"
    return text if score.typical is None else f"{text} (typical of all: {number(score.typical)})"


def outside(shown: FitPicture) -> tuple[int, int]:
    """How many rows lie left and right of the part that is drawn."""
    low, high = shown.window
    return int((shown.x_N < low).sum()), int((shown.x_N > high).sum())


def _counted_outside(shown: FitPicture) -> list[PlotMark]:
    """In words how many rows are left and right of the part that is drawn."""
    marks = []
    for rows, x, side in zip(outside(shown), (0.01, 0.99), ("left", "right"), strict=True):
        if rows:
            words = f"{count(rows, 'row')} outside"
            text = f"◂ {words}" if side == "left" else f"{words} ▸"
            look: dict[str, Any] = {"color": style.role_color("muted"), "ha": side, "va": "bottom"}
            look["fontsize"] = theme.NOTE
            marks.append(PlotMark("words", np.array([x]), np.array([0.015]), look, text))
    return marks


def _references_drawn(record: Record) -> dict[str, dict[str, float]]:
    """The run's references, with the Bayes-optimal on the rows that are drawn.

    Where repeats see other rows the metrics have the mean over the repeats instead.
    """
    references, table = record.metrics.references, record.predictions
    if "bayes" not in references or not shown_rows(record.about):
        return references
    squares = ((table["y_optimal"] - table["y"]) ** 2).groupby(table["split"]).mean()
    return {**references, "bayes": {f"{side}/mse": float(made) for side, made in squares.items()}}


def draw(shown: FitPicture) -> Figure:
    """The fit, and beneath it a strip of residuals; without finite predictions there is none."""
    if shown.kind == "surface":
        title = f"{shown.target}: surface predicted, points given"
        return surface_figure(shown, _title(shown, title))
    top = _top_panel(shown)
    panels, grid = [top], {}
    if shown.finite:
        panels = [
            replace(top, names=("", top.names[1]), dress=(_without_numbers,)),
            _strip(shown, top),
        ]
        grid = {"gridspec_kw": {**STRIP, "hspace": 0.09}}
    return sheet_figure(Sheet(panels, MARGINS, LEGEND, grid, tuple(range(len(panels)))[::-1]))


def _title(shown: FitPicture, text: str) -> str:
    text += f" – {shown.named}" * bool(shown.named)
    return text + " – no finite prediction" * (not shown.finite)


def _top_panel(shown: FitPicture) -> PlotPanel:
    """The large panel: rows, predictions and the optimum over a feature, or against the target."""
    if shown.kind == "rows":
        marks = target_marks(shown)
        title = _title(shown, "Target against prediction")
        x = in_view(shown.prediction_N, shown.y_N)
        y = limits_around(*(mark.y for mark in marks))
        return PlotPanel(title, ("prediction", shown.target), x, y, marks)
    known = shown.between
    marks = [
        *row_marks(shown, shown.x_N, shown.y_N),
        *(dot_marks(shown) if known is None else curve_marks(shown, known)),
        *asked_marks(shown.asked_QxK[:, 0], shown.answer_Q, shown.answer_Q),
        *_counted_outside(shown),
    ]
    title = _title(shown, f"{shown.target} against {shown.feature}")
    return PlotPanel(title, (shown.feature, shown.target), shown.window, shown.heights, marks)


def _strip(shown: FitPicture, top: PlotPanel) -> PlotPanel:
    """Residuals under the large panel, on its x axis."""
    x_N = shown.prediction_N if shown.kind == "rows" else shown.x_N
    names = (top.names[0], "residual")
    ends = residual_ends(shown, x_N)
    return PlotPanel("", names, top.x, ends, residual_marks(shown, x_N), (few_numbers,))


def _without_numbers(axes: Axes) -> None:
    axes.tick_params(labelbottom=False)
