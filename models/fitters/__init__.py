"""Fitters: one contract, one file each. A list of tasks goes in, fits come out as they are done."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..task import Fit, Task
from . import gradient_descent, keras_fit, least_squares, stacked

# A fitter yields (place among its tasks, fit), in the order in which they are finished; in place of
# a fit stands the exception that the task raised. Closing the iterator stops the training.
Fitted = tuple[int, Fit | Exception]
Fitter = Callable[[Sequence[Task], Callable[[int], None]], Iterator[Fitted]]

ENGINES: dict[str, Fitter] = {"stacked": stacked.fit, "keras": keras_fit.fit}
# Models that bring their own way of fitting; every other one is trained by an engine.
OF_MODEL: dict[str, Fitter] = {
    **dict.fromkeys(least_squares.SOLVERS, least_squares.fit),
    "gradient_descent": gradient_descent.fit,
}


def fit(tasks: Sequence[Task], on_epochs: Callable[[int], None] = lambda n: None) -> list[Fit]:
    """Fit every task and return the fits in their order; the first failure is raised.

    on_epochs: see `fit_each`.
    """
    fits: dict[int, Fit] = {}
    for place, fitted in fit_each(tasks, on_epochs):
        if isinstance(fitted, Exception):
            raise fitted
        fits[place] = fitted
    return [fits[place] for place in range(len(tasks))]


def fit_each(
    tasks: Sequence[Task],
    on_epochs: Callable[[int], None],
    members_per_call: int | None = None,
) -> Generator[Fitted]:
    """(place, fit) of each task as it is finished, or the exception that it raised.

    Each is fitted by the fitter that its model and its training name. on_epochs(n) is called as
    training goes on, in any thread, with the number of epochs finished since the last call; over
    all tasks they add up to the sum of repeats times epochs. It may raise KeyboardInterrupt: what
    is finished is still yielded, then that is raised. members_per_call: see `stacked.fit`; only the
    stacked engine has calls whose size could be fixed.
    """
    groups: dict[Fitter, list[int]] = {}
    for place, task in enumerate(tasks):
        fitter = OF_MODEL.get(task.model.kind) or ENGINES[engine(task)]
        groups.setdefault(fitter, []).append(place)
    for fitter, places in groups.items():
        sized = fitter is stacked.fit
        train = partial(stacked.fit, members_per_call=members_per_call) if sized else fitter
        for number, fitted in train([tasks[place] for place in places], on_epochs):
            judged = fitted if isinstance(fitted, Exception) else _judged(fitted)
            yield places[number], judged


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
