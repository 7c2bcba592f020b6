"""The parts of fit.png for any number of features; `pictures/fit.py` puts them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import theme
from ..text import number
from . import style
from .figures.sheet import PlotMark

LINES = 100  # thin lines at most: more would be one area
FAINTER = 0.4  # how much fainter a curve is where no data are
MARGINS, LEGEND = (
    style.Margins(bottom=1.0),
    {"ncols": 3, "markerscale": 1.5, "fontsize": theme.LABEL},
)
STRIP = {"height_ratios": [3.4, 1]}


@dataclass(frozen=True, eq=False)
class Between:
    """What repeats predict at G places, between the rows and a little beyond them.

    x_GxK: of the features that vary. prediction_RxG: of the first repeats, LINES other than the
    shown one among them if there are so many; shown_G: of that. inside_G: whether a place is within
    the range of the rows. snapshots_SxG: the shown repeat's while it learned, None where two
    features vary. Heights that cannot be drawn are nan.
    """

    x_GxK: Floats
    prediction_RxG: Floats
    shown_G: Floats
    optimal_G: Floats | None
    snapshots_SxG: Floats | None
    inside_G: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FitPicture:
    """What fit.png shows of N rows.

    kind: curve for one feature (x_N), dots for one where nothing is
    known between the rows, surface for two, rows for more. x_NxK: the features that vary.
    asked_QxK and answer_Q: feature values that were asked for, and their predictions. shown: which
    repeat the predictions are of; named: it in words, empty where there is one alone. window: the
    part of x that is drawn, which far tails can leave.
    """

    kind: str
    features: tuple[str, ...]
    x_NxK: Floats
    asked_QxK: Floats
    answer_Q: Floats
    feature: str
    target: str
    x_N: Floats
    y_N: Floats
    prediction_N: Floats
    optimum_N: Floats | None
    validation_N: NDArray[np.bool_]
    between: Between | None
    shown: int
    named: str
    window: tuple[float, float]

    @property
    def finite(self) -> bool:
        """Whether the shown repeat has a prediction of every row."""
        return bool(np.isfinite(self.prediction_N).all())

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which rows are inside the window."""
        low, high = self.window
        inside: NDArray[np.bool_] = (self.x_N >= low) & (self.x_N <= high)
        return inside

    @property
    def heights(self) -> tuple[float, float]:
        """The part of y that a curve's picture shows: the rows, and predictions near them."""
        seen_N = self.seen
        return in_view(np.append(self.prediction_N[seen_N], self.answer_Q), self.y_N[seen_N])

    @property
    def others(self) -> NDArray[np.int64]:
        """The repeats that are drawn thin."""
        count = 0 if self.between is None else len(self.between.prediction_RxG)
        return np.array([k for k in range(count) if k != self.shown][:LINES], dtype=np.int64)


def sides(shown: FitPicture) -> list[tuple[str, NDArray[np.bool_]]]:
    """Training rows and, where there are any, validation rows: role and which they are."""
    found = [("training", ~shown.validation_N), ("validation", shown.validation_N)]
    return [(role, chosen_N) for role, chosen_N in found if chosen_N.any()]


def row_marks(shown: FitPicture, x_N: Floats, y_N: Floats) -> list[PlotMark]:
    """A point a row, in the colour of its side."""
    size = 18 if len(x_N) <= 200 else 9
    return [
        PlotMark(
            "points",
            x_N[chosen_N],
            y_N[chosen_N],
            {
                "color": style.role_color(role),
                "alpha": 0.7,
                "linewidths": 0,
                "s": size,
                "label": f"{role} rows",
            },
        )
        for role, chosen_N in sides(shown)
    ]


def curve_marks(shown: FitPicture, between: Between) -> list[PlotMark]:
    """Every repeat's curve, the shown one's thick, and the Bayes-optimal; fainter beyond the data.

    A repeat without finite predictions has none.
    """
    x_G, inside_G = between.x_GxK[:, 0], between.inside_G
    outside_G = ~(inside_G & np.roll(inside_G, 1) & np.roll(inside_G, -1))
    marks: list[PlotMark] = []

    def curve(height_G: Floats, alpha: float, label: str, look: dict[str, Any]) -> None:
        named = {"label": label} if label else {}
        inner, outer = (np.where(at_G, height_G, np.nan) for at_G in (inside_G, outside_G))
        marks.append(PlotMark("line", x_G, inner, {**look, **named, "alpha": alpha}))
        marks.append(PlotMark("line", x_G, outer, {**look, "alpha": alpha * FAINTER}))

    thin, label = {"color": style.role_color("prediction"), "linewidth": 0.5}, "other repeats"
    for repeat in shown.others:
        height_G = between.prediction_RxG[repeat]
        if np.isfinite(height_G[inside_G]).all():
            curve(height_G, 0.4, label, thin)
            label = ""
    if between.optimal_G is not None:
        curve(between.optimal_G, 1, "Bayes-optimal", style.look("bayes", linewidth=1.8))
    height_G = between.shown_G
    if np.isfinite(height_G[inside_G]).all():
        curve(height_G, 1, "prediction", style.look("prediction", linewidth=2))
    return marks


def dot_marks(shown: FitPicture) -> list[PlotMark]:
    """Predictions of the rows alone, where nothing is known between them."""
    named = (
        ("bayes", "Bayes-optimal", shown.optimum_N),
        ("prediction", "prediction", shown.prediction_N),
    )
    look: dict[str, Any] = {"linestyle": "none", "marker": ".", "markersize": 4}
    return [
        PlotMark(
            "line", shown.x_N, height_N, {**look, "color": style.role_color(role), "label": name}
        )
        for role, name, height_N in named
        if height_N is not None and np.isfinite(height_N).all()
    ]


def asked_marks(x_Q: Floats, y_Q: Floats, answer_Q: Floats) -> list[PlotMark]:
    """A star for each prediction that was asked for, with its value beside it."""
    if not len(answer_Q):
        return []
    surface = style.role_color("surface")
    star: dict[str, Any] = {"color": style.role_color("asked"), "markeredgecolor": surface}
    star |= {
        "linestyle": "none",
        "marker": "*",
        "markersize": 13,
        "label": "asked for",
        "zorder": 5,
    }
    box = {"boxstyle": "round,pad=0.15", "facecolor": surface, "alpha": 0.75, "linewidth": 0}
    words: dict[str, Any] = {"color": style.role_color("ink"), "fontsize": theme.LABEL}
    words |= {"xytext": (7, -13), "textcoords": "offset points", "bbox": box, "zorder": 6}
    marks = [PlotMark("line", x_Q, y_Q, star)]
    for x, y, answer in zip(x_Q, y_Q, answer_Q, strict=True):
        if np.isfinite(answer):
            text = number(answer) if abs(answer) < 1e4 else f"{answer:,.0f}"
            marks.append(PlotMark("note", np.array([x]), np.array([y]), words, text))
    return marks


def target_marks(shown: FitPicture) -> list[PlotMark]:
    """The target of each row against its prediction, with the line where they are equal.

    Predictions run along x, so that a row's distance to the line is its residual.
    """
    ends = np.array([shown.y_N.min(), shown.y_N.max()])
    look: dict[str, Any] = {"color": style.role_color("ink"), "linestyle": "--"}
    return [
        *row_marks(shown, shown.prediction_N, shown.y_N),
        PlotMark("line", ends, ends, {**look, "linewidth": 1.2, "label": "equal"}),
        *asked_marks(shown.answer_Q, shown.answer_Q, shown.answer_Q),
    ]


def residual_marks(shown: FitPicture, x_N: Floats) -> list[PlotMark]:
    """What the prediction leaves of each row's target: target less prediction."""
    zero = PlotMark(
        "level", x_N[:0], np.zeros(1), {"color": style.role_color("ink"), "linewidth": 1}
    )
    return [*row_marks(shown, x_N, shown.y_N - shown.prediction_N), zero]


def residual_ends(shown: FitPicture, x_N: Floats) -> tuple[float, float]:
    """From where to where a strip of residuals reaches."""
    seen_N = shown.seen if x_N is shown.x_N else np.ones(len(x_N), dtype=bool)
    reach = residual_reach(shown, (shown.y_N - shown.prediction_N)[seen_N])
    return -reach, reach


def few_numbers(axes: Axes) -> None:
    """Give a strip of residuals three ticks or so."""
    axes.yaxis.set_major_locator(MaxNLocator(3, symmetric=True))


def residual_reach(shown: FitPicture, residual_N: Floats) -> float:
    """How far a strip of residuals reaches on either side of zero."""
    most = 2.5 * float(np.ptp(shown.y_N)) or 1.0
    return 1.08 * min(float(np.abs(residual_N).max(initial=0.0)), most) or 1.0


def in_view(height_N: Floats, usual_N: Floats) -> tuple[float, float]:
    """Limits around usual heights and others, at most half as far again as the usual ones reach."""
    low, high = float(usual_N.min()), float(usual_N.max())
    reach = 1.5 * (high - low) or 1.0
    finite_N = height_N[np.isfinite(height_N)]
    seen_N = np.clip(finite_N, low - reach, high + reach) if len(finite_N) else usual_N
    low, high = min(low, float(seen_N.min())), max(high, float(seen_N.max()))
    margin = 0.05 * (high - low) or abs(high) or 1.0
    return low - margin, high + margin
