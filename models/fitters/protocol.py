"""What a fitter is, and what those have in common that fit one repeat after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import seeds
from ..spec import Model
from ..task import Fit, RepeatFit, Task, assemble, thinned

OnEpochs = Callable[[int], None]
OnPrograms = Callable[[int, int], None]
Fitted = tuple[int, Fit | Exception]


class Fitter(Protocol):
    """Fits tasks. The contract suite, `tests/models/test_contract.py`, holds each to this."""

    def __call__(
        self,
        tasks: Sequence[Task],
        on_epochs: OnEpochs,
        members_per_call: int | None = None,
        on_programs: OnPrograms | None = None,
    ) -> Iterator[Fitted]:
        """Fit every repeat of every task; a fit depends on its own task alone, bit for bit.

        Args:
            tasks: what to fit, in any order.
            on_epochs: called as training goes on, in any thread, with the number of epochs finished
                since the last call; over all tasks they add up to the sum of repeats times epochs,
                epochs that a training leaves out because it diverged or stopped included. It may
                raise KeyboardInterrupt: what is finished is still yielded, then that is raised.
                Who counts no epochs calls it with 0 before each fit, so that it can be interrupted.
            members_per_call: how many repeats are compiled to be trained at once, whatever there is
                to train: who trains in stages then compiles nothing anew. It changes no number. For
                the stacked engine; others have no such calls and ignore it.
            on_programs: called, in any thread, with how many programs have run for the first time,
                compiled by then, and how many there are: once when all that Python has to do for
                the first ones is done, then as each has run. Who compiles nothing never calls it.
                It changes no number.

        Yields:
            (index among the tasks, its fit, or the exception that it raised: the others go on), in
            the order in which they are finished. Closing the iterator stops the training.
        """


FitRepeat = Callable[[Task, int, OnEpochs], RepeatFit]


def one_by_one(fit_repeat: FitRepeat) -> Fitter:
    """A fitter from what fits one repeat.

    fit_repeat takes the task of that repeat alone, the repeat's number, and `on_epochs`.
    """

    def fit(
        tasks: Sequence[Task],
        on_epochs: OnEpochs,
        members_per_call: int | None = None,
        on_programs: OnPrograms | None = None,
    ) -> Iterator[Fitted]:
        for index, task in enumerate(tasks):
            try:
                started = time.perf_counter()
                whole = (fit_repeat(task.of_repeat(k), k, on_epochs) for k in task.numbers)
                parts = [thinned(one) if task.thin else one for one in whole]
                fitted: Fit | Exception = assemble(parts, time.perf_counter() - started)
            except Exception as error:
                fitted = error
            yield index, fitted

    return fit


@dataclass(frozen=True)
class Kind:
    """A kind of model: its spec, and what fits a task of it (one fitter, or a choice of some)."""

    spec: type[Model]
    fitter: Callable[[Task], Fitter]

    @property
    def names(self) -> tuple[str, ...]:
        """The values of `model.kind` that mean it, read off its spec."""
        return get_args(get_type_hints(self.spec)["kind"])


class Snapshots:
    """What one repeat predicts at the epochs of `seeds.snapshot_epochs`, as they come.

    predict: features (P, F) -> predictions (P,) with the weights of the moment.
    """

    def __init__(self, task: Task, predict: Callable[[Floats], Floats]) -> None:
        self._wanted = frozenset(seeds.snapshot_epochs(task.epochs).tolist())
        self._predict = predict
        # Apart, not as one array: how many rows there are can change how a row's sum is rounded.
        self._points = [task.x_NxF, *([] if task.grid_GxF is None else [task.grid_GxF])]
        self._taken: dict[int, list[NDArray[np.float32]]] = {}

    def offer(self, epoch: int) -> None:
        """Keep what is predicted after so many epochs, if it is one of those to keep."""
        if epoch in self._wanted:
            self.keep(epoch)

    def keep(self, epoch: int) -> None:
        """Keep what is predicted now; what was kept after as many epochs is replaced."""
        with np.errstate(over="ignore"):  # of a diverged training
            self._taken[epoch] = [self._predict(x_PxF).astype(np.float32) for x_PxF in self._points]

    def fields(self) -> dict[str, Any]:
        """The fields of a RepeatFit, in the order of epochs."""
        names = ("snapshots_SxN", "grid_SxG")
        stacked = map(np.stack, zip(*self._taken.values(), strict=True))
        return {
            "snapshot_epochs": np.array(list(self._taken), dtype=np.int64),
            **dict(zip(names, stacked, strict=False)),
        }
