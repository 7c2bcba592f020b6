"""Predictions and gradients of many networks side by side, layer by layer in a loop.

The loop runs over as many layers as the members have: one program serves every depth up to that for
which there is room. The letters of shapes stand in `arrays`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import activations
from ..losses import LOSSES
from .arrays import Inputs, Shape, Weights
from .packing import kernel_mask, parts, row

# Terms of a sum in a product of matrices. Eigen shares out longer ones among its threads, and what
# they add up to then depends on how many there are (`shardByInnerDim` of its contractions).
SUMMED_AT_ONCE = 64
# Parts of a product that stand in the program one after the other; more are a loop.
UNROLLED = 16


class Batch(NamedTuple):
    """Rows that a step learns from."""

    x_MxBxF: Any  # normalised features
    y_MxB: Any  # the target, as the networks learn it
    real_MxB: Any  # 1 for rows, 0 for padding


class Room(NamedTuple):
    """Arrays that each step writes anew; made once, for zeros would have to be written too.

    outs, sums: what layers put out, and the sums z that they made it of, which only some slopes
    need. kernels, biases: the gradients of those of `Weights`.
    """

    outs_LxMxBxW: Any
    sums_LxMxBxW: Any
    kernels_HxMxWxW: Any
    biases_HxMxW: Any


def room(shape: Shape, rows: int) -> Room:
    """Room for the gradients of a batch of so many rows."""
    import tensorflow as tf

    layers = tf.zeros([shape.layers, shape.members, rows, shape.width])
    sums = layers if shape.activations else ()
    hidden = [max(shape.layers - 1, 0), shape.members, shape.width]
    return Room(layers, sums, tf.zeros([*hidden, shape.width]), tf.zeros(hidden))


def put(stack: Any, place: Any, value: Any) -> Any:
    """The stack with another entry at a place along its first axis.

    XLA's own operation: what TensorFlow makes of a scatter asks at run time whether the place is
    there, in several loops of its own.
    """
    import tensorflow as tf
    from tensorflow.compiler.tf2xla.ops import gen_xla_ops

    begin = tf.stack([place] + [0] * (len(stack.shape) - 1))
    return gen_xla_ops.xla_dynamic_update_slice(stack, value[None], begin)


def at(stack: Any, place: Any) -> Any:
    """The entry of a stack at a place along its first axis; the nearest one if there is none.

    XLA's own operation again: TensorFlow's asks at run time whether the place is negative, and is
    compiled anew for every place that is an input of the program.
    """
    import tensorflow as tf
    from tensorflow.compiler.tf2xla.ops import gen_xla_ops

    begin = tf.stack([place] + [0] * (len(stack.shape) - 1))
    entry = gen_xla_ops.xla_dynamic_slice(stack, begin, [1, *stack.shape[1:]])
    return tf.reshape(entry, stack.shape[1:])


def product(left: Any, right: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    """The matrix product (M, rows, columns) of stacks, whatever the number of threads.

    Args:
        left: (M, rows, terms), or transposed.
        right: (M, terms, columns), or transposed.
        transpose_a: whether `left` is (M, terms, rows), as in `tf.matmul`.
        transpose_b: whether `right` is (M, columns, terms).
    """
    import tensorflow as tf

    axes = 1 if transpose_a else 2, 2 if transpose_b else 1
    terms = left.shape[axes[0]]
    first = (terms - 1) % SUMMED_AT_ONCE + 1

    def part(begin: Any, size: int) -> Any:
        taken = []
        for stack, axis in zip((left, right), axes, strict=True):
            begins, sizes = [0, 0, 0], list(stack.shape)
            begins[axis], sizes[axis] = begin, size
            taken.append(tf.slice(stack, begins, sizes))
        return tf.matmul(*taken, transpose_a=transpose_a, transpose_b=transpose_b)

    def add(begin: Any, total: Any) -> Any:
        return begin + SUMMED_AT_ONCE, total + part(begin, SUMMED_AT_ONCE)

    state = first, part(0, first)
    if terms - first > UNROLLED * SUMMED_AT_ONCE:
        state = tf.while_loop(lambda begin, _: begin < terms, add, state)
    else:
        for _ in range(first, terms, SUMMED_AT_ONCE):
            state = add(*state)
    return state[1]


def forward_pass(
    shape: Shape, inputs: Inputs, weights: Weights, x_MxBxF: Any, room: Room | tuple[()] = ()
) -> tuple[Any, Any, Any]:
    """Predictions (M, B), what the last layer puts out, and the room with what each layer did."""
    import tensorflow as tf

    if not shape.layers:
        kernel_MxF, bias_M = parts(shape, weights.outer_MxP)
        return _output(x_MxBxF, kernel_MxF, bias_M), x_MxBxF, room

    def activated(layer: Any, z: Any, room: Any) -> Any:
        code = at(inputs.code_LxM, layer)[:, None, None]
        out = activations.value(z, code, shape.activations)
        out *= at(inputs.unit_mask_LxMxW, layer)[:, None, :]
        if room:
            room = room._replace(outs_LxMxBxW=put(room.outs_LxMxBxW, layer, out))
            if shape.activations:
                room = room._replace(sums_LxMxBxW=put(room.sums_LxMxBxW, layer, z))
        return out, room

    def hidden(layer: Any, out: Any, room: Any) -> Any:
        kernel, bias_MxW = (at(stack, layer - 1) for stack in weights[1:])
        z = product(out, kernel) + bias_MxW[:, None, :]
        return layer + 1, *activated(layer, z, room)

    kernel, bias_MxW, out_kernel_MxW, out_bias_M = parts(shape, weights.outer_MxP)
    out, room = activated(0, product(x_MxBxF, kernel) + bias_MxW[:, None, :], room)
    if shape.layers > 1:
        start = [1, out, room]
        _, out, room = tf.while_loop(lambda layer, *_: layer < inputs.layers, hidden, start)
    return _output(out, out_kernel_MxW, out_bias_M), out, room


def _output(taken: Any, kernel_MxW: Any, bias_M: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum(taken * kernel_MxW[:, None, :], axis=-1) + bias_M[:, None]


def gradient(
    shape: Shape, inputs: Inputs, weights: Weights, batch: Batch, room: Room
) -> tuple[Weights, Room, list[Any]]:
    """Backpropagation written out: delta is the derivative by a layer's sum z.

    Args:
        shape: what the program is compiled for.
        inputs: of the program; activations, masks and options are read.
        weights: of the networks.
        batch: what they learn from.
        room: to write in.

    Returns:
        Gradients of the batch's loss, like the weights (where members have fewer layers than there
        is room for, the rest means nothing); the room; and the sum over its rows of each of
        `Shape.measures`, (M,).
    """
    import tensorflow as tf

    prediction_MxB, last, room = forward_pass(shape, inputs, weights, batch.x_MxBxF, room)
    error_MxB = tf.where(batch.real_MxB > 0, prediction_MxB - batch.y_MxB, 0.0)
    rows_M = tf.maximum(tf.reduce_sum(batch.real_MxB, axis=1), 1.0)
    slope_MxB = LOSSES[shape.loss].slope(error_MxB) / rows_M[:, None]
    output = [tf.reduce_sum(last * slope_MxB[:, :, None], axis=1), tf.reduce_sum(slope_MxB, axis=1)]
    outer = output
    if shape.layers:
        out_kernel_MxW = parts(shape, weights.outer_MxP)[-2]
        upstream = slope_MxB[:, :, None] * out_kernel_MxW[:, None, :]
        delta, room = _through_hidden(shape, inputs, weights, upstream, room)
        first = product(batch.x_MxBxF, delta, transpose_a=True)
        outer = [first, tf.reduce_sum(delta, axis=1), *output]
    slopes = Weights(row(outer), room.kernels_HxMxWxW, room.biases_HxMxW)
    measured = sums_of_rows(shape, error_MxB)
    if shape.penalised:
        slopes = _with_decay(shape, inputs, weights, slopes)
        measured[0] += tf.reduce_sum(batch.real_MxB, axis=1) * penalty(shape, inputs, weights)
    return slopes, room, measured


def _through_hidden(
    shape: Shape, inputs: Inputs, weights: Weights, upstream: Any, room: Room
) -> tuple[Any, Room]:
    """The derivative by the first layer's sums, from that by what the last layer puts out."""
    import tensorflow as tf

    def delta_of(layer: Any, upstream: Any) -> Any:
        out, code = at(room.outs_LxMxBxW, layer), at(inputs.code_LxM, layer)[:, None, None]
        z = at(room.sums_LxMxBxW, layer) if shape.activations else out
        delta = upstream * activations.slope(z, out, code, shape.activations)
        return delta * at(inputs.unit_mask_LxMxW, layer)[:, None, :]

    def back(layer: Any, delta: Any, kernels: Any, biases: Any) -> Any:
        before = at(room.outs_LxMxBxW, layer - 1)
        kernels = put(kernels, layer - 1, product(before, delta, transpose_a=True))
        biases = put(biases, layer - 1, tf.reduce_sum(delta, axis=1))
        kernel = at(weights.kernels_HxMxWxW, layer - 1)
        upstream = product(delta, kernel, transpose_b=True)
        return layer - 1, delta_of(layer - 1, upstream), kernels, biases

    if shape.layers == 1:
        return delta_of(0, upstream), room
    last = inputs.layers - 1
    start = [last, delta_of(last, upstream), room.kernels_HxMxWxW, room.biases_HxMxW]
    _, delta, *slopes = tf.while_loop(lambda layer, *_: layer > 0, back, start)
    return delta, room._replace(kernels_HxMxWxW=slopes[0], biases_HxMxW=slopes[1])


def sums_of_rows(shape: Shape, error_MxB: Any) -> list[Any]:
    """Each measure (M,) of errors (M, B), summed over rows; rows without error count nothing."""
    import tensorflow as tf

    values = [LOSSES[shape.loss].value, LOSSES["mse"].value][: len(shape.measures)]
    return [tf.reduce_sum(value(error_MxB), axis=1) for value in values]


def penalty(shape: Shape, inputs: Inputs, weights: Weights) -> Any:
    """What weight decay adds to the loss (M,): the sum of the kernels' squares, times it."""
    import tensorflow as tf

    def square(kernel: Any) -> Any:
        return tf.reduce_sum(kernel * kernel, axis=list(range(1, len(kernel.shape))))

    outer = parts(shape, weights.outer_MxP)
    squares_M = square(outer[0])
    if shape.layers > 1:

        def add(h: Any, squares_M: Any) -> Any:
            return h + 1, squares_M + square(at(weights.kernels_HxMxWxW, h))

        start = [0, squares_M]
        _, squares_M = tf.while_loop(lambda h, _: h < inputs.layers - 1, add, start)
    if shape.layers:
        squares_M += square(outer[-2])
    return inputs.options["weight_decay"] * squares_M


def _with_decay(shape: Shape, inputs: Inputs, weights: Weights, slopes: Weights) -> Weights:
    """The gradients with that of the penalty; of kernels that no member has too, which are 0."""
    import tensorflow as tf

    twice_M = 2.0 * inputs.options["weight_decay"]
    outer = tf.where(kernel_mask(shape), twice_M[:, None] * weights.outer_MxP, 0.0)
    kernels = twice_M[:, None, None] * weights.kernels_HxMxWxW
    return slopes._replace(
        outer_MxP=slopes.outer_MxP + outer, kernels_HxMxWxW=slopes.kernels_HxMxWxW + kernels
    )
