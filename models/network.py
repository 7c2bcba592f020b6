"""Spec -> keras.Sequential, with initial weights that depend on seed, repeat and layer alone.

Keras takes far longer to make a network than to predict with it: who needs one for a moment takes
the `shared` one of its architecture.

Keras is imported inside the functions: importing it takes seconds, and a config is checked without.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datasets.dataset import Floats

from . import scaling, seeds
from .initializers import INITIALIZERS
from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .task import Task, Weights

if TYPE_CHECKING:
    import keras

# What is kept of shared networks; an optimizer's slots come on top.
MOST_SHARED, MOST_PARAMETERS = 256, 4_000_000


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
            normalization.adapt(_normalized(task))
        stack.append(normalization)
    for number, (units, activation) in enumerate(task.model.layers, start=1):
        stack.append(layers.Dense(units, activation, name=f"hidden_{number}", **dense))
    stack.append(layers.Dense(1, name="output", **dense))
    if (own := scaling.of_target(task)) != scaling.NONE:
        rescaling = layers.Rescaling(own.scale, own.offset, name="target_units", dtype="float64")
        stack.append(rescaling)
    return keras.Sequential(stack, name="network")


class Shared(NamedTuple):
    """The compiled network of an architecture.

    summary: Keras' own, from before it was compiled. parameters: how many it has.
    """

    network: keras.Sequential
    summary: str
    parameters: int


_shared: dict[Hashable, Shared] = {}


def shared(task: Task) -> Shared:
    """The network of a task, the same object for all tasks whose layers have the same shapes.

    Normalization, Rescaling and activations are set as `build` sets them; the Dense weights are
    those of whoever had it before. Who takes it restores its own weights, trains it never, and is
    done with it before the next one asks.
    """
    architecture = _architecture(task)
    found = _shared.pop(architecture, None)
    if found is None:
        network = build(task)
        summary = _summary(network)  # compiling adds the optimizer's parameters to it
        count = network.count_params()
        found = Shared(compile_for(network, task), summary, count)
    else:
        first, last = found.network.layers[0], found.network.layers[-1]
        if task.model.trained and task.training.normalize_on != "none":
            first.adapt(_normalized(task))
        if last.name == "target_units":
            own = scaling.of_target(task)
            last.scale, last.offset = own.scale, own.offset
        _activate(found.network, task)
    _shared[architecture] = found  # the one that was asked for last stands last
    parameters = [one.parameters for one in _shared.values()]
    while len(parameters) > MOST_SHARED or sum(parameters) > MOST_PARAMETERS:
        del _shared[next(iter(_shared))], parameters[0]
    return found


def _activate(network: keras.Sequential, task: Task) -> None:
    """Give the hidden layers the activations of a task: they have no weights, unlike layers."""
    from keras import activations

    for layer, (_, activation) in zip(_dense(network)[:-1], task.model.layers, strict=True):
        wanted = activations.get(activation)
        if layer.activation is not wanted:
            layer.activation = wanted


def _summary(network: keras.Sequential) -> str:
    lines: list[str] = []
    with redirect_stdout(StringIO()):  # Keras prints on it even when it is told not to
        network.summary(print_fn=lambda text, **_: lines.append(text), line_length=66)
    return "\n".join(lines).rstrip() + "\n"


def adapted_rows(task: Task) -> int:
    """On how many rows the Normalization of a task's network is adapted, where it is."""
    return len(_normalized(task))


def _architecture(task: Task) -> Hashable:
    """What the networks of two tasks have in common that differ in values alone."""
    spec = task.training
    rescaled = scaling.of_target(task) != scaling.NONE
    compiled = (spec.optimizer, *OPTIMIZERS[spec.optimizer].config(spec).items(), spec.loss)
    rates = (spec.learning_rate, spec.weight_decay)
    layers = (*sizes(task), task.model.precision, task.model.trained)
    return layers, spec.normalize_on, rescaled, compiled, rates


def _normalized(task: Task) -> Floats:
    """The rows on which Normalization is adapted, if it is."""
    return task.x_NxF[task.train_T] if task.training.normalize_on == "train" else task.x_NxF


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
    # By itself Keras counts the optimizers of a process in their names, which are saved.
    named = {"name": spec.optimizer, "learning_rate": spec.learning_rate}
    config = {**named, **entry.config(spec)}
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
    for layer, kernel, bias in zip(_dense(network), weights[::2], weights[1::2], strict=True):
        layer.kernel.assign(kernel)
        layer.bias.assign(bias)
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
    """Predictions (N,) in the target's units.

    Layer by layer: what Keras does around each of them takes most of the time of a small network.
    """
    from keras import ops

    out = ops.convert_to_tensor(x_NxF)
    for layer in network.layers:
        out = layer.call(ops.cast(out, layer.compute_dtype))
    return np.asarray(out, dtype=np.float64)[:, 0]
