"""Checks of the curves that runs predict between and beyond their rows, every repeat of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...scoring.repeats import spread
from ...text import number
from ..arguments import Beyond, BiasVariance, Flatter
from ..curves import FitCurves, curves_of, parts_of_error
from ..runs import Case, runs_named, span
from .finding import CheckResult, each_run

NO_CURVE = "no curve is known, or not what is best"


def bias_variance(cases: Sequence[Case], wanted: BiasVariance) -> CheckResult:
    """Which part of the distance to the Bayes-optimal curve is larger, over many datasets."""

    def one(case: Case) -> CheckResult:
        curves = curves_of(case)
        if curves is None or curves.optimal_G is None or len(curves.prediction_RxG) < 2:
            return CheckResult(False, (f"{case.name}: {NO_CURVE}.",))
        bias, variance = parts_of_error(curves)
        large, small = (bias, variance) if wanted.larger == "bias" else (variance, bias)
        held = large >= wanted.times * small
        told = f"{case.name}: over {len(curves.prediction_RxG)} datasets bias² is {number(bias)} "
        told += f"and variance {number(variance)}; claimed is that the {wanted.larger} is more "
        times = "" if wanted.times == 1 else f"than {wanted.times:g} times the other"
        return CheckResult(held, (f"{told}{times}".rstrip() + ".",))

    return each_run(cases, wanted.runs, one)


def beyond(cases: Sequence[Case], wanted: Beyond) -> CheckResult:
    """How far the curve is from the Bayes-optimal one outside the data, and between them."""

    def one(case: Case) -> CheckResult:
        curves = curves_of(case)
        if curves is None or curves.optimal_G is None:
            return CheckResult(False, (f"{case.name}: {NO_CURVE}.",))
        inside_R, outside_R = distances(curves)
        ratio = spread((outside_R / inside_R).tolist())
        if ratio.typical is None or ratio.ci95 is None:
            return CheckResult(False, (f"{case.name}: one repeat shows no range.",))
        told = f"{case.name}: the curve is typically {number(float(np.median(inside_R)))} from "
        told += f"the Bayes-optimal one at the rows, and {number(float(np.median(outside_R)))} "
        told += f"beyond them: {ratio.typical:.3g} times (95 % interval {span(ratio.ci95)}); "
        told += f"more than {wanted.times:g} times is claimed."
        return CheckResult(ratio.ci95[0] > wanted.times, (told,))

    return each_run(cases, wanted.runs, one)


def distances(curves: FitCurves) -> tuple[NDArray[Any], NDArray[Any]]:
    """Root mean squared distance (R,) of each repeat to the optimum, at the rows and beyond."""
    assert curves.optimal_G is not None
    off_RxG = (curves.prediction_RxG - curves.optimal_G) ** 2
    at_rows = np.stack([np.interp(curves.x_N, curves.x_G, one) for one in off_RxG])
    return np.sqrt(at_rows.mean(axis=1)), np.sqrt(off_RxG[:, curves.outside_G].mean(axis=1))


def flatter(cases: Sequence[Case], wanted: Flatter) -> CheckResult:
    """How far the fits of one run go up and down, beside those of another, repeat by repeat."""
    found = [runs_named(cases, words) for words in (wanted.run, wanted.than)]
    if any(len(each) != 1 for each in found):
        counts = f"{len(found[0])} runs are {wanted.run}, {len(found[1])} are {wanted.than}"
        return CheckResult(False, (f"The check compares one run with one: {counts}.",))
    pair = [curves_of(each[0]) for each in found]
    flat, full = pair
    names = [each[0].name for each in found]
    if flat is None or full is None or len(flat.prediction_RxG) != len(full.prediction_RxG):
        return CheckResult(False, (f"{names[0]} and {names[1]}: {NO_CURVE}.",))
    heights = [np.std(each.at_rows_RxN, axis=1) for each in (flat, full)]
    ratio = spread((heights[0] / heights[1]).tolist())
    if ratio.typical is None or ratio.ci95 is None:
        return CheckResult(False, (f"{names[0]}: one repeat shows no range.",))
    told = f"The fits of {names[0]} go up and down {ratio.typical:.3g} times as far as those of "
    told += f"{names[1]} (standard deviation over rows; 95 % interval {span(ratio.ci95)}); less "
    told += f"than {wanted.times:g} times is claimed."
    return CheckResult(ratio.ci95[1] < wanted.times, (told,))
