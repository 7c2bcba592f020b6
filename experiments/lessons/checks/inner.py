"""Checks of what goes on inside networks: units, signals, gradients, the loss around weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...scoring.repeats import spread
from ...text import number
from .. import inside
from ..arguments import DeadLayers, LossSurface, Signal, UnitsEqual
from ..runs import Case, hidden_outputs
from .finding import CheckResult, each_run


def units_equal(cases: Sequence[Case], wanted: UnitsEqual) -> CheckResult:
    """In each hidden layer of the saved network all units put out the same on every row."""

    def one(case: Case) -> CheckResult:
        layers = [out_NxU for _, out_NxU in hidden_outputs(case, "all") if out_NxU.shape[1] > 1]
        apart = max((float(np.ptp(out_NxU, axis=1).max()) for out_NxU in layers), default=math.nan)
        shown = case.run.about.shown_repeat if case.run.about else 0
        told = f"{case.name}: outputs of units of one layer are at most {apart:.2g} apart"
        return CheckResult(
            apart <= wanted.within, (f"{told} (repeat {shown}, the saved network).",)
        )

    return each_run(cases, wanted.runs, one)


def dead_layers(cases: Sequence[Case], wanted: DeadLayers) -> CheckResult:
    """Relu layers of the saved network all of whose units put out zero on every training row."""

    def one(case: Case) -> CheckResult:
        layers = [out for name, out in hidden_outputs(case, "train") if name == "relu"]
        units = sum(out_NxU.shape[1] for out_NxU in layers)
        dead = sum(int((out_NxU == 0).all(axis=0).sum()) for out_NxU in layers)
        through = sum(bool(out_NxU.any()) for out_NxU in layers)
        shown = case.run.about.shown_repeat if case.run.about else 0
        told = f"{case.name}: {dead} of {units} relu units put out 0 on every training row, "
        told += f"in {len(layers) - through} of {len(layers)} layers all of them"
        held = len(layers) - through >= wanted.at_least
        return CheckResult(held, (f"{told} (repeat {shown}, the saved network).",))

    return each_run(cases, wanted.runs, one)


def signal(cases: Sequence[Case], wanted: Signal) -> CheckResult:
    """How much smaller the outputs or the gradients are at the far end of an untrained network."""

    def one(case: Case) -> CheckResult:
        at_start = inside.sizes_at_start(case)
        if wanted.of == "outputs":
            ratios = at_start.outputs_RxL[:, -2] / at_start.outputs_RxL[:, 0]
            what = "outputs of the last hidden layer are"
            beside = "those of the first"
        else:
            ratios = at_start.gradients_RxL[:, 0] / at_start.gradients_RxL[:, -1]
            what = "the gradient of the first layer's weights is"
            beside = "that of the last layer's"
        over = spread(ratios.tolist())
        if over.typical is None or over.ci95 is None:
            return CheckResult(False, (f"{case.name}: one repeat shows no range.",))
        held = wanted.at_least <= over.ci95[0] and over.ci95[1] <= wanted.at_most
        told = f"{case.name}: before the first step, {what} typically {over.typical:.2g} times "
        told += f"{beside} (95 % interval {over.ci95[0]:.2g} to {over.ci95[1]:.2g}); "
        return CheckResult(held, (told + _range(wanted.at_least, wanted.at_most) + ".",))

    return each_run(cases, wanted.runs, one)


def _range(at_least: float, at_most: float) -> str:
    if at_least and at_most < 1e12:
        return f"{at_least:g} to {at_most:g} is claimed"
    return f"at least {at_least:g} is claimed" if at_least else f"at most {at_most:g} is claimed"


def loss_surface(cases: Sequence[Case], wanted: LossSurface) -> CheckResult:
    """Whether the training loss around the saved weights is one bowl, or valleys between hills."""

    def bowl(case: Case) -> CheckResult:
        loss_BxA = inside.loss_plane(case).loss_BxA
        least = min(float(np.min(bend)) for bend in _bends(loss_BxA))
        # Losses are computed in float32: what is left of seven digits is rounding.
        held = least >= -1e-6 * float(np.ptp(loss_BxA))
        told = f"{case.name}: along rows, columns and diagonals of a plane of {loss_BxA.size:,} "
        told += f"weights the loss bends upwards {'everywhere' if held else 'not everywhere'}"
        return CheckResult(held, (f"{told} (least second difference {number(least)}).",))

    def hills(case: Case) -> CheckResult:
        at, between = inside.heights_between(case)
        held = min(between) >= wanted.times * at
        told = f"{case.name}: the training error is {number(at)} at the saved weights and at two "
        told += "more with units in another order, and halfway between any two of the three "
        told += f"{', '.join(number(value) for value in between)}: at least "
        told += f"{min(between) / at:.3g} times; {wanted.times:g} times is claimed"
        return CheckResult(held, (told + ".",))

    return each_run(cases, wanted.runs, bowl if wanted.shape == "bowl" else hills)


def _bends(loss_BxA: NDArray[Any]) -> list[NDArray[Any]]:
    """Second differences along rows, columns and diagonals: none below 0 where it is convex."""
    middle = 2 * loss_BxA[1:-1, 1:-1]
    ends = [(1, 0), (0, 1), (1, 1), (1, -1)]
    size_B, size_A = loss_BxA.shape

    def moved(up: int, across: int) -> NDArray[Any]:
        return loss_BxA[1 + up : size_B - 1 + up, 1 + across : size_A - 1 + across]

    return [moved(up, across) + moved(-up, -across) - middle for up, across in ends]
