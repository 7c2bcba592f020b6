"""The parts of fit.png for any number of features; `pictures/fit.py` puts them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import theme
from . import style

# A surface through more rows looks the same and takes longer.
SURFACE_ROWS = 2000


@dataclass(frozen=True, eq=False)
class FitPicture:
    """What fit.png shows of N rows.

    kind: curve for one feature (x_N; `order_N` sorts the rows by it), surface for two, errors for
    more, and for two that lie on a line. x_NxK: the features that vary. asked_QxK and answer_Q:
    feature values that were asked for, and their predictions.
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
    order_N: NDArray[np.int64]


def draw_rows(axes: Axes, shown: FitPicture, x_N: Floats, y_N: Floats) -> None:
    """A point a row, in the colour of its side."""
    sides = [(~shown.validation_N, style.role_color("training"), "training rows")]
    if shown.validation_N.any():
        sides.append((shown.validation_N, style.role_color("validation"), "validation rows"))
    size = 22 if len(x_N) <= 200 else 12
    for chosen_N, color, label in sides:
        axes.scatter(
            x_N[chosen_N], y_N[chosen_N], s=size, color=color, alpha=0.7, linewidths=0, label=label
        )


def asked_for(axes: Axes, x_Q: Floats, y_Q: Floats, answer_Q: Floats) -> None:
    """A star for each prediction that was asked for, with its value beside it."""
    if not len(answer_Q):
        return
    look: dict[str, Any] = {
        "color": style.role_color("asked"),
        "markeredgecolor": style.role_color("surface"),
        "markersize": 13,
    }
    axes.plot(x_Q, y_Q, "*", label="asked for", zorder=5, **look)
    for x, y, answer in zip(x_Q, y_Q, answer_Q, strict=True):
        if np.isfinite(answer):
            text = f"{answer:,.4g}" if abs(answer) < 1e4 else f"{answer:,.0f}"
            axes.annotate(
                text,
                (x, y),
                (7, -13),
                textcoords="offset points",
                fontsize=theme.LABEL,
                color=style.role_color("ink"),
                bbox={
                    "boxstyle": "round,pad=0.15",
                    "facecolor": style.role_color("surface"),
                    "alpha": 0.75,
                    "linewidth": 0,
                },
                zorder=6,
            )


def spans_a_plane(x_Nx2: Floats) -> bool:
    """Whether the rows do not all lie on one line, so that a surface can stand on them."""
    z_Nx2 = (x_Nx2 - x_Nx2.mean(axis=0)) / x_Nx2.std(axis=0)
    return bool(np.linalg.matrix_rank(z_Nx2, tol=1e-6 * len(z_Nx2)) == 2)


def surface(axes: Axes, shown: FitPicture) -> None:
    """The prediction as colour between the rows, and the rows in the colours of their targets."""
    x_NxK, first_N = np.unique(shown.x_NxK, axis=0, return_index=True)
    thinned = slice(None, None, -(-len(first_N) // SURFACE_ROWS))
    x_NxK, first_N = x_NxK[thinned], first_N[thinned]
    # Triangles are chosen where both features weigh alike.
    z_NxK = (x_NxK - x_NxK.mean(axis=0)) / x_NxK.std(axis=0)
    triangles = Triangulation(z_NxK[:, 0], z_NxK[:, 1]).triangles
    mesh = Triangulation(x_NxK[:, 0], x_NxK[:, 1], triangles)
    low, high = np.quantile(np.concatenate([shown.y_N, shown.prediction_N]), [0.01, 0.99])
    levels = MaxNLocator(14).tick_values(low, high)
    drawn = axes.tricontourf(
        mesh, shown.prediction_N[first_N], levels, cmap=theme.COLORMAP, extend="both"
    )
    size = 22 if len(shown.y_N) <= 200 else 12
    for chosen_N, marker in ((~shown.validation_N, "o"), (shown.validation_N, "s")):
        x_N, y_N = shown.x_NxK[chosen_N].T
        axes.scatter(
            x_N,
            y_N,
            c=shown.y_N[chosen_N],
            s=size,
            marker=marker,
            edgecolors=style.role_color("surface"),
            linewidths=0.4,
            cmap=theme.COLORMAP,
            vmin=low,
            vmax=high,
        )
    asked_for(axes, shown.asked_QxK[:, 0], shown.asked_QxK[:, 1], shown.answer_Q)
    bar = axes.figure.colorbar(drawn, ax=axes, label=shown.target)
    style.shorten(bar.ax.yaxis, low, high)
    axes.margins(0.04)
    first, second = shown.features
    style.label_axes(axes, first, second, f"{shown.target}: surface predicted, points given")
    axes.grid(visible=False)


def against_target(axes: Axes, shown: FitPicture) -> None:
    """The prediction of each row against its target, with the line where they are equal."""
    draw_rows(axes, shown, shown.y_N, shown.prediction_N)
    ends = np.array([shown.y_N.min(), shown.y_N.max()])
    axes.plot(
        ends, ends, color=style.role_color("ink"), linewidth=1.2, linestyle="--", label="equal"
    )
    for answer in shown.answer_Q[np.isfinite(shown.answer_Q)]:
        axes.plot(
            [0.015],
            [answer],
            "*",
            color=style.role_color("asked"),
            markersize=11,
            markeredgecolor=style.role_color("surface"),
            transform=axes.get_yaxis_transform(),
            zorder=5,
        )
    keep_in_view(axes, shown.prediction_N, shown.y_N)
    title = "Prediction against target" + _where_not_finite(shown)
    style.label_axes(axes, shown.target, "prediction", title)


def residuals(axes: Axes, shown: FitPicture) -> None:
    """What the prediction leaves of each row's target, against the prediction."""
    residual_N = shown.y_N - shown.prediction_N
    draw_rows(axes, shown, shown.prediction_N, residual_N)
    axes.axhline(0, color=style.role_color("ink"), linewidth=1.2, linestyle="--")
    spread_N = shown.y_N - shown.y_N.mean()
    keep_in_view(axes, residual_N, spread_N)
    style.label_axes(
        axes, "prediction", "target − prediction", "Residuals" + _where_not_finite(shown)
    )


def _where_not_finite(shown: FitPicture) -> str:
    return "" if np.isfinite(shown.prediction_N).all() else " – no finite prediction"


def keep_in_view(axes: Axes, height_N: Floats, usual_N: Floats) -> None:
    """Limit the height to what is usual and half as much again, where heights leave it far."""
    low, high = float(usual_N.min()), float(usual_N.max())
    reach = 1.5 * (high - low) or 1.0
    finite_N = height_N[np.isfinite(height_N)]
    seen = np.clip(finite_N, low - reach, high + reach) if len(finite_N) else usual_N
    low, high = min(low, float(seen.min())), max(high, float(seen.max()))
    margin = 0.05 * (high - low) or 1.0
    axes.set_ylim(low - margin, high + margin)
