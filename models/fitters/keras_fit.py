"""The reference engine: `compile` and `model.fit`, one network after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import network as networks
from .. import seeds
from ..task import Fit, Floats, Task
from .one_by_one import by_repeats, one_by_one


def fit(
    tasks: Sequence[Task], on_epochs: Callable[[int], None]
) -> Iterator[tuple[int, Fit | Exception]]:
    """Train every repeat of every task; `on_epochs(n)` is told of n more finished epochs."""
    return one_by_one(tasks, lambda task: _fit(task, on_epochs))


def _fit(task: Task, on_epochs: Callable[[int], None]) -> Fit:
    return by_repeats(task, lambda own, repeat: _fit_repeat(own, repeat, on_epochs))


def _fit_repeat(task: Task, repeat: int, on_epochs: Callable[[int], None]) -> tuple[Any, ...]:
    import keras

    keras.utils.clear_session()
    spec = task.training
    # Nothing here draws from it, but layers and optimizers make their own seed generators from it.
    keras.utils.set_random_seed(spec.seed)
    network = networks.restore(networks.build(task), networks.initial_weights(task, repeat))
    learner = networks.compile_for(networks.learner(network), task)
    watcher, watched = _watcher(task, network, on_epochs)
    history: dict[str, list[float]] = {}
    if spec.epochs > 0:
        rows_V = task.validation_V
        history = learner.fit(
            _batches(task, repeat),
            epochs=spec.epochs,
            steps_per_epoch=-(-len(task.train_T) // spec.batch_size),
            validation_data=(task.x_NxF[rows_V], _float32(networks.target(task)[rows_V]))
            if len(rows_V)
            else None,
            validation_batch_size=max(1, len(rows_V)),
            callbacks=[watcher],
            shuffle=False,  # the batches come in their own order already
            verbose=0,
        ).history
    final_N = networks.predict(network, task.x_NxF)
    to_squared_units = networks.target_units(task).scale ** 2
    if not watched.epochs:  # no epoch was asked for
        watched.take(0, final_N)
    return (
        final_N,
        {
            name: to_squared_units * np.asarray(values, np.float64)
            for name, values in history.items()
        },
        networks.dense_weights(network),
        np.asarray(watched.epochs, dtype=np.int64),
        np.stack(watched.predictions),
        watched.diverged_at,
    )


def _batches(task: Task, repeat: int) -> Any:
    """An endless tf.data.Dataset of (features, target) batches, each epoch in its own order."""
    import tensorflow as tf

    n_rows, spec, start = len(task.train_T), task.training, task.start_of(repeat)
    x_TxF = tf.constant(task.x_NxF[task.train_T])
    y_T = tf.constant(_float32(networks.target(task)[task.train_T]))

    def orders() -> Iterator[NDArray[np.int64]]:
        for epoch in range(spec.epochs):
            yield seeds.batch_order(n_rows, spec.seed, start, epoch)

    rows = tf.data.Dataset.from_generator(
        orders, output_signature=tf.TensorSpec((n_rows,), tf.int64)
    )
    rows = rows.flat_map(
        lambda order: tf.data.Dataset.from_tensor_slices(order).batch(spec.batch_size)
    )
    return rows.map(lambda batch: (tf.gather(x_TxF, batch), tf.gather(y_T, batch))).prefetch(2)


class _Watched:
    """What was seen while a network trained: predictions at chosen epochs, and divergence."""

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.predictions: list[NDArray[np.float32]] = []
        self.diverged_at: int | None = None

    def take(self, epoch: int, prediction_N: Floats) -> None:
        self.epochs.append(epoch)
        with np.errstate(over="ignore"):  # of a diverged training
            self.predictions.append(prediction_N.astype(np.float32))


def _watcher(task: Task, network: Any, on_epochs: Callable[[int], None]) -> tuple[Any, _Watched]:
    """A Keras callback that fills a `_Watched`, reports progress and stops a diverged training.

    `network` shares its weights with the one that trains, and predicts in the target's own units.
    """
    import keras

    watched = _Watched()
    wanted = frozenset(seeds.snapshot_epochs(task.training.epochs).tolist())

    def begin(logs: Any) -> None:
        watched.take(0, networks.predict(network, task.x_NxF))

    def end(epoch: int, logs: dict[str, float]) -> None:
        on_epochs(1)
        if not np.isfinite(list(logs.values())).all():
            watched.diverged_at = epoch + 1
            callback.model.stop_training = True
            on_epochs(task.training.epochs - epoch - 1)
        if epoch + 1 in wanted:
            watched.take(epoch + 1, networks.predict(network, task.x_NxF))

    callback = keras.callbacks.LambdaCallback(on_train_begin=begin, on_epoch_end=end)
    return callback, watched


def _float32(array: Floats) -> NDArray[np.float32]:
    return array.astype(np.float32)
