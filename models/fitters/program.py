"""The compiled program of the stacked engine: many small networks trained side by side.

All arrays carry a leading member axis M; nothing is summed over it, so a member's numbers do not
depend on its neighbours. Widths are padded to W: a masked unit puts out exactly zero, gets a zero
gradient, and keeps its zero weights. Losses, update rules and their order are those of Keras.

Letters: M members, F features, L hidden layers, W units, B rows of a batch, S steps of an epoch,
E epochs, R padded rows that are predicted, C snapshots.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

# Rows that are predicted at once where nothing is trained.
BLOCK = 64
# Activations by the code that members carry for each layer.
CODES = {"linear": 0, "relu": 1, "tanh": 2, "sigmoid": 3}
OPTIMIZERS = ("adam", "sgd")
# Keras' defaults.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7


class Shape(NamedTuple):
    """Everything that a program is compiled for; rows and epochs are padded, so few programs do."""

    members: int
    features: int
    layers: int
    width: int
    batch: int
    steps: int
    rows: int
    validation_rows: int
    epochs: int
    snapshots: int
    optimizer: str


class Inputs(NamedTuple):
    """What a program takes. Counts are run-time values: one program serves many schedules.

    x and y hold the dataset's rows, padded to `Shape.rows`, and then its validation rows once more,
    padded to `Shape.validation_rows`: both are whole blocks, and one loop predicts either.
    """

    x_MxRxF: Any  # normalised features
    y_MxR: Any
    order_MxExSB: Any  # row numbers of each epoch in the order of their batches
    train_rows_M: Any
    validation_rows_M: Any
    rate_M: Any
    unit_mask_MxLxW: Any
    code_MxL: Any
    first_round: Any  # scalars from here on; 0 looks at the untrained members, 1 does not
    epochs: Any
    steps: Any
    rows: Any
    validation_rows: Any
    snapshot_slot_E: Any  # by finished epochs: the place of the snapshot, or the last, unused one


class State(NamedTuple):
    """What changes while a program trains, and goes on from one call of it to the next."""

    weights: Any  # kernel and bias of each layer, (M, in, W), (M, W), ..., (M, in), (M,)
    first_moments: Any
    second_moments: Any
    updates_M: Any
    running_M: Any


class Outputs(NamedTuple):
    """What a program gives, by finished epochs of this call; row 0 stands for its beginning.

    A member that diverged keeps its last weights; its later rows mean nothing.
    """

    state: State
    loss_ExM: Any
    validation_loss_ExM: Any
    epochs_M: Any  # epochs that the member trained, fewer than asked for where it diverged
    snapshots_CxMxR: Any


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

    history = tf.zeros([shape.epochs + 1, 2, shape.members])
    blocks = (shape.rows + shape.validation_rows) // BLOCK
    predicted = tf.zeros([blocks, shape.members, BLOCK])
    snapshots = tf.zeros([shape.snapshots + 1, shape.rows // BLOCK, shape.members, BLOCK])
    trained_M = tf.zeros([shape.members], tf.int32)

    def round_(
        e: Any, state: State, history: Any, predicted: Any, snapshots: Any, trained_M: Any
    ) -> Any:
        state, loss_M = _epoch(shape, inputs, state, e)
        slot = inputs.snapshot_slot_E[e]
        everything = slot < shape.snapshots
        predicted, seen_loss_M = _look(shape, inputs, state.weights, predicted, everything)
        snapshots = tf.tensor_scatter_nd_update(
            snapshots, [[slot]], [predicted[: shape.rows // BLOCK]]
        )
        losses = tf.stack([loss_M, seen_loss_M])
        history = tf.tensor_scatter_nd_update(history, [[e]], [losses])
        trained_M += tf.cast(state.running_M & (e > 0), tf.int32)
        finite_M = tf.reduce_all(tf.math.is_finite(losses), axis=0) | (e == 0)
        state = state._replace(running_M=state.running_M & finite_M)
        return e + 1, state, history, predicted, snapshots, trained_M

    _, state, history, _, snapshots, trained_M = tf.while_loop(
        lambda e, *_: e <= inputs.epochs,
        round_,
        [inputs.first_round, state, history, predicted, snapshots, trained_M],
    )
    return Outputs(
        state,
        history[:, 0],
        history[:, 1],
        trained_M,
        tf.reshape(
            tf.transpose(snapshots, [0, 2, 1, 3]),
            [shape.snapshots + 1, shape.members, shape.rows],
        ),
    )


def _epoch(shape: Shape, inputs: Inputs, state: State, e: Any) -> tuple[State, Any]:
    """Epoch e, from 1 on, and its loss (M,) as Keras averages it over batches."""
    import tensorflow as tf

    order_MxSB = inputs.order_MxExSB[:, tf.maximum(e - 1, 0)]

    def step(s: Any, state: State, squares_M: Any) -> Any:
        rows_MxB = tf.slice(order_MxSB, [0, s * shape.batch], [shape.members, shape.batch])
        x_MxBxF = tf.gather(inputs.x_MxRxF, rows_MxB, batch_dims=1)
        y_MxB = tf.gather(inputs.y_MxR, rows_MxB, batch_dims=1)
        place_B = tf.range(shape.batch) + s * shape.batch
        real_MxB = tf.cast(place_B < inputs.train_rows_M[:, None], tf.float32)
        slopes, batch_squares_M = gradient(shape, inputs, state.weights, x_MxBxF, y_MxB, real_MxB)
        active_M = state.running_M & (real_MxB[:, 0] > 0)
        return s + 1, update(shape, inputs, state, slopes, active_M), squares_M + batch_squares_M

    steps = tf.where(e > 0, inputs.steps, 0)
    _, state, squares_M = tf.while_loop(
        lambda s, *_: s < steps, step, [0, state, tf.zeros([shape.members])]
    )
    return state, squares_M / tf.cast(inputs.train_rows_M, tf.float32)


def forward(
    shape: Shape, inputs: Inputs, weights: list[Any], x_MxBxF: Any
) -> tuple[Any, list[Any]]:
    """Predictions (M, B) and what each layer takes in, from the features on."""
    import tensorflow as tf

    taken = [x_MxBxF]
    for layer in range(shape.layers):
        kernel, bias = weights[2 * layer], weights[2 * layer + 1]
        z = tf.matmul(taken[-1], kernel) + bias[:, None, :]
        code = inputs.code_MxL[:, layer, None, None]
        # Keras' own sigmoid: by way of tanh it is exactly 0 below z = -17, and Adam makes whole
        # steps of the slopes that are left there. One division ends both curves, so that XLA keeps
        # one array of them. exp may overflow: 1 / inf is 0, and unchosen it is seen by nothing.
        sigmoid = code == CODES["sigmoid"]
        curve = tf.where(sigmoid, 1.0, tf.tanh(z)) / tf.where(sigmoid, 1.0 + tf.exp(-z), 1.0)
        bent = tf.where(code == CODES["relu"], tf.nn.relu(z), curve)
        out = tf.where(code == CODES["linear"], z, bent)
        taken.append(out * inputs.unit_mask_MxLxW[:, layer, None, :])
    kernel, bias = weights[-2], weights[-1]
    return tf.reduce_sum(taken[-1] * kernel[:, None, :], axis=-1) + bias[:, None], taken


def gradient(
    shape: Shape, inputs: Inputs, weights: list[Any], x_MxBxF: Any, y_MxB: Any, real_MxB: Any
) -> tuple[list[Any], Any]:
    """Gradients of the batch's mean squared error, and the sum of its squared errors (M,).

    Rows with real = 0 are padding. Backpropagation written out: delta is the derivative by a
    layer's sum z; an activation's slope follows from what it put out.
    """
    import tensorflow as tf

    prediction_MxB, taken = forward(shape, inputs, weights, x_MxBxF)
    error_MxB = tf.where(real_MxB > 0, prediction_MxB - y_MxB, 0.0)
    rows_M = tf.maximum(tf.reduce_sum(real_MxB, axis=1), 1.0)
    slope_MxB = 2.0 * error_MxB / rows_M[:, None]
    gradients: list[Any] = [None] * len(weights)
    gradients[-2] = tf.reduce_sum(taken[-1] * slope_MxB[:, :, None], axis=1)
    gradients[-1] = tf.reduce_sum(slope_MxB, axis=1)
    upstream = slope_MxB[:, :, None] * weights[-2][:, None, :]
    for layer in reversed(range(shape.layers)):
        out, code = taken[layer + 1], inputs.code_MxL[:, layer, None, None]
        curve = tf.where(code == CODES["sigmoid"], out * (1.0 - out), 1.0 - out * out)
        bent = tf.where(code == CODES["relu"], tf.cast(out > 0, tf.float32), curve)
        delta = upstream * tf.where(code == CODES["linear"], tf.ones_like(out), bent)
        delta *= inputs.unit_mask_MxLxW[:, layer, None, :]
        gradients[2 * layer] = tf.matmul(taken[layer], delta, transpose_a=True)
        gradients[2 * layer + 1] = tf.reduce_sum(delta, axis=1)
        if layer:
            upstream = tf.matmul(delta, weights[2 * layer], transpose_b=True)
    return gradients, tf.reduce_sum(error_MxB * error_MxB, axis=1)


def update(
    shape: Shape, inputs: Inputs, state: State, gradients: list[Any], active_M: Any
) -> State:
    """One step of Adam (Kingma and Ba, 2015, as Keras computes it) or of plain SGD."""
    import tensorflow as tf

    updates_M = state.updates_M + tf.cast(active_M, tf.float32)
    rate_M = inputs.rate_M
    if shape.optimizer == "adam":
        rate_M = rate_M * tf.sqrt(1 - BETA_2**updates_M) / (1 - BETA_1**updates_M)
    triples: list[tuple[Any, Any, Any]] = []
    for weight, first, second, slope in zip(
        state.weights, state.first_moments, state.second_moments, gradients, strict=True
    ):
        axes = [shape.members] + [1] * (len(weight.shape) - 1)
        rate, active = tf.reshape(rate_M, axes), tf.reshape(active_M, axes)
        if shape.optimizer == "adam":
            next_first = first + (slope - first) * (1 - BETA_1)
            next_second = second + (slope * slope - second) * (1 - BETA_2)
            next_weight = weight - next_first * rate / (tf.sqrt(next_second) + EPSILON)
        else:
            next_first, next_second = first, second
            next_weight = weight - rate * slope
        pairs = (next_weight, weight), (next_first, first), (next_second, second)
        triples.append(tuple(tf.where(active, *pair) for pair in pairs))
    weights, first_moments, second_moments = (list(part) for part in zip(*triples, strict=True))
    return State(weights, first_moments, second_moments, updates_M, state.running_M)


def _look(
    shape: Shape, inputs: Inputs, weights: list[Any], predicted: Any, everything: Any
) -> tuple[Any, Any]:
    """Predictions by blocks (blocks, M, BLOCK), and the validation loss (M,).

    `everything` predicts all rows; without it only the validation rows are looked at, and the other
    blocks keep what they held. Without validation rows the loss is zero.
    """
    import tensorflow as tf

    first_validation = shape.rows // BLOCK
    last = -(-inputs.validation_rows // BLOCK) + first_validation
    used = -(-inputs.rows // BLOCK)

    def block(number: Any, predicted: Any, squares_M: Any) -> Any:
        begin = number * BLOCK
        x = tf.slice(inputs.x_MxRxF, [0, begin, 0], [shape.members, BLOCK, shape.features])
        y = tf.slice(inputs.y_MxR, [0, begin], [shape.members, BLOCK])
        part, _ = forward(shape, inputs, weights, x)
        predicted = tf.tensor_scatter_nd_update(predicted, [[number]], [part])
        place = tf.range(BLOCK) + begin - shape.rows
        counts = (place >= 0) & (place < inputs.validation_rows_M[:, None])
        error = tf.where(counts, part - y, 0.0)
        # Summed block by block: one sum over all rows rounds differently with other neighbours.
        squares_M += tf.reduce_sum(error * error, axis=1)
        return tf.where(number + 1 == used, first_validation, number + 1), predicted, squares_M

    _, predicted, squares_M = tf.while_loop(
        lambda number, *_: number < last,
        block,
        [tf.where(everything, 0, first_validation), predicted, tf.zeros([shape.members])],
    )
    return predicted, squares_M / tf.cast(tf.maximum(inputs.validation_rows_M, 1), tf.float32)
