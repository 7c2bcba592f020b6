"""What is told of a run or a sweep before it is trained."""

from __future__ import annotations

from collections.abc import Sequence

from models import Task, fallback
from models.repeats import MOST
from models.repeats import steps as steps_of

from ... import text
from ...config.schema import Config
from ...text import count


def announcement(config: Config, task: Task, dropped: int = 0) -> str:
    """One line on what will run.

    Args:
        config: of the run.
        task: what is trained.
        dropped: how many rows were left out for missing values.
    """
    total, _ = config.model.parameters(task.x_NxF.shape[1])
    rows = f"{len(task.train_T)} training, {len(task.validation_V)} validation rows"
    if dropped:
        rows += f", {dropped} dropped for missing values"
    parts = [
        f"{config.dataset.label} ({rows})",
        f"{config.model.label} ({total:,} parameters)",
    ]
    spec = config.training
    counts = f"{count(spec.epochs, 'epoch')}, {repeats(task)}"
    if not task.model.trained and not task.exact:
        parts.append(repeats(task))
    if task.model.trained:
        how = f"{spec.optimizer} at" if task.model.in_batches else "learning rate"
        parts.append(f"{how} {spec.learning_rate:g}, {counts}")
        parts += [f"{key} {getattr(spec, key)}" for key in spec.changed()]
    if why := fallback(task):
        parts.append(f"trained by keras, which is slow: {why}")
    return " · ".join(parts)


def repeats(task: Task) -> str:
    """How many repeats, and why where the network is too large for as many as others get."""
    line = count(task.repeats, "repeat")
    if task.training.vary != ("weights",):
        line += f", {text.each(task.training.vary)}"
    if not few_repeats(task):
        return line
    _, trainable = task.model.parameters(task.x_NxF.shape[1])
    steps = steps_of(task.model, task.training, len(task.train_T))
    work = f"{trainable:,} parameters × {steps:,} steps take long"
    return f"{line} (not {MOST}: {work}; training.repeats={MOST} overrules)"


def few_repeats(task: Task) -> bool:
    """Whether `training.repeats=auto` gives a task fewer repeats than a small network."""
    left_to_us = task.training.repeats == "auto" and task.count is None
    return task.model.trained and left_to_us and task.repeats < MOST


def stages_announcement(tasks: Sequence[Task], done: int, stages: Sequence[int]) -> str:
    """One line on what a sweep trains in stages.

    Args:
        tasks: those to train.
        done: how many runs were trained before.
        stages: how many repeats a run has after each.
    """
    before = f", {done} done before" if done else ""
    steps = ", ".join(map(str, stages))
    return (
        f"{count(len(tasks), 'run')}{before}: {steps} repeats each, more only for those that are "
        "still unclear"
    )


def sweep_announcement(tasks: Sequence[Task], done: int = 0) -> str:
    """One line on what a sweep trains.

    Args:
        tasks: those to train.
        done: how many runs were trained before.
    """
    before = f", {done} done before" if done else ""
    trainings = count(sum(task.repeats for task in tasks), "training")
    epochs = count(sum(task.repeats * task.epochs for task in tasks), "epoch")
    line = f"{count(len(tasks), 'run')}{before}: {trainings}, {epochs}"
    fewer = [task.repeats for task in tasks if few_repeats(task)]
    if fewer:
        low, high = min(fewer), max(fewer)
        span = f"{low} to {high}" if low < high else str(low)
        line += f"; {count(len(fewer), 'run')} of large networks: {span} repeats, not {MOST}"
    return line
