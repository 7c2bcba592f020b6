"""What fitters have in common that fit one task, and one repeat, after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..task import Fit, Task


def one_by_one(
    tasks: Sequence[Task], fit_one: Callable[[Task], Fit]
) -> Iterator[tuple[int, Fit | Exception]]:
    """(place, fit) of each task, or the exception that it raised: the others go on."""
    for place, task in enumerate(tasks):
        try:
            fitted: Fit | Exception = fit_one(task)
        except Exception as error:
            fitted = error
        yield place, fitted


def by_repeats(task: Task, fit_repeat: Callable[[Task, int], tuple[Any, ...]]) -> Fit:
    """A fit from what each repeat gives: the fields of `Fit` in their order, but for seconds.

    fit_repeat takes the task of that repeat alone, and its number.
    """
    started = time.perf_counter()
    parts = [fit_repeat(task.of_repeat(repeat), repeat) for repeat in task.numbers]
    predictions, histories, weights, epochs, snapshots, diverged = zip(*parts, strict=True)
    seconds = time.perf_counter() - started
    return Fit(np.stack(predictions), histories, weights, epochs, snapshots, diverged, seconds)
