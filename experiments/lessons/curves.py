"""The curves of a lesson's runs: what every repeat predicts between its rows, from their grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .runs import Case, Values, record_of


@dataclass(frozen=True, eq=False)
class FitCurves:
    """Predictions over one feature: x_G ascending, prediction_RxG of every repeat.

    optimal_G: E[y given x], where it is known. x_N, y_N: the rows, those of repeat 0; feature and
    target: their names.
    """

    x_G: Values
    prediction_RxG: Values
    optimal_G: Values | None
    x_N: Values
    y_N: Values
    feature: str
    target: str

    @property
    def outside_G(self) -> Values:  # noqa: N802, a shape stands in it
        """Which points lie beyond the rows."""
        outside_G: Values = (self.x_G < self.x_N.min()) | (self.x_G > self.x_N.max())
        return outside_G

    @property
    def at_rows_RxN(self) -> Values:  # noqa: N802
        """The curve of each repeat at the rows."""
        return np.stack([np.interp(self.x_N, self.x_G, one) for one in self.prediction_RxG])


def curves_of(case: Case) -> FitCurves | None:
    """None where more than one feature varies, or an earlier version wrote the folder."""
    record = record_of(case)
    if record.grid is None:
        return None
    varies = np.flatnonzero(np.ptp(record.grid.x_GxF, axis=0) > 0)
    if len(varies) != 1:
        return None
    rows = record.predictions
    return FitCurves(
        x_G=record.grid.x_GxF[:, varies[0]],
        prediction_RxG=record.grid.prediction_RxG.astype(float),
        optimal_G=record.grid.optimal_G,
        x_N=rows[record.features[varies[0]]].to_numpy(dtype=float),
        y_N=rows["y"].to_numpy(dtype=float),
        feature=record.features[varies[0]],
        target=record.about.data["target"],
    )


def parts_of_error(curves: FitCurves) -> tuple[float, float]:
    """(bias², variance): the parts of the mean squared distance to the optimum, at the rows.

    The variance over R repeats moves their mean too, by an R-th of it, which is no bias.
    """
    assert curves.optimal_G is not None
    optimal_N = np.interp(curves.x_N, curves.x_G, curves.optimal_G)
    at_rows_RxN = curves.at_rows_RxN
    variance = float(at_rows_RxN.var(axis=0, ddof=1).mean())
    off = float(((at_rows_RxN.mean(axis=0) - optimal_N) ** 2).mean())
    return max(off - variance / len(at_rows_RxN), 0.0), variance
