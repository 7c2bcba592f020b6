"""The reference engine: `compile` and `model.fit`, one network after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

from .. import network as networks
from .. import scaling, schedules, seeds
from ..losses import LOSSES
from ..task import RepeatFit, Task
from .protocol import OnEpochs, Snapshots, one_by_one


def _fit_repeat(task: Task, repeat: int, on_epochs: OnEpochs) -> RepeatFit:
    import keras

    keras.utils.clear_session()
    spec = task.training
    # Nothing here draws from it, but layers and optimizers make their own seed generators from it.
    keras.utils.set_random_seed(spec.seed)
    network = networks.restore(networks.build(task), networks.initial_weights(task, repeat))
    learner = networks.compile_for(networks.learner(network), task)

    def predicted(x_PxF: Floats) -> Floats:
        return networks.predict(network, x_PxF)

    snapshots, early = Snapshots(task, predicted), _early_stopping(task)
    watcher = _watcher(task, snapshots, early, on_epochs)
    history: dict[str, list[float]] = {}
    if spec.epochs > 0:
        rows_V = task.validation_V
        history = learner.fit(
            _batches(task, repeat),
            epochs=spec.epochs,
            steps_per_epoch=_steps(task),
            validation_data=(task.x_NxF[rows_V], _float32(scaling.target(task)[rows_V]))
            if len(rows_V)
            else None,
            validation_batch_size=max(1, len(rows_V)),
            callbacks=[*_scheduler(task), *early, watcher],
            shuffle=False,  # the batches come in their own order already
            verbose=0,
        ).history
    trained = len(history.get("loss", ()))
    if early or not trained:
        snapshots.keep(trained)
    curves = {name: np.asarray(values, np.float64) for name, values in history.items()}
    wild = [name for name, curve_E in curves.items() if not np.isfinite(curve_E).all()]
    return RepeatFit(
        prediction_N=predicted(task.x_NxF),
        history=_in_own_units(task, curves),
        weights=networks.dense_weights(network),
        diverged_at=trained if wild else None,
        best_epoch=early[0].best_epoch + 1 if early and trained and not wild else None,
        **snapshots.fields(),
    )


def _in_own_units(task: Task, curves: dict[str, Floats]) -> dict[str, Floats]:
    """The curves of what the network learns, as those of the target in its own units."""
    scale, loss = scaling.of_target(task).scale, LOSSES[task.training.loss]
    powers = {"loss": loss.power, "mse": 2}
    return {
        name: scale ** powers[name.removeprefix("val_")] * curve_E
        for name, curve_E in curves.items()
    }


def _steps(task: Task) -> int:
    """Optimizer steps of one epoch."""
    return -(-len(task.train_T) // task.training.batch_size)


def _batches(task: Task, repeat: int) -> Any:
    """An endless tf.data.Dataset of (features, target) batches, each epoch in its own order."""
    import tensorflow as tf

    n_rows, spec, start = len(task.train_T), task.training, task.start_of(repeat)
    x_TxF = tf.constant(task.x_NxF[task.train_T])
    y_T = tf.constant(_float32(scaling.target(task)[task.train_T]))

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


def _scheduler(task: Task) -> list[Any]:
    """A Keras callback that sets the rate of every step; none where it stays as it is."""
    import keras

    spec, steps = task.training, _steps(task)
    if not schedules.varies(spec):
        return []
    rates_K = schedules.rates(spec, steps, 0, spec.epochs).ravel()

    class Scheduler(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            optimizer = self.model.optimizer
            optimizer.learning_rate = rates_K[int(optimizer.iterations)]

    return [Scheduler()]


def _early_stopping(task: Task) -> list[Any]:
    """Keras' callback; none without patience."""
    import keras

    if task.training.patience is None:
        return []
    monitor = "val_loss" if len(task.validation_V) else "loss"
    return [
        keras.callbacks.EarlyStopping(
            monitor, patience=task.training.patience, restore_best_weights=True
        )
    ]


def _watcher(task: Task, snapshots: Snapshots, early: list[Any], on_epochs: OnEpochs) -> Any:
    """A Keras callback that takes snapshots, reports progress and stops a diverged training.

    It comes after early stopping, and what stopped early reports the epochs it leaves out.
    """
    import keras

    epochs = task.training.epochs

    def begin(logs: Any) -> None:
        snapshots.keep(0)

    def end(epoch: int, logs: dict[str, float]) -> None:
        on_epochs(1)
        if not np.isfinite(list(logs.values())).all():
            callback.model.stop_training = True
            for one in early:  # a diverged training keeps its last weights
                one.best_weights = None
        if callback.model.stop_training:
            on_epochs(epochs - epoch - 1)
        snapshots.offer(epoch + 1)

    callback = keras.callbacks.LambdaCallback(on_train_begin=begin, on_epoch_end=end)
    return callback


def _float32(array: Floats) -> NDArray[np.float32]:
    return array.astype(np.float32)


fit = one_by_one(_fit_repeat)
