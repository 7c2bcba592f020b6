"""Spec -> keras.Sequential, with initial weights that depend on seed, repeat and layer alone.

Keras is imported inside the functions: importing it takes seconds, and a config is checked without.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import seeds
from .task import Floats, Task, Weights

if TYPE_CHECKING:
    import keras


class Units(NamedTuple):
    """What a standardised target t stands for in its own units: offset + scale * t."""

    offset: float
    scale: float


OWN_UNITS = Units(0.0, 1.0)


def target_units(task: Task) -> Units:
    """Mean and standard deviation of the training targets, where the target is standardised.

    A target that does not vary keeps its scale.
    """
    if not (task.model.trained and task.training.normalize_target):
        return OWN_UNITS
    y_T = task.y_N[task.train_T]
    return Units(float(y_T.mean()), float(y_T.std()) or 1.0)


def feature_units(task: Task) -> tuple[Floats, Floats]:
    """Mean (F,) and standard deviation (F,) of the features, of the rows of Normalization.

    A feature that does not vary has 1e-7, as in Keras, and comes out as zero. Where Normalization
    is adapted on no rows it knows 0 and 1, and features go through as they are.
    """
    if task.training.normalize_on == "none":
        return np.zeros(task.x_NxF.shape[1]), np.ones(task.x_NxF.shape[1])
    seen = task.x_NxF[task.train_T if task.training.normalize_on == "train" else slice(None)]
    return seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-7)


def target(task: Task) -> Floats:
    """The target (N,) as the network learns it: standardised, or as it is."""
    offset, scale = target_units(task)
    return (task.y_N - offset) / scale


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
    dense = {"dtype": "float32" if task.model.kind == "network" else "float64"}
    if task.model.trained:
        normalization = layers.Normalization(axis=-1, name="normalization", dtype="float64")
        if task.training.normalize_on != "none":
            rows = task.train_T if task.training.normalize_on == "train" else slice(None)
            normalization.adapt(task.x_NxF[rows])
        stack.append(normalization)
    for number, (units, activation) in enumerate(task.model.layers, start=1):
        stack.append(layers.Dense(units, activation, name=f"hidden_{number}", **dense))
    stack.append(layers.Dense(1, name="output", **dense))
    if (own := target_units(task)) != OWN_UNITS:
        rescaling = layers.Rescaling(own.scale, own.offset, name="target_units", dtype="float64")
        stack.append(rescaling)
    return keras.Sequential(stack, name="network")


def sizes(task: Task) -> list[tuple[int, int]]:
    """(inputs, outputs) of each Dense layer, from the input on."""
    units = [task.x_NxF.shape[1], *(layer.units for layer in task.model.layers), 1]
    return list(pairwise(units))


def normalized(task: Task) -> NDArray[np.float32]:
    """The features (N, F) as the Normalization layer hands them on, computed as Keras does."""
    mean_F, std_F = feature_units(task)
    z_NxF: NDArray[np.float32] = ((task.x_NxF - mean_F) / std_F).astype(np.float32)
    return z_NxF


def initial_weights(task: Task, repeat: int) -> Weights:
    """Kernel (inputs, units) and zero bias (units,) of each Dense layer, from the input on."""
    weights: list[np.ndarray[Any, Any]] = []
    seed, start = task.training.seed, task.start_of(repeat)
    for number, (n_in, n_out) in enumerate(sizes(task)):
        if task.training.initializer == "ones":
            weights.append(np.ones((n_in, n_out), dtype=np.float32))
        else:
            weights.append(seeds.glorot_uniform(n_in, n_out, seed, start, number))
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
