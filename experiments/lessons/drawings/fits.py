"""The fits of every repeat, between the rows and a little beyond them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...plots.lessons.curves import FitPanels, Fits, draw_fits
from ..curves import curves_of
from ..runs import Case, short_names

ROWS = 250  # at most: more of them hide the curves


def numbers(cases: Sequence[Case]) -> FitPanels | None:
    """The curves of every repeat, and some of the rows."""
    found, across, up = [], "", ""
    for name, case in zip(short_names(cases), cases, strict=True):
        curves = curves_of(case)
        if curves is None:
            continue
        ends = float(curves.x_N.min()), float(curves.x_N.max())
        rows_Nx2 = np.stack([curves.x_N, curves.y_N], axis=1)[:ROWS]
        fits = Fits(name, curves.x_G, curves.prediction_RxG, curves.optimal_G, ends, rows_Nx2)
        found.append(fits)
        across, up = curves.feature, curves.target
    return FitPanels(tuple(found), across, up, mean=False) if found else None


def caption(shown: FitPanels) -> str:
    """How to read it."""
    return (
        "A thin line is the fit of one repeat, a dot a row. The vertical lines are the first and "
        "the last row: beyond them the fits are fainter, as nothing was learned there. From the "
        "left: "
        f"{', '.join(fits.title for fits in shown.fits)}."
    )


draw = draw_fits
