"""Fitters: one contract, one file each. A list of tasks goes in, a list of fits comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..task import Fit, Task
from . import gradient_descent, keras_fit, least_squares, stacked

Fitter = Callable[[Sequence[Task], Callable[[int], None]], list[Fit]]

ENGINES: dict[str, Fitter] = {"stacked": stacked.fit, "keras": keras_fit.fit}
# Models that bring their own way of fitting; every other one is trained by an engine.
OF_MODEL: dict[str, Fitter] = {
    **dict.fromkeys(least_squares.SOLVERS, least_squares.fit),
    "gradient_descent": gradient_descent.fit,
}


def fit(tasks: Sequence[Task], on_epochs: Callable[[int], None] = lambda n: None) -> list[Fit]:
    """Fit every task, each by the fitter that its model and its training name; order is kept.

    on_epochs(n) is called as training goes on, with the number of epochs finished since the last
    call; over all tasks they add up to the sum of repeats times epochs.
    """
    groups: dict[Fitter, list[int]] = {}
    for place, task in enumerate(tasks):
        fitter = OF_MODEL.get(task.model.kind) or ENGINES[engine(task)]
        groups.setdefault(fitter, []).append(place)
    fits: dict[int, Fit] = {}
    for fitter, places in groups.items():
        fits.update(zip(places, fitter([tasks[i] for i in places], on_epochs), strict=True))
    return [_judged(fits[place]) for place in range(len(tasks))]


def engine(task: Task) -> str:
    """What trains a network: the engine asked for, or keras where the stacked one cannot."""
    if task.training.engine == "stacked" and not stacked.can_stack(task):
        return "keras"
    return task.training.engine


def _judged(fit: Fit) -> Fit:
    """The fit, with a repeat called diverged too where only its last update left the numbers."""
    last = (len(curves.get("loss", ())) for curves in fit.history)
    diverged_at = tuple(
        epoch if at is None and not np.isfinite(prediction_N).all() else at
        for at, epoch, prediction_N in zip(fit.diverged_at, last, fit.prediction_RxN, strict=True)
    )
    return replace(fit, diverged_at=diverged_at)
