"""What goes on inside the networks of a lesson's runs: signals, gradients, the loss around weights.

Networks are rebuilt from a run's config and from its saved model; nothing is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from models import Task, scaling
from models import network as networks
from models.activations import ACTIVATIONS
from models.task import Weights

from ..config.schema import check_config
from ..task import prepare
from .runs import Case, Values, saved_weights


class Sizes(NamedTuple):
    """One number a Dense layer, from the input to the output (L,), for each repeat (R, L)."""

    outputs_RxL: Values
    gradients_RxL: Values


def task_of(case: Case) -> Task:
    """What a run was trained on, made again from its config."""
    assert case.run.about is not None
    return prepare(check_config(case.run.about.config))[1]


def signals(
    activations: Sequence[str], weights: Weights, x_NxF: Values
) -> list[tuple[Values, ...]]:
    """(weighted sum z, output) of each Dense layer, from the input on.

    Args:
        activations: of the hidden layers; the output layer has none.
        weights: kernel (..., I, O) and bias (..., O) of each layer; what stands in front is kept.
        x_NxF: features as the first layer gets them.
    """
    found: list[tuple[Values, ...]] = []
    signal = x_NxF
    for number, name in enumerate([*activations, "linear"]):
        kernel, bias = weights[2 * number], weights[2 * number + 1]
        z = signal @ kernel + bias[..., None, :]
        signal = np.asarray(ACTIVATIONS[name].value(z))
        found.append((z, signal))
    return found


def gradients(task: Task, weights: Weights) -> list[Values]:
    """The derivative of the training loss (mse) by each kernel, by backpropagation."""
    names = [layer.activation for layer in task.model.layers]
    x_TxF, t_T = _training_rows(task)
    forward = signals(names, weights, x_TxF)
    inputs = [x_TxF, *(out for _, out in forward[:-1])]
    delta = 2 * (forward[-1][1] - t_T[:, None]) / len(t_T)
    found = []
    for number in reversed(range(len(forward))):
        found.append(inputs[number].T @ delta)
        if number:
            z, out = forward[number - 1]
            slope = np.asarray(ACTIVATIONS[names[number - 1]].slope(z, out))
            delta = (delta @ weights[2 * number].T) * slope
    return found[::-1]


def sizes_at_start(case: Case) -> Sizes:
    """How large the signal and the gradient of each layer are before the first step.

    Returns:
        The root mean square of a layer's outputs over training rows and units, and the length
        (norm) of the loss gradient by its kernel.
    """
    task = task_of(case)
    names = [layer.activation for layer in task.model.layers]
    outputs, norms = [], []
    for repeat in task.numbers:
        own = task.of_repeat(repeat)
        weights = networks.initial_weights(own, repeat)
        layers = signals(names, weights, _training_rows(own)[0])
        outputs.append([float(np.sqrt(np.mean(out**2))) for _, out in layers])
        norms.append([float(np.linalg.norm(one)) for one in gradients(own, weights)])
    return Sizes(np.array(outputs), np.array(norms))


class LossPlane(NamedTuple):
    """The training loss on a plane through weight space.

    across_A, up_B: how far along the two directions; loss_BxA; corners_Cx2: where on the plane the
    weights stand that span it, the saved ones first.
    """

    across_A: Values
    up_B: Values
    loss_BxA: Values
    corners_Cx2: Values


SIDE_POINTS = 61  # of a surface, to either side


def loss_plane(case: Case) -> LossPlane:
    """The loss on the plane through three weights that make the same network.

    With hidden layers these are the saved weights, and twice the same with units in another order.
    Without, the plane is that of slope and intercept, around the saved ones.
    """
    task = task_of(case)
    saved = saved_weights(case)
    if not task.model.layers:
        slope = int(np.flatnonzero(np.ptp(task.x_NxF, axis=0) > 0)[0])
        directions = np.eye(sum(one.size for one in saved))[[slope, -1]]
        corners_Cx2 = np.zeros((1, 2))
        low_2, high_2 = np.full(2, -1.5), np.full(2, 1.5)
    else:
        start = _as_vector(saved)
        others = np.stack([_as_vector(_reordered(saved, shift)) - start for shift in (1, 2)])
        directions = np.linalg.qr(others.T)[0].T
        corners_Cx2 = np.vstack([np.zeros(2), others @ directions.T])
        room = 0.35 * np.ptp(corners_Cx2, axis=0).max()
        low_2, high_2 = corners_Cx2.min(axis=0) - room, corners_Cx2.max(axis=0) + room
    across_A, up_B = (np.linspace(*ends, SIDE_POINTS) for ends in zip(low_2, high_2, strict=True))
    rows = [losses(task, saved, np.stack([across_A, np.full(SIDE_POINTS, up)], 1) @ directions)
            for up in up_B]  # fmt: skip
    return LossPlane(across_A, up_B, np.stack(rows), corners_Cx2)


def heights_between(case: Case) -> tuple[float, list[float]]:
    """The loss at the saved weights, and halfway between any two corners of `loss_plane`."""
    task, saved = task_of(case), saved_weights(case)
    start = _as_vector(saved)
    first, second = (_as_vector(_reordered(saved, shift)) - start for shift in (1, 2))
    steps = np.stack([np.zeros_like(start), first / 2, second / 2, (first + second) / 2])
    at, *between = losses(task, saved, steps).tolist()
    return at, between


def losses(task: Task, weights: Weights, steps_PxW: Values) -> Values:
    """The training loss (P,), in the target's units squared, at steps away from weights."""
    shapes = [one.shape for one in weights]
    ends = np.cumsum([0, *(one.size for one in weights)])
    moved_PxW = (_as_vector(weights) + steps_PxW).astype(np.float32)
    parts = tuple(
        moved_PxW[:, start:end].reshape(-1, *shape)
        for (start, end), shape in zip(pairwise(ends), shapes, strict=True)
    )
    names = [layer.activation for layer in task.model.layers]
    x_TxF, t_T = _training_rows(task)
    out_PxT = signals(names, parts, x_TxF)[-1][1][..., 0]
    scale = scaling.of_target(task).scale
    found: Values = np.mean((out_PxT.astype(float) - t_T) ** 2, axis=1) * scale**2
    return found


def _training_rows(task: Task) -> tuple[Values, Values]:
    """Features and target of the training rows as the network learns them."""
    return scaling.features(task)[task.train_T], scaling.target(task)[task.train_T]


def _as_vector(weights: Weights) -> Values:
    return np.concatenate([one.ravel() for one in weights]).astype(float)


def _reordered(weights: Weights, shift: int) -> Weights:
    """The same network with the units of each hidden layer in another order."""
    found = [np.asarray(one) for one in weights]
    for number in range(0, len(found) - 2, 2):
        units = np.roll(np.arange(found[number].shape[1]), shift * found[number].shape[1] // 3)
        found[number] = found[number][:, units]
        found[number + 1] = found[number + 1][units]
        found[number + 2] = found[number + 2][units]
    return tuple(found)
