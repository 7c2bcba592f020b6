"""The compiled program of the stacked engine: many small networks trained side by side.

All arrays carry a leading member axis M; nothing is summed over it, so a member's numbers do not
depend on its neighbours. Widths are padded to W: a masked unit puts out exactly zero, gets a zero
gradient, and keeps its zero weights. Losses, update rules and their order are those of Keras.

The letters of shapes stand in `arrays`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import cache
from typing import Any

from .. import activations
from ..losses import LOSSES
from ..optimizers import OPTIMIZERS, Settings
from . import stopping
from .arrays import Inputs, Outputs, Shape, State

# Rows that are predicted at once where nothing is trained.
BLOCK = 64


@cache
def compiled(shape: Shape) -> Callable[[Inputs, State], Outputs]:
    """The program for one shape, as one XLA computation without Python between steps."""
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)
    if not tf.config.list_physical_devices("GPU"):
        _compile_quickly()

    def train(inputs: Inputs, state: State) -> Outputs:
        return _train(shape, inputs, state)

    program: Callable[[Inputs, State], Outputs] = tf.function(
        train, jit_compile=True, autograph=False
    )
    return program


def _compile_quickly() -> None:
    """Have XLA optimise a little less for the CPU: a fifth less to compile, as fast a program.

    XLA reads the flags when it first compiles; a level that the environment sets already is kept.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_backend_optimization_level" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_backend_optimization_level=1".strip()


def _train(shape: Shape, inputs: Inputs, state: State) -> Outputs:
    """All epochs. Round e of the loop trains epoch e, but for round 0, and then looks."""
    import tensorflow as tf

    count = len(shape.measures)
    history = tf.zeros([shape.epochs + 1, 2 * count, shape.members])
    blocks = (shape.rows + shape.validation_rows) // BLOCK
    predicted = tf.zeros([blocks, shape.members, BLOCK])
    snapshots = tf.zeros([shape.snapshots + 1, shape.rows // BLOCK, shape.members, BLOCK])
    trained_M = tf.zeros([shape.members], tf.int32)

    def round_(
        e: Any, state: State, history: Any, predicted: Any, snapshots: Any, trained_M: Any
    ) -> Any:
        state, trained = _epoch(shape, inputs, state, e)
        slot = inputs.snapshot_slot_E[e]
        everything = slot < shape.snapshots
        weights = unpacked(shape, state.weights_MxP)
        predicted, seen = _look(shape, inputs, weights, predicted, everything)
        snapshots = tf.tensor_scatter_nd_update(
            snapshots, [[slot]], [predicted[: shape.rows // BLOCK]]
        )
        history = tf.tensor_scatter_nd_update(history, [[e]], [tf.stack([*trained, *seen])])
        trained_M += tf.cast(state.running_M & (e > 0), tf.int32)
        state = _judged(shape, inputs, state, trained, seen, e)
        return e + 1, state, history, predicted, snapshots, trained_M

    def goes_on(e: Any, state: State, *_: Any) -> Any:
        if "patience" not in shape.options:
            return e <= inputs.epochs
        return (e <= inputs.epochs) & (tf.reduce_any(state.running_M) | (e == 0))

    start = [inputs.first_round, state, history, predicted, snapshots, trained_M]
    _, state, history, _, snapshots, trained_M = tf.while_loop(goes_on, round_, start)
    by_member = tf.transpose(snapshots, [0, 2, 1, 3])
    return Outputs(
        state,
        [history[:, k] for k in range(count)],
        [history[:, count + k] for k in range(count)],
        trained_M,
        tf.reshape(by_member, [shape.snapshots + 1, shape.members, shape.rows]),
    )


def _judged(
    shape: Shape, inputs: Inputs, state: State, trained: list[Any], seen: list[Any], e: Any
) -> State:
    """The state after epoch e without those who diverged in it, or whose patience ended."""
    import tensorflow as tf

    finite_M = tf.reduce_all(tf.math.is_finite(tf.stack([*trained, *seen])), axis=0) | (e == 0)
    state = state._replace(running_M=state.running_M & finite_M)
    if "patience" not in shape.options:
        return state
    monitored_M = tf.where(inputs.validation_rows_M > 0, seen[0], trained[0])
    return stopping.stop(state, inputs, monitored_M, e)


def _epoch(shape: Shape, inputs: Inputs, state: State, e: Any) -> tuple[State, list[Any]]:
    """Epoch e, from 1 on, and its measures (M,) as Keras averages them over batches."""
    import tensorflow as tf

    order_MxSB = inputs.order_MxExSB[:, tf.maximum(e - 1, 0)]

    def step(s: Any, state: State, sums: list[Any]) -> Any:
        rows_MxB = tf.slice(order_MxSB, [0, s * shape.batch], [shape.members, shape.batch])
        x_MxBxF = tf.gather(inputs.x_MxRxF, rows_MxB, batch_dims=1)
        y_MxB = tf.gather(inputs.y_MxR, rows_MxB, batch_dims=1)
        position_B = tf.range(shape.batch) + s * shape.batch
        real_MxB = tf.cast(position_B < inputs.train_rows_M[:, None], tf.float32)
        weights = unpacked(shape, state.weights_MxP)
        slopes, batch_sums = gradient(shape, inputs, weights, x_MxBxF, y_MxB, real_MxB)
        active_M = state.running_M & (real_MxB[:, 0] > 0)
        rate_M = inputs.options["schedule"][:, e - 1, s] if scheduled else inputs.rate_M
        state = update_weights(shape, inputs, state, slopes, active_M, rate_M)
        return s + 1, state, [a + b for a, b in zip(sums, batch_sums, strict=True)]

    scheduled = "schedule" in shape.options
    steps = tf.where(e > 0, inputs.steps, 0)
    nothing = [tf.zeros([shape.members]) for _ in shape.measures]
    _, state, sums = tf.while_loop(lambda s, *_: s < steps, step, [0, state, nothing])
    rows_M = tf.cast(inputs.train_rows_M, tf.float32)
    return state, [sum_M / rows_M for sum_M in sums]


def forward_pass(
    shape: Shape, inputs: Inputs, weights: list[Any], x_MxBxF: Any
) -> tuple[Any, list[Any], list[Any]]:
    """Predictions (M, B), what each layer takes in, from the features on, and its sums z."""
    import tensorflow as tf

    taken, sums = [x_MxBxF], []
    for layer in range(shape.layers):
        kernel, bias = weights[2 * layer], weights[2 * layer + 1]
        z = tf.matmul(taken[-1], kernel) + bias[:, None, :]
        code = inputs.code_MxL[:, layer, None, None]
        out = activations.value(z, code, shape.activations)
        taken.append(out * inputs.unit_mask_MxLxW[:, layer, None, :])
        sums.append(z)
    kernel, bias = weights[-2], weights[-1]
    prediction_MxB = tf.reduce_sum(taken[-1] * kernel[:, None, :], axis=-1) + bias[:, None]
    return prediction_MxB, taken, sums


def gradient(
    shape: Shape, inputs: Inputs, weights: list[Any], x_MxBxF: Any, y_MxB: Any, real_MxB: Any
) -> tuple[list[Any], list[Any]]:
    """Backpropagation written out: delta is the derivative by a layer's sum z.

    Args:
        shape: what the program is compiled for.
        inputs: of the program; activations, masks and options are read.
        weights: as `unpacked` gives them.
        x_MxBxF: normalised features of a batch.
        y_MxB: its target, as the network learns it.
        real_MxB: 1 for its rows, 0 for padding.

    Returns:
        Gradients of the batch's loss, like the weights; and the sum over its rows of each of
        `Shape.measures`, (M,).
    """
    import tensorflow as tf

    prediction_MxB, taken, sums = forward_pass(shape, inputs, weights, x_MxBxF)
    error_MxB = tf.where(real_MxB > 0, prediction_MxB - y_MxB, 0.0)
    rows_M = tf.maximum(tf.reduce_sum(real_MxB, axis=1), 1.0)
    slope_MxB = LOSSES[shape.loss].slope(error_MxB) / rows_M[:, None]
    gradients: list[Any] = [None] * len(weights)
    gradients[-2] = tf.reduce_sum(taken[-1] * slope_MxB[:, :, None], axis=1)
    gradients[-1] = tf.reduce_sum(slope_MxB, axis=1)
    upstream = slope_MxB[:, :, None] * weights[-2][:, None, :]
    for layer in reversed(range(shape.layers)):
        out, code = taken[layer + 1], inputs.code_MxL[:, layer, None, None]
        delta = upstream * activations.slope(sums[layer], out, code, shape.activations)
        delta *= inputs.unit_mask_MxLxW[:, layer, None, :]
        gradients[2 * layer] = tf.matmul(taken[layer], delta, transpose_a=True)
        gradients[2 * layer + 1] = tf.reduce_sum(delta, axis=1)
        if layer:
            upstream = tf.matmul(delta, weights[2 * layer], transpose_b=True)
    measured = _sums_of_rows(shape, error_MxB)
    if shape.penalised:
        decay_M = inputs.options["weight_decay"]
        for k in range(0, len(weights), 2):
            gradients[k] += 2.0 * _like(decay_M, weights[k]) * weights[k]
        measured[0] += tf.reduce_sum(real_MxB, axis=1) * _penalty(inputs, weights)
    return gradients, measured


def _sums_of_rows(shape: Shape, error_MxB: Any) -> list[Any]:
    """Each measure (M,) of errors (M, B), summed over rows; rows without error count nothing."""
    import tensorflow as tf

    values = [LOSSES[shape.loss].value, LOSSES["mse"].value][: len(shape.measures)]
    return [tf.reduce_sum(value(error_MxB), axis=1) for value in values]


def _penalty(inputs: Inputs, weights: list[Any]) -> Any:
    """What weight decay adds to the loss (M,): the sum of the kernels' squares, times it."""
    import tensorflow as tf

    squares = [tf.reduce_sum(k * k, axis=list(range(1, len(k.shape)))) for k in weights[::2]]
    return inputs.options["weight_decay"] * tf.add_n(squares)


def _like(value_M: Any, weight: Any) -> Any:
    """One value a member (M,), with axes to broadcast over a weight (M, ...)."""
    import tensorflow as tf

    return tf.reshape(value_M, [weight.shape[0]] + [1] * (len(weight.shape) - 1))


def packed(weights: list[Any]) -> Any:
    """Arrays like the weights, one row a member (M, P): an optimizer's step is then one loop."""
    import tensorflow as tf

    return tf.concat([tf.reshape(one, [one.shape[0], -1]) for one in weights], axis=1)


def unpacked(shape: Shape, weights_MxP: Any) -> list[Any]:
    """Kernel and bias of each layer: (M, in, W), (M, W), ..., and at last (M, in), (M,)."""
    import tensorflow as tf

    shapes = shape.weights
    parts = tf.split(weights_MxP, [math.prod(axes) for axes in shapes], axis=1)
    return [
        tf.reshape(part, [shape.members, *axes]) for part, axes in zip(parts, shapes, strict=True)
    ]


def kernel_mask(shape: Shape) -> Any:
    """Which of the packed weights (P,) belong to kernels, not to biases."""
    import numpy as np

    return np.concatenate(
        [np.full(math.prod(axes), k % 2 == 0) for k, axes in enumerate(shape.weights)]
    )


def update_weights(
    shape: Shape, inputs: Inputs, state: State, gradients: list[Any], active_M: Any, rate_M: Any
) -> State:
    """One step of the optimizer with the learning rates (M,), of those members that are active."""
    import tensorflow as tf

    optimizer = OPTIMIZERS[shape.optimizer]
    assert optimizer.step is not None
    updates_M = state.updates_M + tf.cast(active_M, tf.float32)
    rate_Mx1 = optimizer.rate(rate_M, updates_M)[:, None]
    read = [key for key in optimizer.reads if key in shape.options]
    values = {key: inputs.options[key][:, None] for key in read}
    weights_MxP = state.weights_MxP
    if optimizer.decoupled and "weight_decay" in shape.options:
        decay_Mx1 = (inputs.options["weight_decay"] * rate_M)[:, None]
        decayed_MxP = weights_MxP - weights_MxP * decay_Mx1
        weights_MxP = tf.where(kernel_mask(shape), decayed_MxP, weights_MxP)
    slope_MxP = packed(gradients)
    settings = Settings(rate_Mx1, values, shape.options)
    after, slots_after = optimizer.step(weights_MxP, slope_MxP, state.slots, settings)
    active_Mx1 = active_M[:, None]
    slots = zip(slots_after, state.slots, strict=True)
    return state._replace(
        weights_MxP=tf.where(active_Mx1, after, state.weights_MxP),
        slots=tuple(tf.where(active_Mx1, new, old) for new, old in slots),
        updates_M=updates_M,
    )


def _look(
    shape: Shape, inputs: Inputs, weights: list[Any], predicted: Any, everything: Any
) -> tuple[Any, list[Any]]:
    """Predictions by blocks (blocks, M, BLOCK), and the measures (M,) of validation rows.

    `everything` predicts all rows; without it only the validation rows are looked at, and the other
    blocks keep what they held. Without validation rows the measures are zero, but for a penalty.
    """
    import tensorflow as tf

    first_validation = shape.rows // BLOCK
    last = -(-inputs.validation_rows // BLOCK) + first_validation
    used = -(-inputs.rows // BLOCK)

    def block(number: Any, predicted: Any, sums: list[Any]) -> Any:
        begin = number * BLOCK
        x = tf.slice(inputs.x_MxRxF, [0, begin, 0], [shape.members, BLOCK, shape.features])
        y = tf.slice(inputs.y_MxR, [0, begin], [shape.members, BLOCK])
        part, *_ = forward_pass(shape, inputs, weights, x)
        predicted = tf.tensor_scatter_nd_update(predicted, [[number]], [part])
        position = tf.range(BLOCK) + begin - shape.rows
        counts = (position >= 0) & (position < inputs.validation_rows_M[:, None])
        error = tf.where(counts, part - y, 0.0)
        # Summed block by block: one sum over all rows rounds differently with other neighbours.
        sums = [a + b for a, b in zip(sums, _sums_of_rows(shape, error), strict=True)]
        return tf.where(number + 1 == used, first_validation, number + 1), predicted, sums

    nothing = [tf.zeros([shape.members]) for _ in shape.measures]
    _, predicted, sums = tf.while_loop(
        lambda number, *_: number < last,
        block,
        [tf.where(everything, 0, first_validation), predicted, nothing],
    )
    rows_M = tf.cast(tf.maximum(inputs.validation_rows_M, 1), tf.float32)
    measures = [sum_M / rows_M for sum_M in sums]
    if shape.penalised:
        measures[0] += _penalty(inputs, weights)
    return predicted, measures
