"""What fitters have in common that fit one task after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

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
