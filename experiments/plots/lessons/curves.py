"""Many fits of one feature beside the Bayes-optimal curve, a panel a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import style
from . import Labels, legend, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_FITS = 30  # at most: more of them are one soft band


@dataclass(frozen=True, eq=False)
class Fits:
    """One panel. span: where the rows end; outside it the curves are drawn fainter."""

    title: str
    x_G: NDArray[Any]
    prediction_RxG: NDArray[Any]
    optimal_G: NDArray[Any] | None
    span: tuple[float, float]
    rows_Nx2: NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class FitPanels:
    """What is drawn, and the words at its axes. mean: whether to draw the mean of the fits."""

    fits: tuple[Fits, ...]
    across: str
    up: str
    mean: bool = True


def draw_fits(shown: FitPanels) -> Figure:
    """Every repeat thin, their mean, the Bayes-optimal curve."""
    titles = [fits.title for fits in shown.fits]
    first = shown.fits[0]
    entries = 2 + shown.mean + (first.rows_Nx2 is not None)
    figure, all_axes = panels(titles, Labels(shown.across, shown.up), entries)
    for axes, fits in zip(all_axes, shown.fits, strict=True):
        within_G = (fits.x_G >= fits.span[0]) & (fits.x_G <= fits.span[1])
        for end in fits.span:
            axes.axvline(end, color=style.role_color("grid"), linewidth=1)
        if fits.rows_Nx2 is not None:
            soft = style.role_color("training")
            axes.plot(*fits.rows_Nx2.T, ".", label="rows", color=soft, markersize=3)
        for number, one_G in enumerate(fits.prediction_RxG[:MOST_FITS]):
            name = "one fit" if number == 0 else None
            thin = style.look("prediction", linewidth=0.7, alpha=0.45)
            axes.plot(fits.x_G[within_G], one_G[within_G], label=name, **thin)
            for side_G in (fits.x_G < fits.span[0], fits.x_G > fits.span[1]):
                axes.plot(fits.x_G[side_G], one_G[side_G], **{**thin, "alpha": 0.25})
        if shown.mean:
            mean_G = fits.prediction_RxG.mean(axis=0)
            axes.plot(fits.x_G, mean_G, label="their mean", **style.look("prediction", linewidth=2))
        if fits.optimal_G is not None:
            best = style.look("bayes", linewidth=2)
            axes.plot(fits.x_G, fits.optimal_G, label="Bayes-optimal", **best)
    all_axes[0].set_ylim(*_limits(shown))
    legend(figure, all_axes[0])
    return figure


def _limits(shown: FitPanels) -> tuple[float, float]:
    """Where most fits are, and all of the optimum: one wild fit does not flatten the rest."""
    values = np.concatenate([np.nan_to_num(f.prediction_RxG).ravel() for f in shown.fits])
    best = [f.optimal_G for f in shown.fits if f.optimal_G is not None]
    low, high = np.quantile(values, [0.005, 0.995])
    ends = np.array([low, high, *(v for each in best for v in (each.min(), each.max()))])
    room = 0.1 * (ends.max() - ends.min())
    return float(ends.min() - room), float(ends.max() + room)
