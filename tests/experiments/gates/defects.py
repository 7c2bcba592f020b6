"""Defects to plant into training, as they happen: in a task, or in the code that trains it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models import optimizers, scaling, seeds
from models.fitters import backpropagation
from models.initializers import INITIALIZERS, glorot_uniform


def training(**changes):
    """The tasks with other training settings; a function gets the old value."""

    def plant(task, patch):
        spec = task.training
        new = {k: v(getattr(spec, k)) if callable(v) else v for k, v in changes.items()}
        return replace(task, training=replace(spec, **new))

    return plant


def leak(task, patch):
    """Training rows are all rows."""
    return replace(task, train_T=np.arange(len(task.y_N)))


def activation(task, patch):
    """Every hidden layer is linear, or sigmoid where it was."""
    names = tuple("sigmoid" if name == "linear" else "linear" for _, name in task.model.layers)
    return replace(task, model=replace(task.model, activation=names)) if names else task


def lost_layer(task, patch):
    """The last hidden layer is missing."""
    layers = task.model.layers[:-1]
    spec = {"width": tuple(units for units, _ in layers), "activation": tuple(n for _, n in layers)}
    return replace(task, model=replace(task.model, depth=len(layers), **spec)) if layers else task


def noisier_target(task, patch):
    """The target has noise of its own on top, 14 % of its standard deviation."""
    noise_N = np.random.default_rng(0).normal(size=len(task.y_N))
    return replace(task, y_N=task.y_N + 0.14 * task.y_N.std() * noise_N)


def shuffled_target(task, patch):
    """Features and target come from different rows: the target is off by one."""
    return replace(task, y_N=np.roll(task.y_N, 1))


def no_normalisation(task, patch):
    columns = task.x_NxF.shape[1]
    patch.setattr(scaling, "of_features", lambda task: (np.zeros(columns), np.ones(columns)))
    return task


def _orders(patch, order):
    """Both functions that draw batch orders: one epoch's, and those of many."""

    def several(rows, seed, repeats, epochs):
        for repeat in repeats:
            drawn = [order(rows, seed, repeat, epoch) for epoch in epochs]
            yield np.array(drawn, np.int64).reshape(len(epochs), rows)

    patch.setattr(seeds, "batch_order", order)
    patch.setattr(seeds, "batch_orders", several)


def seed_of_repeats_ignored(task, patch):
    weights, order = seeds.of_weights, seeds.batch_order
    patch.setattr(seeds, "of_weights", lambda seed, repeat, n: weights(seed, 0, n))
    _orders(patch, lambda rows, seed, repeat, n: order(rows, seed, 0, n))
    return task


def training_seed_ignored(task, patch):
    weights, order = seeds.of_weights, seeds.batch_order
    patch.setattr(seeds, "of_weights", lambda seed, repeat, n: weights(42, repeat, n))
    _orders(patch, lambda rows, seed, repeat, n: order(rows, 42, repeat, n))
    return task


def not_shuffled(task, patch):
    _orders(patch, lambda rows, seed, repeat, epoch: np.arange(rows))
    return task


def one_order(task, patch):
    order = seeds.batch_order
    _orders(patch, lambda rows, seed, repeat, n: order(rows, seed, repeat, 0))
    return task


def small_weights(task, patch):
    patch.setitem(INITIALIZERS, "glorot_uniform", lambda *sizes: 0.1 * glorot_uniform(*sizes))
    return task


def no_output_bias(task, patch):
    """The bias of the output stays where it begins, at zero."""
    gradient = backpropagation.gradient

    def without(*arguments):
        slopes, room, sums = gradient(*arguments)
        outer = np.ones(slopes.outer_MxP.shape, np.float32)
        outer[:, -1] = 0
        return slopes._replace(outer_MxP=outer * slopes.outer_MxP), room, sums

    patch.setattr(backpropagation, "gradient", without)
    return task


def no_momentum(task, patch):
    """Adam without its first moment."""
    patch.setattr(optimizers, "BETA_1", 0.0)
    return task


def moments_swapped(task, patch):
    patch.setattr(optimizers, "BETA_1", 0.999)
    patch.setattr(optimizers, "BETA_2", 0.9)
    return task


DEFECTS = {
    "no normalisation": no_normalisation,
    "wrong activation": activation,
    "the seed of a repeat is ignored": seed_of_repeats_ignored,
    "training.seed is ignored": training_seed_ignored,
    "validation rows are leaked": leak,
    "learning rate ten times too high": training(learning_rate=lambda rate: 10 * rate),
    "learning rate ten times too low": training(learning_rate=lambda rate: rate / 10),
    "half of the epochs": training(epochs=lambda epochs: epochs // 2),
    "a hidden layer is lost": lost_layer,
    "the output has no bias": no_output_bias,
    "rows are never shuffled": not_shuffled,
    "rows are shuffled once": one_order,
    "weights begin ten times too small": small_weights,
    "plain gradient descent for Adam": training(optimizer="sgd"),
    "Adam without its first moment": no_momentum,
    "Adam with its moments swapped": moments_swapped,
    "batches of half the size": training(batch_size=lambda size: size // 2),
    "more noise in the target": noisier_target,
    "features and target are off by a row": shuffled_target,
    "Normalization sees training rows only": training(normalize_on="train"),
}
# What ranks of 20 errors from other seeds do not see.
SMALL = "Normalization sees training rows only"
# Those that change what is compiled.
RECOMPILED = {no_output_bias, no_momentum, moments_swapped}
