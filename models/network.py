"""Spec -> keras.Sequential, with initial weights that depend on seed, repeat and layer alone.

Keras is imported inside the functions: importing it takes seconds, and a config is checked without.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from datasets.dataset import Floats

from . import scaling, seeds
from .initializers import INITIALIZERS
from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .task import Task, Weights

if TYPE_CHECKING:
    import keras


def build(task: Task) -> keras.Sequential:
    """The network of a task: Input, Normalization, Dense layers named for people, Rescaling.

    Normalization (not for closed forms) is adapted on the training rows, on all rows or on none, as
    `training.normalize_on` says. Rescaling brings a target that was standardised for training back
    into its own units, and is there only then. Both compute in float64, because a feature such as
    10,000,003 has no digits left in float32; Dense layers do so where no engine trains them. The
    kernels are still Keras' own; `initial_weights` or a fit's weights go in with `restore`.
    """
    import keras
    from keras import layers

    n_features = task.x_NxF.shape[1]
    stack: list[Any] = [keras.Input((n_features,), dtype="float64", name="features")]
    dense: dict[str, Any] = {"dtype": task.model.precision}
    if task.training.weight_decay and not OPTIMIZERS[task.training.optimizer].decoupled:
        dense["kernel_regularizer"] = keras.regularizers.L2(task.training.weight_decay)
    if task.model.trained:
        normalization = layers.Normalization(axis=-1, name="normalization", dtype="float64")
        if task.training.normalize_on != "none":
            rows = task.train_T if task.training.normalize_on == "train" else slice(None)
            normalization.adapt(task.x_NxF[rows])
        stack.append(normalization)
    for number, (units, activation) in enumerate(task.model.layers, start=1):
        stack.append(layers.Dense(units, activation, name=f"hidden_{number}", **dense))
    stack.append(layers.Dense(1, name="output", **dense))
    if (own := scaling.of_target(task)) != scaling.NONE:
        rescaling = layers.Rescaling(own.scale, own.offset, name="target_units", dtype="float64")
        stack.append(rescaling)
    return keras.Sequential(stack, name="network")


def sizes(task: Task) -> list[tuple[int, int]]:
    """(inputs, outputs) of each Dense layer, from the input on."""
    units = [task.x_NxF.shape[1], *(layer.units for layer in task.model.layers), 1]
    return list(pairwise(units))


def initial_weights(task: Task, repeat: int) -> Weights:
    """The weights that a repeat begins with.

    Args:
        task: its layers, initializer and seed say what is drawn.
        repeat: the number of the repeat.

    Returns:
        Kernel (inputs, units) and zero bias (units,) of each Dense layer, from the input on.
    """
    draw = INITIALIZERS[task.training.initializer]
    seed, start = task.training.seed, task.start_of(repeat)
    weights: list[np.ndarray[Any, Any]] = []
    for number, (n_in, n_out) in enumerate(sizes(task)):
        rng = seeds.of_weights(seed, start, number)
        weights += [draw(rng, n_in, n_out), np.zeros(n_out, dtype=np.float32)]
    return tuple(weights)


def compile_for(network: keras.Sequential, task: Task) -> keras.Sequential:
    """Compile a network as its task trains it: optimizer, loss, and metric mse.

    A learning-rate schedule is no part of it: whoever trains sets the rate of each step.

    Args:
        network: from `build`, or its `learner`.
        task: what it is trained for.

    Returns:
        The same network.
    """
    import keras

    spec = task.training
    entry = OPTIMIZERS[spec.optimizer]
    config = {"learning_rate": spec.learning_rate, **entry.config(spec)}
    optimizer = keras.optimizers.get({"class_name": entry.class_name, "config": config})
    if entry.decoupled:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    loss = "mse" if spec.loss == "mse" else getattr(keras.losses, LOSSES[spec.loss].class_name)()
    network.compile(optimizer, loss=loss, metrics=["mse"])
    network.optimizer.build(network.trainable_variables)
    return network


def restore(network: keras.Sequential, weights: Weights) -> keras.Sequential:
    """Put Dense weights into a network.

    Args:
        network: from `build`.
        weights: kernel (inputs, units) and bias (units,) of each Dense layer, from the input on.

    Returns:
        The same network.
    """
    for number, layer in enumerate(_dense(network)):
        layer.set_weights([weights[2 * number], weights[2 * number + 1]])
    return network


def dense_weights(network: keras.Sequential) -> Weights:
    """Kernel and bias of each Dense layer, from the input on."""
    return tuple(array for layer in _dense(network) for array in layer.get_weights())


def _dense(network: keras.Sequential) -> list[Any]:
    """The Dense layers, from the input on."""
    return [
        layer for layer in network.layers if layer.name not in ("normalization", "target_units")
    ]


def learner(network: keras.Sequential) -> keras.Sequential:
    """The network without Rescaling at its end, on the same weights: what training sees."""
    import keras

    if network.layers[-1].name != "target_units":
        return network
    return keras.Sequential([*network.inputs, *network.layers[:-1]], name="learner")


def predict(network: keras.Sequential, x_NxF: Floats) -> Floats:
    """Predictions (N,) in the target's units."""
    return np.asarray(network(x_NxF), dtype=np.float64)[:, 0]
