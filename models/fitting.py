"""A list of tasks goes in, fits come out as they are done, each by the fitter of its kind."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from .fitters import plan
from .fitters.protocol import Fitted, Fitter, OnPrograms
from .kinds import fitter
from .task import Fit, Task


def fit(
    tasks: Sequence[Task],
    on_epochs: Callable[[int], None] = lambda n: None,
    on_programs: OnPrograms | None = None,
) -> list[Fit]:
    """Fit every task.

    Args:
        tasks: what to fit.
        on_epochs: see `Fitter`.
        on_programs: see `Fitter`.

    Returns:
        The fits, in the order of the tasks.

    Raises:
        Exception: the first that a task raised.
    """
    fits: dict[int, Fit] = {}
    for index, fitted in fit_each(tasks, on_epochs, on_programs=on_programs):
        if isinstance(fitted, Exception):
            raise fitted
        fits[index] = fitted
    return [fits[index] for index in range(len(tasks))]


def fit_each(
    tasks: Sequence[Task],
    on_epochs: Callable[[int], None],
    members_per_call: int | None = None,
    on_programs: OnPrograms | None = None,
) -> Generator[Fitted]:
    """(index, fit) of each task as it is finished, or the exception that it raised.

    It is a `Fitter`, which says what the arguments mean; each task is fitted by that of its kind.
    """
    groups: dict[Fitter, list[int]] = {}
    for index, task in enumerate(tasks):
        groups.setdefault(fitter(task), []).append(index)
    for train, indices in groups.items():
        chosen = [tasks[index] for index in indices]
        for number, fitted in train(chosen, on_epochs, members_per_call, on_programs):
            yield indices[number], fitted


def with_snapshots(task: Task, fitted: Fit, index: int) -> tuple[Fit, int]:
    """A fit that holds the snapshots of one repeat, and the repeat's place in it.

    A fit of a `thin` task holds none: the repeat is fitted again, to the same bits, and by the same
    program where the task was all that there was to fit.

    Args:
        task: what was fitted.
        fitted: its fit.
        index: the repeat's place in that.
    """
    if len(fitted.snapshot_epochs[index]):
        return fitted, index
    alone = task.of_repeat(task.numbers[index])
    [(_, again)] = fit_each([alone], lambda n: None, plan.members_alone(task))
    if isinstance(again, Exception):
        raise again
    return again, 0
