"""What a task costs to train, about: for planning who trains what, never told as a promise."""

from __future__ import annotations

from collections.abc import Hashable

from .fitters import plan, stacked
from .kinds import fitter
from .task import Task

# A step of one network in `model.fit`, in seconds: Python between the steps is most of it.
KERAS_STEP = 2e-3


def program(task: Task) -> Hashable:
    """What equal of two tasks says that one compiled program trains both."""
    if fitter(task) is stacked.fit:
        return plan.member_shape(task)
    return task.model.kind, task.training.engine


def seconds(task: Task) -> float:
    """Seconds of one core for all repeats of a task, without compiling."""
    steps = task.epochs * -(-len(task.train_T) // task.training.batch_size)
    if fitter(task) is stacked.fit:
        shape = plan.member_shape(task)
        return steps * plan.step_seconds(shape, len(task.model.layers), task.repeats)
    return task.repeats * steps * KERAS_STEP if task.model.in_batches else 0.0
