"""loss_curves.png: how the error fell over the epochs, and how far it could have fallen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator
from numpy.typing import NDArray

from datasets.dataset import Floats

from ... import theme
from ...record import Metrics, Record, best_possible
from ...text import count, number, of_a_table, of_references, on_axis, shown_repeat
from .. import style
from ..figures.sheet import PlotMark, PlotPanel, Sheet, limits_around, sheet_figure
from ..fit_panels import LINES
from . import once_a_record

CAPTION = (
    "The {} of each epoch, whatever loss is trained, on the training rows (an average while the "
    "weights move) and on the validation rows."
)
POINTS = "Nothing was trained epoch by epoch: points show the result."
LEVEL_LINES = " Level lines: the errors of the reference predictors on the rows named{}."
MEANS = ", means over the repeats, which saw other rows"
ON_NEW_ROWS = " On new rows the Bayes-optimal error is expected to be {} (the noise floor)."
NOWHERE = np.empty(0)
CLIP = 1e3  # times first losses and references; a training that diverges leaves them far


def caption(record: Record) -> str:
    """What the picture shows, in words."""
    shown = numbers(record)
    text = CAPTION.format(shown.measure) if shown.trained else POINTS
    if shown.named and shown.trained:
        more = count(len(record.about.diverged_at) - 1, "repeat")
        text += f" Thick: {shown.named}; thin: the other {more}"
        text += f" ({LINES} at most)." if shown.repeats > LINES + 1 else "."
    if shown.not_finite_at is not None:
        text += f" A loss is no finite number from epoch {shown.not_finite_at:,}."
    text += " Losses leave the axis, which is cut." * shown.cut
    text += LEVEL_LINES.format(MEANS * bool(of_references(record.about)))
    floor = record.metrics.noise_floor
    return text + ("" if floor is None else ON_NEW_ROWS.format(number(floor)))


@dataclass(frozen=True, eq=False)
class LossLine:
    """The loss of one repeat at the epochs that are known; what is not finite is left out."""

    repeat: int
    epochs_E: NDArray[np.int64]
    height_E: Floats


@dataclass(frozen=True, eq=False)
class Curve:
    """One loss over epochs, a line a repeat; final: the mean of what was measured at the end."""

    name: str
    lines: tuple[LossLine, ...]
    final: float | None

    def of(self, shown: int) -> LossLine | None:
        """The line of the repeat that stands in full, where it has one."""
        return next((line for line in self.lines if line.repeat == shown), None)

    def others(self, shown: int) -> list[LossLine]:
        """The lines of the other repeats, as many as are drawn."""
        return [line for line in self.lines if line.repeat != shown][:LINES]


@dataclass(frozen=True, eq=False)
class LossCurves:
    """What loss_curves.png shows.

    measure: mean squared error, or its root where the target has units. references: heights of the
    level lines by their labels; reference_of: which one each is of. shown: the repeat that stands
    in full; named: it in words. not_finite_at: the first epoch that has no finite loss; cut:
    whether losses leave the axis.
    """

    measure: str
    curves: tuple[Curve, ...]
    references: dict[str, float]
    reference_of: dict[str, str]
    repeats: int
    shown: int
    named: str
    epochs: int
    not_finite_at: int | None
    cut: bool
    log_scale: bool
    heights: tuple[float, float]

    @property
    def trained(self) -> bool:
        """Whether there is a line to draw."""
        return any(len(line.epochs_E) > 1 for curve in self.curves for line in curve.lines)


@once_a_record
def numbers(record: Record) -> LossCurves:
    """The curves, and references on their rows. Losses that are not finite are left out."""
    metrics, about = record.metrics, record.about
    root = of_a_table(about)
    curves = tuple(
        _curve(record, column, name, side, root)
        for column, name, side in (("mse", "training", "train"), ("val_mse", "validation", "val"))
        if f"{side}/mse" in metrics.scores
    )
    references, reference_of = _level_lines(metrics, root)
    diverged = min((epoch for epoch in about.diverged_at if epoch is not None), default=None)
    levels = list(references.values())
    heights_H = np.append(_heights(curves), levels)
    firsts = [line.height_E[0] for c in curves for line in c.lines if len(line.height_E)]
    most = CLIP * max([*levels, float(np.median(firsts)) if firsts else 0.0])
    cut = bool((heights_H > most).any())
    heights_H = np.minimum(heights_H, most)
    positive = bool((heights_H > 0).all())
    return LossCurves(
        measure="root mean squared error" if root else "mean squared error",
        curves=curves,
        references=references,
        reference_of=reference_of,
        repeats=metrics.repeats,
        shown=about.shown_repeat,
        named=shown_repeat(about),
        epochs=metrics.epochs,
        not_finite_at=diverged,
        cut=cut,
        log_scale=positive and bool(heights_H.max() > 10 * heights_H.min()),
        heights=(float(heights_H.min()), float(heights_H.max())),
    )


def _level_lines(metrics: Metrics, root: bool) -> tuple[dict[str, float], dict[str, str]]:
    """Heights of the level lines by label, and the reference that each is of."""
    known, side = metrics.references, metrics.final_name.partition("/")[0]
    rows = {"train": "training rows", "val": "validation rows"}
    references = {
        f"Bayes-optimal, {words}": best**0.5 if root else best
        for split, words in rows.items()
        if f"{split}/mse" in metrics.scores
        and (best := best_possible(known, f"{split}/mse")) is not None
    }
    reference_of = dict.fromkeys(references, "bayes")
    for reference, scores in known.items():
        if reference != "bayes":
            label = f"{reference.replace('_', ' ')}, {rows[side]}"
            height = scores[f"{side}/mse"]
            references[label] = scores.get(f"{side}/rmse", height**0.5) if root else height
            reference_of[label] = reference
    return references, reference_of


def _heights(curves: tuple[Curve, ...]) -> Floats:
    """All heights that are drawn."""
    parts = [line.height_E for curve in curves for line in curve.lines]
    results = [c.final for c in curves if c.final is not None and not any(map(len, parts))]
    return np.concatenate([*parts, np.array(results, dtype=float)])


def _curve(record: Record, column: str, name: str, side: str, root: bool) -> Curve:
    # As arrays: pandas' own choice of rows takes ten times as long.
    repeat_H, epoch_H = (record.history[one].to_numpy() for one in ("repeat", "epoch"))
    height_H = record.history[column].to_numpy(dtype=float)
    repeats_R = np.unique(repeat_H)
    # Each repeat's rows out of the sorted ones: to look for them among all takes time squared.
    order_H = np.argsort(repeat_H, kind="stable")
    ends_R = np.searchsorted(repeat_H[order_H], repeats_R, side="right").tolist()
    lines = []
    for repeat, begin, end in zip(repeats_R.tolist(), [0, *ends_R], ends_R, strict=False):
        rows_E = order_H[begin:end]
        kept_E = rows_E[np.isfinite(height_H[rows_E])]
        height_E = np.sqrt(height_H[kept_E]) if root else height_H[kept_E]
        lines.append(LossLine(int(repeat), epoch_H[kept_E], height_E))
    final = record.metrics.scores.get(f"{side}/{'rmse' if root else 'mse'}")
    return Curve(name, tuple(lines), None if final is None else final.mean)


def draw(shown: LossCurves) -> Figure:
    """Curves over epochs, with the references as horizontal lines."""
    names = len(shown.references) + len(shown.curves)
    marks = [mark for curve in shown.curves for mark in _marks(shown, curve)]
    looks = style.reference_looks(dict.fromkeys(shown.reference_of.values()))
    for name, height in shown.references.items():
        if height > 0 or not shown.log_scale:
            look = {**looks[shown.reference_of[name]], "label": f"{name}: {number(height)}"}
            look["linewidth"] = 0.8 if name.endswith("training rows") else 1.6
            marks.append(PlotMark("level", NOWHERE, np.array([height]), look))
    if shown.not_finite_at is not None:
        marks += _marks_of_divergence(shown.not_finite_at)
    title = "Learning curves" if shown.trained else "The result beside its references"
    title += f" – {shown.named}" * bool(shown.named and shown.trained)
    scale = () if not shown.log_scale else (_log_axis if few_decades(shown) else _wide_log_axis,)
    panel = PlotPanel(
        title,
        ("epoch", shown.measure + (" (log scale)" * shown.log_scale)),
        _epochs_drawn(marks),
        _heights_drawn(shown, marks),
        marks,
        (*scale, _whole_epochs if shown.epochs else _no_epochs),
    )
    margins = style.Margins(bottom=0.62 + 0.17 * -(-names // 2))
    return sheet_figure(Sheet([panel], margins, {"fontsize": theme.NOTE, "ncols": 2}, {}))


def _marks(shown: LossCurves, curve: Curve) -> list[PlotMark]:
    """One side: a thick line for the repeat that stands in full, a thin one for each other."""
    color = style.role_color(curve.name)
    thin = {"color": color, "linewidth": 0.5, "alpha": 0.4}
    marks = [
        PlotMark("line", line.epochs_E, line.height_E, thin) for line in curve.others(shown.shown)
    ]
    look: dict[str, Any] = {"color": color, "label": curve.name}
    point = {"linestyle": "none", "marker": "o"}
    full = curve.of(shown.shown)
    if full is not None and len(full.epochs_E):
        look |= {"linewidth": 1.7} if len(full.epochs_E) > 1 else point
        marks.append(PlotMark("line", full.epochs_E, full.height_E, look))
    elif curve.final is not None:  # nothing was trained step by step: the result alone
        look["label"] += ", result" + f", mean of {shown.repeats}" * (shown.repeats > 1)
        at = np.array([float(shown.epochs)]), np.array([curve.final])
        marks.append(PlotMark("line", *at, {**look, **point}))
    return marks


def _marks_of_divergence(epoch: int) -> list[PlotMark]:
    """A line where the first loss is no number any more, and what it means."""
    color, at = style.role_color("bad"), np.array([float(epoch)])
    words = {"rotation": 90, "color": color, "fontsize": theme.NOTE, "va": "top", "ha": "right"}
    return [
        PlotMark("upright", at, NOWHERE, {"color": color, "linewidth": 1.2}),
        PlotMark("beside", at, np.array([0.97]), words, f"not finite from epoch {epoch:,} "),
    ]


def _epochs_drawn(marks: list[PlotMark]) -> tuple[float, float]:
    """From where to where the axis of the epochs reaches."""
    return limits_around(*(mark.x for mark in marks if mark.kind != "beside"))


def _heights_drawn(shown: LossCurves, marks: list[PlotMark]) -> tuple[float, float]:
    """From where to where the axis of the losses reaches: a level inside of it moves no limit."""
    low, high = shown.heights
    if shown.log_scale:
        return low / (high / low) ** 0.05, high * (high / low) ** 0.05
    seen = [np.minimum(mark.y, high) for mark in marks if mark.kind == "line"]
    limits = limits_around(*seen)
    for level in shown.references.values():
        seen.append(np.array([level]))
        if not limits[0] <= level <= limits[1]:
            limits = limits_around(*seen)
    return limits


def few_decades(shown: LossCurves) -> bool:
    """Whether there is room for the numbers between powers of ten."""
    return shown.heights[1] < 100 * shown.heights[0]


def _whole_epochs(axes: Axes) -> None:
    axes.xaxis.set_major_locator(style.whole_numbers())


def _no_epochs(axes: Axes) -> None:
    axes.xaxis.set_major_locator(FixedLocator([0]))


def _wide_log_axis(axes: Axes) -> None:
    """A logarithmic axis whose numbers can be read aloud."""
    limits = axes.get_ylim()
    axes.set_yscale("log")
    axes.set_ylim(limits)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: on_axis([value])[0]))


def _log_axis(axes: Axes) -> None:
    """The same over few decades: the steps between them have numbers too."""
    _wide_log_axis(axes)
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axes.yaxis.set_minor_formatter(axes.yaxis.get_major_formatter())
