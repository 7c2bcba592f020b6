"""The stacked engine: repeats and runs of like size trained side by side as compiled programs.

Each repeat of each task is a member. A member's padded shape follows from its own spec alone;
members of one shape share a program, and those of one schedule share a call of it. Calls run
concurrently on the cores there are. (Over 300 lines: planning, padding and unpacking are one thing
seen from three sides.)
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from itertools import pairwise
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import network as networks
from .. import seeds
from ..task import Fit, Floats, Task, Weights
from . import program
from .program import Shape

Float32 = NDArray[np.float32]

# What one call may hold, in bytes: batch orders and snapshots grow with members.
CALL_BYTES = 128 * 2**20
# Longer schedules, and large datasets sooner, go on in another call of the same program, which
# bounds the batch orders.
CALL_EPOCHS = 1024
CALL_SECONDS = 3.0
# Short schedules on small datasets are padded to as many epochs as fill so many places of batch
# orders, a megabyte: one program then serves them all.
FEW_ORDERS = 512 * 512


class Member(NamedTuple):
    """One repeat of one task."""

    task: Task  # of that repeat alone
    place: int  # of the task among all
    repeat: int


class Result(NamedTuple):
    """What one member's training gave."""

    prediction_N: Floats
    history: dict[str, Floats]
    weights: Weights
    snapshot_epochs: NDArray[np.int64]
    snapshots_SxN: Float32
    diverged_at: int | None


def can_stack(task: Task) -> bool:
    """Whether the compiled program knows the task's optimizer and every activation."""
    known = all(layer.activation in program.CODES for layer in task.model.layers)
    return known and task.training.optimizer in program.OPTIMIZERS


def fit(
    tasks: Sequence[Task],
    on_epochs: Callable[[int], None],
    members_per_call: int | None = None,
) -> Iterator[tuple[int, Fit | Exception]]:
    """Train every repeat of every task; `on_epochs(n)` is told of n more finished epochs.

    Calls of the programs run on the cores while what they finished is yielded. members_per_call
    fixes the size of the calls, whatever there is to train: who trains in stages then compiles
    nothing anew. It is at least two and at most what memory allows, and changes no number.
    """
    found: dict[int, dict[int, Result]] = defaultdict(dict)
    seconds: dict[int, float] = defaultdict(float)
    failed: set[int] = set()
    interrupt: BaseException | None = None
    stop = Event()
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    calls: dict[Future[tuple[list[Result], float]], list[Member]] = {}
    try:
        # Within the try: Ctrl-C while threads start would leave those that run without a word.
        for shape, members in _plan(tasks, members_per_call):
            calls[pool.submit(_timed_call, shape, members, on_epochs, stop)] = members
        for done in as_completed([*calls]):
            members = calls.pop(done)
            places = {member.place for member in members} - failed
            try:
                results, took = done.result()
            except Exception as error:  # the other calls go on
                failed |= places
                yield from ((place, error) for place in sorted(places))
                continue
            except BaseException as error:  # Ctrl-C; calls that had not begun then end with it too
                interrupt = interrupt or error
                stop.set()
                continue
            for member, result in zip(members, results, strict=True):
                found[member.place][member.repeat] = result
                seconds[member.place] += took / len(results)
            for place in sorted(places):
                if len(found[place]) == tasks[place].repeats:
                    by_repeat = found.pop(place)
                    yield place, _fit([by_repeat[k] for k in sorted(by_repeat)], seconds[place])
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    if interrupt is not None:
        raise interrupt


def _timed_call(*arguments: Any) -> tuple[list[Result], float]:
    started = time.perf_counter()
    return _call(*arguments), time.perf_counter() - started


def _fit(results: list[Result], seconds: float) -> Fit:
    predictions, histories, weights, epochs, snapshots, diverged = zip(*results, strict=True)
    return Fit(np.stack(predictions), histories, weights, epochs, snapshots, diverged, seconds)


def member_shape(task: Task) -> Shape:
    """The padded shape of a task's members, from its own spec alone (members: still 0)."""
    batch = min(task.training.batch_size, len(task.train_T))
    order = _padded(len(task.train_T), 512)
    rows = _padded(len(task.y_N), 512)
    return Shape(
        members=0,
        features=task.x_NxF.shape[1],
        layers=len(task.model.layers),
        width=_padded(max((layer.units for layer in task.model.layers), default=0), 8),
        batch=batch,
        steps=-(-order // batch),
        rows=rows,
        validation_rows=_padded(max(len(task.validation_V), 1), 512),
        epochs=min(_padded(task.epochs, max(128, FEW_ORDERS // rows)), epochs_per_call(task)),
        snapshots=len(seeds.snapshot_epochs(10**6)),
        optimizer=task.training.optimizer,
    )


def epochs_per_call(task: Task) -> int:
    """How many epochs of a task one call trains at most, so that two members' orders have room."""
    fitting = CALL_BYTES // (8 * _padded(len(task.train_T), 512))
    return max(1, min(CALL_EPOCHS, 1 << (max(fitting, 1).bit_length() - 1)))


def _padded(size: int, least: int) -> int:
    """The next of least, 2 least, 4 least, ...; 0 stays 0."""
    return 0 if size == 0 else max(least, 1 << (size - 1).bit_length())


def _plan(tasks: Sequence[Task], members_per_call: int | None) -> list[tuple[Shape, list[Member]]]:
    """Calls to make: members of one shape and one schedule, of bounded size.

    One call of each program comes first, so that the cores compile different ones; then the
    longest.
    """
    schedules: dict[Shape, dict[tuple[int, int], list[Member]]] = {}
    for place, task in enumerate(tasks):
        schedule = (task.epochs, -(-len(task.train_T) // task.training.batch_size))
        members = [Member(task.of_repeat(repeat), place, repeat) for repeat in task.numbers]
        groups = schedules.setdefault(member_shape(task), {})
        groups.setdefault(schedule, []).extend(members)
    calls: list[tuple[bool, float, Shape, list[Member]]] = []
    for shape, groups in schedules.items():
        if members_per_call is None:
            size = _members_per_call(shape, {key: len(group) for key, group in groups.items()})
        else:
            size = max(2, min(members_per_call, _most_members(shape)))
        compiled = False
        for (epochs, steps), group in groups.items():
            for start in range(0, len(group), size):
                cost = epochs * steps * _step_seconds(shape, size)
                full = shape._replace(members=size)
                calls.append((compiled, -cost, full, group[start : start + size]))
                compiled = True
    calls.sort(key=lambda call: call[:2])
    return [(shape, members) for _, _, shape, members in calls]


def _members_per_call(shape: Shape, counts: dict[tuple[int, int], int]) -> int:
    """How many members every call of one program holds: one number, so it is compiled once.

    At least two, because a lone member is compiled to other instructions; at most what memory
    allows; in between what makes all calls together shortest.
    """
    most = _most_members(shape)
    choices = {-(-n // parts) for n in counts.values() for parts in range(1, n + 1)}
    allowed = sorted({min(max(2, choice), most) for choice in choices})
    cores = os.cpu_count() or 1

    def seconds(size: int) -> float:
        works = [e * s * _step_seconds(shape, size) for (e, s) in counts]
        calls = [-(-n // size) for n in counts.values()]
        total = sum(work * n for work, n in zip(works, calls, strict=True))
        return max(total / cores, max(works, default=0.0))

    return min(allowed, key=seconds)


def _most_members(shape: Shape) -> int:
    """How many members of a shape one call has memory for; that follows from the shape alone."""
    order = 4 * shape.epochs * shape.steps * shape.batch
    bytes_each = order + 4 * (shape.snapshots + 8) * shape.rows + 16 * shape.width**2 * shape.layers
    return max(2, min(256, CALL_BYTES // bytes_each))


def _step_seconds(shape: Shape, members: int) -> float:
    """About how long one step takes: a model for planning, fitted on two cores."""
    inner = shape.features * shape.width + max(shape.layers - 1, 0) * shape.width**2
    multiplications = 3 * shape.batch * (inner + shape.width)
    return 2e-5 * (1 + shape.layers) + members * (multiplications / 5e9 + 1e-6 * shape.layers)


def _call(
    shape: Shape, members: list[Member], on_epochs: Callable[[int], None], stop: Event
) -> list[Result]:
    """Train the members of one call, in as many parts as their schedule is long."""
    import tensorflow as tf

    # Silent partners: copies that fill the call up, and are thrown away.
    filled = [*members, *[members[0]] * (shape.members - len(members))]
    epochs, most = members[0].task.epochs, _epochs_at_once(shape, members[0].task)
    state = _first_state(shape, filled)
    train = program.compiled(shape)
    parts: list[program.Outputs] = []
    for begin in range(0, max(epochs, 1), most):
        if stop.is_set():
            raise KeyboardInterrupt
        end = min(begin + most, epochs)
        inputs = _inputs(shape, filled, begin, end)
        outputs = train(*tf.nest.map_structure(tf.convert_to_tensor, (inputs, state)))
        state = outputs.state
        count = len(_snapshots_between(epochs, begin, end))
        kept = outputs._replace(snapshots_CxMxR=outputs.snapshots_CxMxR[:count])
        parts.append(tf.nest.map_structure(lambda tensor: tensor.numpy(), kept))
        on_epochs((end - begin) * len(members))
    return [_result(member, number, parts) for number, member in enumerate(members)]


def _epochs_at_once(shape: Shape, task: Task) -> int:
    """Epochs in one call of the program: what it was compiled for, or a few seconds' worth.

    Between calls a training tells how far it is, and can be stopped.
    """
    steps = -(-len(task.train_T) // task.training.batch_size)
    worth = int(CALL_SECONDS / (steps * _step_seconds(shape, shape.members)))
    return max(1, min(worth, shape.epochs or 1))


def _inputs(shape: Shape, members: list[Member], begin: int, end: int) -> program.Inputs:
    """The inputs for the epochs from `begin` (finished ones) to `end`."""
    tasks = [member.task for member in members]
    first = tasks[0]
    x_MxRxF, y_MxR = _rows(shape, tasks)
    mask_MxLxW = np.zeros((shape.members, shape.layers, shape.width), np.float32)
    code_MxL = np.zeros((shape.members, shape.layers), np.int32)
    for m, task in enumerate(tasks):
        for number, layer in enumerate(task.model.layers):
            mask_MxLxW[m, number, : layer.units] = 1
            code_MxL[m, number] = program.CODES[layer.activation]
    slots_E = np.full(shape.epochs + 1, shape.snapshots, np.int32)
    taken = _snapshots_between(first.epochs, begin, end)
    slots_E[taken - begin] = np.arange(len(taken))
    return program.Inputs(
        x_MxRxF,
        y_MxR,
        _orders(shape, members, begin, end),
        np.array([len(task.train_T) for task in tasks], np.int32),
        np.array([len(task.validation_V) for task in tasks], np.int32),
        np.array([task.training.learning_rate for task in tasks], np.float32),
        mask_MxLxW,
        code_MxL,
        np.int32(begin > 0),
        np.int32(end - begin),
        np.int32(-(-len(first.train_T) // first.training.batch_size)),
        np.int32(max(len(task.y_N) for task in tasks)),
        np.int32(max(len(task.validation_V) for task in tasks)),
        slots_E,
    )


def _snapshots_between(epochs: int, begin: int, end: int) -> NDArray[np.int64]:
    """The snapshots of a schedule that belong to one part of it; 0 belongs to the first."""
    taken = seeds.snapshot_epochs(epochs)
    return taken[(taken > begin - (begin == 0)) & (taken <= end)]


def _orders(shape: Shape, members: list[Member], begin: int, end: int) -> NDArray[np.int32]:
    """Row numbers (M, E, S * B) in the order in which each epoch visits them."""
    order = np.zeros((shape.members, max(shape.epochs, 1), shape.steps * shape.batch), np.int32)
    drawn: dict[tuple[int, int, int], NDArray[np.int64]] = {}
    for m, (task, _, repeat) in enumerate(members):
        rows_T = task.train_T
        key = (len(rows_T), task.training.seed, task.start_of(repeat))
        if key not in drawn:
            orders = [seeds.batch_order(*key, epoch) for epoch in range(begin, end)]
            drawn[key] = np.array(orders, np.int64).reshape(end - begin, len(rows_T))
        order[m, : end - begin, : len(rows_T)] = rows_T[drawn[key]]
    return order


def _rows(shape: Shape, tasks: list[Task]) -> tuple[Float32, Float32]:
    """Normalised features and target of all rows, and again of the validation rows."""
    rows = shape.rows + shape.validation_rows
    x_MxRxF = np.zeros((shape.members, rows, shape.features), np.float32)
    y_MxR = np.zeros((shape.members, rows), np.float32)
    for m, task in enumerate(tasks):
        rows_V = task.validation_V
        for target, values in (
            (x_MxRxF, networks.normalized(task)),
            (y_MxR, networks.target(task)),
        ):
            target[m, : len(values)] = values
            target[m, shape.rows : shape.rows + len(rows_V)] = values[rows_V]
    return x_MxRxF, y_MxR


def _first_state(shape: Shape, members: list[Member]) -> program.State:
    """Initial weights of all members, padded with zeros; the output kernel loses its last axis."""
    sizes = [shape.features, *[shape.width] * shape.layers]
    stacked: list[Float32] = []
    for n_in, n_out in pairwise(sizes):
        stacked.append(np.zeros((shape.members, n_in, n_out), np.float32))
        stacked.append(np.zeros((shape.members, n_out), np.float32))
    stacked.append(np.zeros((shape.members, sizes[-1]), np.float32))
    stacked.append(np.zeros(shape.members, np.float32))
    for m, (task, _, repeat) in enumerate(members):
        weights = networks.initial_weights(task, repeat)
        for target, array in zip(stacked[:-2], weights[:-2], strict=True):
            target[m][tuple(slice(size) for size in array.shape)] = array
        stacked[-2][m, : len(weights[-2])] = weights[-2][:, 0]
    zeros = [np.zeros_like(array) for array in stacked]
    updates_M = np.zeros(shape.members, np.float32)
    return program.State(stacked, zeros, zeros, updates_M, np.ones(shape.members, np.bool_))


def _result(member: Member, m: int, parts: list[program.Outputs]) -> Result:
    """One member's part of a call, without its padding, in the target's own units."""
    task, rows = member.task, len(member.task.y_N)
    offset, scale = networks.target_units(task)
    final = parts[-1].state
    weights: list[Float32] = []
    for number, (n_in, n_out) in enumerate(networks.sizes(task)):
        kernel, bias = final.weights[2 * number][m], final.weights[2 * number + 1][m]
        if number < len(task.model.layers):
            weights += [kernel[:n_in, :n_out].copy(), bias[:n_out].copy()]
        else:
            weights += [kernel[:n_in, None].copy(), bias.reshape(1).copy()]
    loss_E, validation_E, snapshots = [], [], []
    for part in parts:
        trained = int(part.epochs_M[m])
        loss_E.append(part.loss_ExM[1 : trained + 1, m])
        validation_E.append(part.validation_loss_ExM[1 : trained + 1, m])
        snapshots.append(part.snapshots_CxMxR[:, m, :rows])
    epochs = sum(map(len, loss_E))
    history = {}
    if epochs:
        history["loss"] = history["mse"] = scale**2 * np.concatenate(loss_E).astype(np.float64)
        if len(task.validation_V):
            curve_E = scale**2 * np.concatenate(validation_E).astype(np.float64)
            history["val_loss"] = history["val_mse"] = curve_E
    taken = seeds.snapshot_epochs(task.epochs)
    own_units_SxN = np.concatenate(snapshots).astype(np.float64) * scale + offset
    with np.errstate(over="ignore"):  # of a diverged member
        pictures_SxN = own_units_SxN.astype(np.float32)
    return Result(
        prediction_N=own_units_SxN[-1].copy(),  # a view would keep all of them in memory
        history=history,
        weights=tuple(weights),
        snapshot_epochs=taken[taken <= epochs],
        snapshots_SxN=pictures_SxN[taken <= epochs],
        diverged_at=None if final.running_M[m] else epochs,
    )
