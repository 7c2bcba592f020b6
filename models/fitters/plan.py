"""Which repeats the stacked engine trains together: members of one shape share a program.

A member's padded shape follows from its own spec alone; members of one shape, depth and schedule
share a call of the program, of bounded size.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from .. import schedules, seeds
from ..activations import CLASSIC
from ..optimizers import OPTIMIZERS
from ..spec import Training
from ..task import Task
from .arrays import Shape

# What one call may hold, in bytes: batch orders and snapshots grow with members.
CALL_BYTES = 128 * 2**20
# Longer schedules, and large datasets sooner, go on in another call of the same program, which
# bounds the batch orders.
CALL_EPOCHS = 1024
CALL_SECONDS = 3.0
# Short schedules on small datasets are padded to as many epochs as fill so many entries of batch
# orders, a megabyte: one program then serves them all.
FEW_ORDERS = 512 * 512
# Up to this width depth is padded too, and widths are powers of two, so that a program serves many
# architectures; what is wider takes longer to run than to compile.
SHARED_WIDTH = 64
# More members than these do not fit a core's cache together.
MOST_MEMBERS = 64


class Member(NamedTuple):
    """One repeat of one task."""

    task: Task  # of that repeat alone
    task_index: int  # of the task among all
    repeat: int


def member_shape(task: Task) -> Shape:
    """The padded shape of a task's members, from its own spec alone (members: still 0)."""
    batch = min(task.training.batch_size, len(task.train_T))
    order = _padded(len(task.train_T), 512)
    rows = _padded(predicted_points(task), 1024)
    width = _width(max((layer.units for layer in task.model.layers), default=0))
    return Shape(
        members=0,
        features=task.x_NxF.shape[1],
        layers=_layers(len(task.model.layers), width),
        width=width,
        batch=batch,
        steps=-(-order // batch),
        rows=rows,
        validation_rows=_padded(max(len(task.validation_V), 1), 512),
        epochs=min(_padded(task.epochs, max(128, FEW_ORDERS // order)), epochs_per_call(task)),
        snapshots=len(seeds.snapshot_epochs(10**6)),
        optimizer=task.training.optimizer,
        loss=task.training.loss,
        activations=_compiled_activations(task),
        options=options(task.training),
    )


def _width(units: int) -> int:
    """Units that there is room for: the next power of two, of wide layers the next eighth of it."""
    power = _padded(units, 8)
    return power if power <= SHARED_WIDTH else -(-units // (power // 8)) * (power // 8)


def _layers(layers: int, width: int) -> int:
    """Hidden layers that there is room for: four at least where a layer takes little of it."""
    return _padded(layers, 4) if width <= SHARED_WIDTH else layers


def predicted_points(task: Task) -> int:
    """How many points a snapshot holds: the rows, and after them those of the grid."""
    return len(task.y_N) + (0 if task.grid_GxF is None else len(task.grid_GxF))


def _compiled_activations(task: Task) -> tuple[str, ...]:
    """Names besides the classic ones, each once, so that equal sets share a program."""
    return tuple(sorted({layer.activation for layer in task.model.layers} - {*CLASSIC}))


def options(training: Training) -> tuple[str, ...]:
    """What a program is compiled with besides: keys of `Training` that change what it computes."""
    optional = (*OPTIMIZERS[training.optimizer].reads, "weight_decay")
    used = [key for key in optional if getattr(training, key)]
    if training.patience is not None:
        used.append("patience")
    if schedules.varies(training):
        used.append("schedule")
    return tuple(used)


def epochs_per_call(task: Task) -> int:
    """How many epochs of a task one call trains at most, so that two members' orders have room."""
    fitting = CALL_BYTES // (8 * _padded(len(task.train_T), 512))
    return max(1, min(CALL_EPOCHS, 1 << (max(fitting, 1).bit_length() - 1)))


def _padded(size: int, least: int) -> int:
    """The next of least, 2 least, 4 least, ...; 0 stays 0."""
    return 0 if size == 0 else max(least, 1 << (size - 1).bit_length())


def calls_for(
    tasks: Sequence[Task], members_per_call: int | None
) -> list[tuple[Shape, list[Member]]]:
    """Calls to make: members of one shape, depth and schedule, of bounded size.

    One call of each program comes first, so that the cores compile different ones; then the
    longest.
    """
    schedules: dict[Shape, dict[tuple[int, int, int], list[Member]]] = {}
    for index, task in enumerate(tasks):
        steps = -(-len(task.train_T) // task.training.batch_size)
        schedule = (task.epochs, steps, len(task.model.layers))
        members = [Member(task.of_repeat(repeat), index, repeat) for repeat in task.numbers]
        groups = schedules.setdefault(member_shape(task), {})
        groups.setdefault(schedule, []).extend(members)
    calls: list[tuple[bool, float, Shape, list[Member]]] = []
    for shape, groups in schedules.items():
        if members_per_call is None:
            size = members_in_call(shape, {key: len(group) for key, group in groups.items()})
        else:
            size = max(2, min(members_per_call, _most_members(shape)))
        compiled = False
        for (epochs, steps, layers), group in groups.items():
            for start in range(0, len(group), size):
                cost = epochs * steps * step_seconds(shape, layers, size)
                full = shape._replace(members=size)
                calls.append((compiled, -cost, full, group[start : start + size]))
                compiled = True
    calls.sort(key=lambda call: call[:2])
    return [(shape, members) for _, _, shape, members in calls]


def members_alone(task: Task) -> int:
    """How many members a call holds where this task is all there is to fit."""
    steps = -(-len(task.train_T) // task.training.batch_size)
    schedule = (task.epochs, steps, len(task.model.layers))
    return members_in_call(member_shape(task), {schedule: task.repeats})


def members_in_call(shape: Shape, counts: dict[tuple[int, int, int], int]) -> int:
    """How many members every call of one program holds: one number, so it is compiled once.

    At least two, because a lone member is compiled to other instructions; at most what memory
    allows; in between what makes all calls together shortest.
    """
    most = _most_members(shape)
    choices = {-(-n // parts) for n in counts.values() for parts in range(1, n + 1)}
    allowed = sorted({min(max(2, choice), most) for choice in choices})
    cores = os.cpu_count() or 1

    def seconds(size: int) -> float:
        works = [e * s * step_seconds(shape, layers, size) for (e, s, layers) in counts]
        calls = [-(-n // size) for n in counts.values()]
        total = sum(work * n for work, n in zip(works, calls, strict=True))
        return max(total / cores, max(works, default=0.0))

    return min(allowed, key=seconds)


def _most_members(shape: Shape) -> int:
    """How many members of a shape one call has memory for; that follows from the shape alone."""
    order = 4 * shape.epochs * shape.steps * shape.batch
    if "schedule" in shape.options:
        order += 4 * shape.epochs * shape.steps
    room = 8 * shape.layers * shape.batch * shape.width
    bytes_each = (
        room + order + 4 * (shape.snapshots + 8) * shape.rows + 16 * shape.width**2 * shape.layers
    )
    return max(2, min(MOST_MEMBERS, CALL_BYTES // bytes_each))


def step_seconds(shape: Shape, layers: int, members: int) -> float:
    """About how long one step takes with so many layers: a model for planning, of two cores."""
    inner = shape.features * shape.width + max(layers - 1, 0) * shape.width**2
    multiplications = 3 * shape.batch * (inner + shape.width)
    return 2e-5 * (1 + layers) + members * (multiplications / 5e9 + 1e-6 * layers)
