"""Spec -> keras.Sequential, with initial weights that depend on seed, repeat and layer alone.

Keras is imported inside the functions: importing it takes seconds, and a config is checked without.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import seeds
from .task import Floats, Task, Weights

if TYPE_CHECKING:
    import keras


def build(task: Task) -> keras.Sequential:
    """The network of a task: Input, Normalization (networks only), Dense layers named for people.

    Normalization is adapted on the training rows or on all rows, as `training.normalize_on` says.
    The kernels are still Keras' own; `initial_weights` or a fit's weights go in with `restore`.
    """
    import keras
    from keras import layers

    n_features = task.x_NxF.shape[1]
    stack: list[Any] = [keras.Input((n_features,), name="features")]
    if task.model.kind == "network":
        rows = task.train_T if task.training.normalize_on == "train" else slice(None)
        normalization = layers.Normalization(axis=-1, name="normalization")
        normalization.adapt(task.x_NxF[rows].astype(np.float32))
        stack.append(normalization)
    for number, (units, activation) in enumerate(task.model.layers, start=1):
        stack.append(layers.Dense(units, activation=activation, name=f"hidden_{number}"))
    stack.append(layers.Dense(1, name="output"))
    return keras.Sequential(stack, name="network")


def sizes(task: Task) -> list[tuple[int, int]]:
    """(inputs, outputs) of each Dense layer, from the input on."""
    units = [task.x_NxF.shape[1], *(layer.units for layer in task.model.layers), 1]
    return list(pairwise(units))


def normalized(task: Task) -> NDArray[np.float32]:
    """The features (N, F) as the Normalization layer hands them on, computed as Keras does."""
    rows = task.train_T if task.training.normalize_on == "train" else slice(None)
    x_NxF = task.x_NxF.astype(np.float32)
    mean_F, variance_F = x_NxF[rows].mean(axis=0), x_NxF[rows].var(axis=0)
    z_NxF: NDArray[np.float32] = (x_NxF - mean_F) / np.maximum(np.sqrt(variance_F), 1e-7)
    return z_NxF


def initial_weights(task: Task, repeat: int) -> Weights:
    """Kernel (inputs, units) and zero bias (units,) of each Dense layer, from the input on."""
    weights: list[np.ndarray[Any, Any]] = []
    for number, (n_in, n_out) in enumerate(sizes(task)):
        weights.append(seeds.glorot_uniform(n_in, n_out, task.training.seed, repeat, number))
        weights.append(np.zeros(n_out, dtype=np.float32))
    return tuple(weights)


def compile_for(network: keras.Sequential, task: Task) -> keras.Sequential:
    """Compile a network as its task trains it: optimizer, loss and metric mse; returns it."""
    import keras

    settings = {"learning_rate": task.training.learning_rate}
    optimizer = {"class_name": task.training.optimizer, "config": settings}
    network.compile(keras.optimizers.get(optimizer), loss="mse", metrics=["mse"])
    network.optimizer.build(network.trainable_variables)
    return network


def restore(network: keras.Sequential, weights: Weights) -> keras.Sequential:
    """Put Dense weights, in the order of `initial_weights`, into a network; returns it."""
    dense = [layer for layer in network.layers if layer.name != "normalization"]
    for number, layer in enumerate(dense):
        layer.set_weights([weights[2 * number], weights[2 * number + 1]])
    return network


def dense_weights(network: keras.Sequential) -> Weights:
    """Kernel and bias of each Dense layer, from the input on."""
    dense = [layer for layer in network.layers if layer.name != "normalization"]
    return tuple(array for layer in dense for array in layer.get_weights())


def predict(network: keras.Sequential, x_NxF: Floats) -> Floats:
    """Predictions (N,) in the target's units."""
    return np.asarray(network(x_NxF.astype(np.float32)), dtype=np.float64)[:, 0]
