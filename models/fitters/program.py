"""The compiled program of the stacked engine: many small networks trained side by side.

All arrays carry a leading member axis M; nothing is summed over it, so a member's numbers do not
depend on its neighbours. Widths are padded to W: a masked unit puts out exactly zero, gets a zero
gradient, and keeps its zero weights. Losses, update rules and their order are those of Keras.

The letters of shapes stand in `arrays`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from ..optimizers import OPTIMIZERS, Settings
from . import backpropagation, stopping
from .arrays import Inputs, Outputs, Shape, State, Weights
from .backpropagation import Room, at, put, sums_of_rows
from .packing import kernel_mask

# Rows that are predicted at once where nothing is trained.
BLOCK = 64
# A level of 1 takes a fifth less time to compile to an equally fast program. No sums by YNNPACK:
# XLA hands it sums over many members only, and it adds in another order.
XLA_FLAGS = (
    "--xla_backend_optimization_level=1",
    "--xla_cpu_experimental_ynn_fusion_type=",
)


@cache
def compiled(shape: Shape) -> Any:
    """The program for one shape, as one XLA computation without Python between steps.

    A `tf.function` of `Inputs` and `State` that gives `Outputs`.
    """
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)
    if not tf.config.list_physical_devices("GPU"):
        set_xla_flags()

    def train(inputs: Inputs, state: State) -> Outputs:
        return _train(shape, inputs, state)

    return tf.function(train, jit_compile=True, autograph=False)


def set_xla_flags() -> None:
    """Set how XLA compiles for the CPU; options that the environment sets already are kept.

    XLA reads them when it first compiles.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    missing = [flag for flag in XLA_FLAGS if flag.split("=")[0] not in flags]
    os.environ["XLA_FLAGS"] = " ".join([flags, *missing]).strip()


class _Recorded(NamedTuple):
    """What the epochs leave behind, by their number in this call."""

    history: Any  # (E + 1, measures of training and of validation rows, M)
    predicted: Any  # of the last look, by blocks (blocks, M, BLOCK)
    snapshots: Any  # (C + 1, blocks, M, BLOCK)
    trained_M: Any  # epochs


def _train(shape: Shape, inputs: Inputs, state: State) -> Outputs:
    """All epochs. Round e of the loop trains epoch e, but for round 0, and then looks."""
    import tensorflow as tf

    def round_(e: Any, state: State, room: Room, seen: _Recorded) -> Any:
        state, room, trained = _epoch(shape, inputs, state, room, e)
        state, seen = _observed(shape, inputs, state, seen, trained, e)
        return e + 1, state, room, seen

    def goes_on(e: Any, state: State, *_: Any) -> Any:
        if "patience" not in shape.options:
            return e <= inputs.epochs
        return (e <= inputs.epochs) & (tf.reduce_any(state.running_M) | (e == 0))

    count, blocks = len(shape.measures), shape.rows // BLOCK
    nothing = _Recorded(
        tf.zeros([shape.epochs + 1, 2 * count, shape.members]),
        tf.zeros([blocks + shape.validation_rows // BLOCK, shape.members, BLOCK]),
        tf.zeros([shape.snapshots + 1, blocks, shape.members, BLOCK]),
        tf.zeros([shape.members], tf.int32),
    )
    start = [inputs.first_round, state, backpropagation.room(shape, shape.batch), nothing]
    _, state, _, seen = tf.while_loop(goes_on, round_, start)
    by_member = tf.transpose(seen.snapshots, [0, 2, 1, 3])
    return Outputs(
        state,
        [seen.history[:, k] for k in range(count)],
        [seen.history[:, count + k] for k in range(count)],
        seen.trained_M,
        tf.reshape(by_member, [shape.snapshots + 1, shape.members, shape.rows]),
    )


def _observed(
    shape: Shape, inputs: Inputs, state: State, seen: _Recorded, trained: list[Any], e: Any
) -> tuple[State, _Recorded]:
    """What is seen of the members after epoch e, and the state without those who are done."""
    import tensorflow as tf

    slot = inputs.snapshot_slot_E[e]
    everything = slot < shape.snapshots
    predicted, validation = _look(shape, inputs, state.weights, seen.predicted, everything)
    rows = predicted[: shape.rows // BLOCK]
    recorded = _Recorded(
        tf.tensor_scatter_nd_update(seen.history, [[e]], [tf.stack([*trained, *validation])]),
        predicted,
        tf.tensor_scatter_nd_update(seen.snapshots, [[slot]], [rows]),
        seen.trained_M + tf.cast(state.running_M & (e > 0), tf.int32),
    )
    return _judged(shape, inputs, state, trained, validation, e), recorded


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


def _epoch(
    shape: Shape, inputs: Inputs, state: State, room: Room, e: Any
) -> tuple[State, Room, list[Any]]:
    """Epoch e, from 1 on, and its measures (M,) as Keras averages them over batches."""
    import tensorflow as tf

    order_MxSB = inputs.order_MxExSB[:, tf.maximum(e - 1, 0)]

    def step(s: Any, state: State, room: Room, sums: list[Any]) -> Any:
        rows_MxB = tf.slice(order_MxSB, [0, s * shape.batch], [shape.members, shape.batch])
        x_MxBxF = tf.gather(inputs.x_MxRxF, rows_MxB, batch_dims=1)
        y_MxB = tf.gather(inputs.y_MxR, rows_MxB, batch_dims=1)
        position_B = tf.range(shape.batch) + s * shape.batch
        real_MxB = tf.cast(position_B < inputs.train_rows_M[:, None], tf.float32)
        batch = backpropagation.Batch(x_MxBxF, y_MxB, real_MxB)
        slopes, room, batch_sums = backpropagation.gradient(
            shape, inputs, state.weights, batch, room
        )
        active_M = state.running_M & (real_MxB[:, 0] > 0)
        rate_M = inputs.options["schedule"][:, e - 1, s] if scheduled else inputs.rate_M
        state = update_weights(shape, inputs, state, slopes, active_M, rate_M)
        return s + 1, state, room, [a + b for a, b in zip(sums, batch_sums, strict=True)]

    scheduled = "schedule" in shape.options
    steps = tf.where(e > 0, inputs.steps, 0)
    nothing = [tf.zeros([shape.members]) for _ in shape.measures]
    start = [0, state, room, nothing]
    _, state, room, sums = tf.while_loop(lambda s, *_: s < steps, step, start)
    rows_M = tf.cast(inputs.train_rows_M, tf.float32)
    return state, room, [sum_M / rows_M for sum_M in sums]


def update_weights(
    shape: Shape, inputs: Inputs, state: State, slopes: Weights, active_M: Any, rate_M: Any
) -> State:
    """One step of the optimizer with the learning rates (M,), of those members that are active."""
    import tensorflow as tf

    updates_M = state.updates_M + tf.cast(active_M, tf.float32)
    step = _stepper(shape, inputs, active_M, rate_M, updates_M)
    before = [state.weights, *state.slots]
    outer = step([one.outer_MxP for one in before], slopes.outer_MxP, kernel_mask(shape))
    kernels = [one.kernels_HxMxWxW for one in before]
    biases = [one.biases_HxMxW for one in before]
    if shape.layers > 1:
        # Rounds hand on the next layer's arrays: two updates that read a stack, of which one writes
        # to it, would have XLA copy the whole stack first.
        def layer(h: Any, kernels: list[Any], biases: list[Any], now: list[Any]) -> Any:
            kernel = step(now[: len(kernels)], at(slopes.kernels_HxMxWxW, h), True)
            bias = step(now[len(kernels) :], at(slopes.biases_HxMxW, h), False)
            pairs = zip((*kernels, *biases), (*kernel, *bias), strict=True)
            after = [put(stack, h, new) for stack, new in pairs]
            following = [at(stack, h + 1) for stack in after]
            return h + 1, after[: len(kernels)], after[len(kernels) :], following

        start = [0, kernels, biases, [stack[0] for stack in (*kernels, *biases)]]
        _, kernels, biases, _ = tf.while_loop(lambda h, *_: h < inputs.layers - 1, layer, start)
    weights, *slots = map(Weights, outer, kernels, biases)
    return state._replace(weights=weights, slots=tuple(slots), updates_M=updates_M)


def _stepper(
    shape: Shape, inputs: Inputs, active_M: Any, rate_M: Any, updates_M: Any
) -> Callable[[list[Any], Any, Any], list[Any]]:
    """What steps arrays (M, ...): ([weights, *slots], gradient, which are kernels) -> the next."""
    import tensorflow as tf

    optimizer = OPTIMIZERS[shape.optimizer]
    read = [key for key in optimizer.reads if key in shape.options]
    decays = optimizer.decoupled and "weight_decay" in shape.options
    corrected_M = optimizer.rate(rate_M, updates_M)

    def step(before: list[Any], slope: Any, kernels: Any) -> list[Any]:
        def like(value_M: Any) -> Any:
            return tf.reshape(value_M, [shape.members] + [1] * (len(slope.shape) - 1))

        assert optimizer.step is not None
        weight = before[0]
        if decays:
            decay = like(inputs.options["weight_decay"] * rate_M)
            weight = tf.where(kernels, weight - weight * decay, weight)
        values = {key: like(inputs.options[key]) for key in read}
        settings = Settings(like(corrected_M), values, shape.options)
        weight, slots = optimizer.step(weight, slope, tuple(before[1:]), settings)
        pairs = zip((weight, *slots), before, strict=True)
        return [tf.where(like(active_M), new, old) for new, old in pairs]

    return step


def _look(
    shape: Shape, inputs: Inputs, weights: Weights, predicted: Any, everything: Any
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
        part, *_ = backpropagation.forward_pass(shape, inputs, weights, x)
        predicted = tf.tensor_scatter_nd_update(predicted, [[number]], [part])
        position = tf.range(BLOCK) + begin - shape.rows
        counts = (position >= 0) & (position < inputs.validation_rows_M[:, None])
        error = tf.where(counts, part - y, 0.0)
        # Summed block by block: one sum over all rows rounds differently with other neighbours.
        sums = [a + b for a, b in zip(sums, sums_of_rows(shape, error), strict=True)]
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
        measures[0] += backpropagation.penalty(shape, inputs, weights)
    return predicted, measures
