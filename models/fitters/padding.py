"""Members' arrays, padded to the shape of their program, and what it gives without the padding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import activations, scaling, schedules, seeds
from .. import network as networks
from ..losses import LOSSES
from ..optimizers import OPTIMIZERS
from ..task import RepeatFit, Task
from . import packing, stopping
from .arrays import Inputs, Outputs, Shape, State, Weights
from .plan import Member, predicted_points

Float32 = NDArray[np.float32]


def inputs(shape: Shape, members: list[Member], begin: int, end: int) -> Inputs:
    """The inputs for the epochs from `begin` (finished ones) to `end`."""
    tasks = [member.task for member in members]
    first = tasks[0]
    x_MxRxF, y_MxR = _rows(shape, tasks)
    mask_LxMxW = np.zeros((shape.layers, shape.members, shape.width), np.float32)
    code_LxM = np.zeros((shape.layers, shape.members), np.int32)
    for m, task in enumerate(tasks):
        for number, layer in enumerate(task.model.layers):
            mask_LxMxW[number, m, : layer.units] = 1
            code_LxM[number, m] = activations.CODES[layer.activation]
    slots_E = np.full(shape.epochs + 1, shape.snapshots, np.int32)
    taken = snapshots_between(first.epochs, begin, end)
    slots_E[taken - begin] = np.arange(len(taken))
    return Inputs(
        x_MxRxF,
        y_MxR,
        _orders(shape, members, begin, end),
        np.array([len(task.train_T) for task in tasks], np.int32),
        np.array([len(task.validation_V) for task in tasks], np.int32),
        np.array([task.training.learning_rate for task in tasks], np.float32),
        mask_LxMxW,
        code_LxM,
        np.int32(len(first.model.layers)),
        np.int32(begin > 0),
        np.int32(end - begin),
        np.int32(-(-len(first.train_T) // first.training.batch_size)),
        np.int32(max(predicted_points(task) for task in tasks)),
        np.int32(max(len(task.validation_V) for task in tasks)),
        slots_E,
        _options(shape, tasks, begin, end),
    )


def _options(shape: Shape, tasks: list[Task], begin: int, end: int) -> dict[str, Any]:
    """For each option of a shape, what the members have: (M,), of the schedule (M, E, S)."""
    found: dict[str, Any] = {}
    for key in shape.options:
        if key == "schedule":
            steps = -(-len(tasks[0].train_T) // tasks[0].training.batch_size)
            rate_MxExS = np.zeros((shape.members, max(shape.epochs, 1), shape.steps), np.float32)
            for m, task in enumerate(tasks):
                rate_MxExS[m, : end - begin, :steps] = schedules.rates(
                    task.training, steps, begin, end
                )
            found[key] = rate_MxExS
        else:
            kind = np.int32 if key == "patience" else np.float32
            found[key] = np.array([getattr(task.training, key) for task in tasks], kind)
    return found


def snapshots_between(epochs: int, begin: int, end: int) -> NDArray[np.int64]:
    """The snapshots of a schedule that belong to one part of it; 0 belongs to the first."""
    taken = seeds.snapshot_epochs(epochs)
    return taken[(taken > begin - (begin == 0)) & (taken <= end)]


def _orders(shape: Shape, members: list[Member], begin: int, end: int) -> NDArray[np.int32]:
    """Row numbers (M, E, S * B) in the order in which each epoch visits them."""
    order = np.zeros((shape.members, max(shape.epochs, 1), shape.steps * shape.batch), np.int32)
    drawn: dict[tuple[int, int], dict[int, list[int]]] = {}
    for m, (task, _, repeat) in enumerate(members):
        repeats = drawn.setdefault((len(task.train_T), task.training.seed), {})
        repeats.setdefault(task.start_of(repeat), []).append(m)
    for (rows, seed), repeats in drawn.items():
        orders = seeds.batch_orders(rows, seed, [*repeats], range(begin, end))
        for numbers, drawn_ExT in zip(repeats.values(), orders, strict=True):
            for m in numbers:
                order[m, : end - begin, :rows] = members[m].task.train_T[drawn_ExT]
    return order


def _rows(shape: Shape, tasks: list[Task]) -> tuple[Float32, Float32]:
    """Normalised features and target of all rows, of the grid, and again of validation rows."""
    rows = shape.rows + shape.validation_rows
    x_MxRxF = np.zeros((shape.members, rows, shape.features), np.float32)
    y_MxR = np.zeros((shape.members, rows), np.float32)
    first: dict[tuple[Any, ...], int] = {}
    for m, task in enumerate(tasks):
        like = first.setdefault(_scaled_by(task), m)
        if like < m:  # most repeats see the same rows
            x_MxRxF[m], y_MxR[m] = x_MxRxF[like], y_MxR[like]
            continue
        rows_V = task.validation_V
        for target, values in (
            (x_MxRxF, scaling.features(task)),
            (y_MxR, scaling.target(task)),
        ):
            target[m, : len(values)] = values
            target[m, shape.rows : shape.rows + len(rows_V)] = values[rows_V]
        if task.grid_GxF is not None:
            begin = len(task.y_N)
            x_MxRxF[m, begin : begin + len(task.grid_GxF)] = scaling.features(task, task.grid_GxF)
    return x_MxRxF, y_MxR


def _scaled_by(task: Task) -> tuple[Any, ...]:
    """What scaled rows follow from; arrays count as the same where they are one."""
    arrays = task.x_NxF, task.y_N, task.train_T, task.validation_V, task.grid_GxF
    spec = task.training
    return (*map(id, arrays), task.model.trained, spec.normalize_on, spec.normalize_target)


def first_state(shape: Shape, members: list[Member]) -> State:
    """Initial weights of all members, padded with zeros."""
    weights = _no_weights(shape)
    for m, (task, _, repeat) in enumerate(members):
        arrays = networks.initial_weights(task, repeat)
        for target, array in zip(_layer_arrays(shape, task, weights, m), arrays, strict=True):
            values = array if array.ndim == target.ndim else array[..., 0]  # of the output unit
            target[tuple(slice(size) for size in values.shape)] = values
    optimizer = OPTIMIZERS[shape.optimizer]
    slots = tuple(
        _no_weights(shape, optimizer.initial) for _ in range(optimizer.slots(shape.options))
    )
    updates_M, running_M = np.zeros(shape.members, np.float32), np.ones(shape.members, np.bool_)
    best = stopping.begin(weights) if "patience" in shape.options else ()
    return State(weights, slots, updates_M, running_M, best)


def _no_weights(shape: Shape, value: float = 0) -> Weights:
    hidden = (max(shape.layers - 1, 0), shape.members, shape.width)
    return Weights(
        np.full((shape.members, sum(map(math.prod, shape.outer))), value, np.float32),
        np.full((*hidden, shape.width), value, np.float32),
        np.full(hidden, value, np.float32),
    )


def _layer_arrays(shape: Shape, task: Task, weights: Weights, m: int) -> list[Float32]:
    """Kernel and bias of each layer that a task has, of one member, padded: views."""
    *first, out_kernel, out_bias = packing.views(shape, weights.outer_MxP[m])
    for h in range(len(task.model.layers) - 1):
        first += [weights.kernels_HxMxWxW[h, m], weights.biases_HxMxW[h, m]]
    return [*first, out_kernel, out_bias]


def result(
    shape: Shape, member: Member, m: int, parts: list[Outputs], end: Outputs | None
) -> RepeatFit:
    """One member's part of a call, without its padding, in the target's own units.

    Args:
        shape: of the program.
        member: which.
        m: its number in the call.
        parts: what the program gave for each part of the schedule.
        end: with patience, what it gave for the restored weights.
    """
    task, rows, points = member.task, len(member.task.y_N), predicted_points(member.task)
    final = (end or parts[-1]).state
    history = _history(task, m, parts)
    epochs = len(history.get("loss", ()))
    offset, scale = scaling.of_target(task)
    snapshots = np.concatenate([part.snapshots_CxMxR[:, m, :points] for part in parts])
    taken = seeds.snapshot_epochs(task.epochs)
    taken = taken[taken <= epochs]
    if end is not None:
        last = end.snapshots_CxMxR[:, m, :points]
        before = taken[taken < epochs]
        taken, snapshots = np.append(before, epochs), np.append(snapshots[: len(before)], last, 0)
    own_units_SxP = snapshots.astype(np.float64) * scale + offset
    with np.errstate(over="ignore"):  # of a diverged member
        pictures_SxP = own_units_SxP[: len(taken)].astype(np.float32)
    best = final.stopping
    diverged = not (final.running_M[m] or (best and best.stopped_M[m]))
    return RepeatFit(
        prediction_N=own_units_SxP[-1, :rows].copy(),  # a view would keep all of them in memory
        history=history,
        weights=_weights(shape, task, final.weights, m),
        snapshot_epochs=taken,
        snapshots_SxN=pictures_SxP[:, :rows].copy(),
        diverged_at=epochs if diverged else None,
        best_epoch=int(best.epoch_M[m]) if best and epochs and not diverged else None,
        grid_SxG=None if task.grid_GxF is None else pictures_SxP[:, rows:].copy(),
    )


def _history(task: Task, m: int, parts: list[Outputs]) -> dict[str, Floats]:
    """The curves of one member, of the epochs that it trained; empty without any."""
    scale = scaling.of_target(task).scale
    power = LOSSES[task.training.loss].power
    trained = [int(part.epochs_M[m]) for part in parts]
    if not sum(trained):
        return {}

    def curve(side: str, number: int, power: int) -> Floats:
        pieces = [
            getattr(part, side)[number][1 : count + 1, m]
            for part, count in zip(parts, trained, strict=True)
        ]
        return scale**power * np.concatenate(pieces).astype(np.float64)

    # Where there is no second measure, mse is the loss: one array is both.
    sides = {"": "training_ExM", "val_": "validation_ExM"}
    if not len(task.validation_V):
        del sides["val_"]
    history: dict[str, Floats] = {}
    for prefix, side in sides.items():
        loss_E = history[f"{prefix}loss"] = curve(side, 0, power)
        history[f"{prefix}mse"] = curve(side, 1, 2) if len(getattr(parts[0], side)) > 1 else loss_E
    return history


def _weights(shape: Shape, task: Task, weights: Weights, m: int) -> tuple[Float32, ...]:
    """Kernel and bias of each Dense layer of one member, without padding."""
    arrays = _layer_arrays(shape, task, weights, m)
    found: list[Float32] = []
    for number, (n_in, n_out) in enumerate(networks.sizes(task)):
        kernel, bias = arrays[2 * number : 2 * number + 2]
        if number < len(task.model.layers):
            found += [kernel[:n_in, :n_out].copy(), bias[:n_out].copy()]
        else:
            found += [kernel[:n_in, None].copy(), bias.reshape(1).copy()]
    return tuple(found)
