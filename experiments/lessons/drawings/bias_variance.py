"""Fits to many datasets, their mean and the Bayes-optimal curve: bias and variance to look at."""

from __future__ import annotations

from collections.abc import Sequence

from ...plots.lessons.curves import FitPanels, Fits, draw_fits
from ...text import number
from ..curves import curves_of, parts_of_error
from ..runs import Case, short_names


def numbers(cases: Sequence[Case]) -> FitPanels | None:
    """The curves of every repeat, each trained on rows of its own."""
    found, across, up = [], "", ""
    for name, case in zip(short_names(cases), cases, strict=True):
        curves = curves_of(case)
        if curves is None or curves.optimal_G is None:
            continue
        bias, variance = parts_of_error(curves)
        title = f"{name}\nbias² {number(bias)}, variance {number(variance)}"
        ends = float(curves.x_N.min()), float(curves.x_N.max())
        found.append(Fits(title, curves.x_G, curves.prediction_RxG, curves.optimal_G, ends))
        across, up = curves.feature, curves.target
    return FitPanels(tuple(found), across, up) if found else None


def caption(shown: FitPanels) -> str:
    """What bias and variance are, in what is seen."""
    return (
        "A thin line is the fit to one dataset, the thick one the mean of all fits. Bias² is the "
        "mean squared distance from that mean to the Bayes-optimal curve, variance that of the "
        "fits from their mean, both at the rows: together they are the expected distance of a fit "
        "to the Bayes-optimal curve. "
        + "; ".join(one.title.replace("\n", ": ") for one in shown.fits)
        + "."
    )


draw = draw_fits
