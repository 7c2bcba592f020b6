"""The reference engine against a training written out in NumPy, and against least squares."""

from __future__ import annotations

import numpy as np
import pytest

from models import fit
from models import network as networks
from models.kinds.least_squares import solve
from models.seeds import batch_order
from tests.models.tasks import make_task


def step_by_hand(spec, step, weights, gradients, m, v):
    """One step of Adam, from 1 on, or of plain SGD, in place."""
    for k, g in enumerate(gradients):
        if spec.optimizer == "sgd":
            weights[k] -= spec.learning_rate * g
            continue
        m[k] = 0.9 * m[k] + 0.1 * g
        v[k] = 0.999 * v[k] + 0.001 * g**2
        rate = spec.learning_rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weights[k] -= rate * m[k] / (np.sqrt(v[k]) + 1e-7)


def train_by_hand(task, repeat):
    """Minibatch training of tanh layers in NumPy; returns losses, val_losses and predictions."""
    spec = task.training
    seen = task.x_NxF[task.train_T]
    z_NxF = (task.x_NxF - seen.mean(axis=0)) / seen.std(axis=0)
    y_N, offset, scale = task.y_N, 0.0, 1.0
    if spec.normalize_target:
        offset, scale = y_N[task.train_T].mean(), y_N[task.train_T].std()
        y_N = (y_N - offset) / scale
    weights = [w.astype(np.float64) for w in networks.initial_weights(task, repeat)]
    m, v = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    step = 0
    losses, val_losses = [], []

    def forward(x):
        layers = [x]
        for number in range(0, len(weights), 2):
            a = layers[-1] @ weights[number] + weights[number + 1]
            layers.append(np.tanh(a) if number + 2 < len(weights) else a)
        return layers

    for epoch in range(spec.epochs):
        order = task.train_T[batch_order(len(task.train_T), spec.seed, repeat, epoch)]
        squares = 0.0
        for start in range(0, len(order), spec.batch_size):
            rows = order[start : start + spec.batch_size]
            layers = forward(z_NxF[rows])
            error = layers[-1] - y_N[rows, None]
            squares += float((error**2).sum())
            delta, gradients = 2 * error / len(rows), [None] * len(weights)
            for number in range(len(weights) - 2, -1, -2):
                inputs = layers[number // 2]
                gradients[number] = inputs.T @ delta
                gradients[number + 1] = delta.sum(axis=0)
                delta = (delta @ weights[number].T) * (1 - inputs**2)
            step += 1
            step_by_hand(spec, step, weights, gradients, m, v)
        losses.append(squares / len(order) * scale**2)
        validation = forward(z_NxF[task.validation_V])[-1][:, 0] - y_N[task.validation_V]
        val_losses.append(float((validation**2).mean()) * scale**2)
    return losses, val_losses, forward(z_NxF)[-1][:, 0] * scale + offset


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize(
    ("batch_size", "normalize_target"), [(7, False), (20, False), (64, False), (7, True)]
)
def test_training_is_what_is_written_out_by_hand(optimizer, batch_size, normalize_target):
    model = {"depth": 2, "width": (4, 3), "activation": "tanh"}
    task = make_task(
        model,
        optimizer=optimizer,
        batch_size=batch_size,
        epochs=6,
        repeats=2,
        normalize_target=normalize_target,
    )
    fitted = fit([task])[0]
    for repeat in range(2):
        losses, val_losses, prediction_N = train_by_hand(task, repeat)
        history = fitted.history[repeat]
        np.testing.assert_allclose(history["loss"], losses, rtol=1e-4)
        np.testing.assert_allclose(history["val_loss"], val_losses, rtol=1e-4)
        np.testing.assert_allclose(history["mse"], history["loss"], rtol=1e-6)
        np.testing.assert_allclose(
            fitted.prediction_RxN[repeat], prediction_N, rtol=1e-3, atol=1e-3
        )


def test_linear_networks_end_at_least_squares():
    tasks = [
        make_task(
            {"depth": depth, "activation": "linear"},
            optimizer=optimizer,
            learning_rate=0.1,
            epochs=epochs,
            batch_size=64,
        )
        for depth, optimizer, epochs in ((0, "sgd", 100), (2, "adam", 250))
    ]
    for task, fitted in zip(tasks, fit(tasks), strict=True):
        coefficients_F, intercept = solve(task.x_NxF[task.train_T], task.y_N[task.train_T])
        expected_N = task.x_NxF @ coefficients_F + intercept
        np.testing.assert_allclose(fitted.prediction_RxN[0], expected_N, atol=1e-3)


def test_fits_come_in_the_order_of_the_tasks_and_progress_adds_up():
    told = []
    tasks = [make_task(), make_task("pinv"), make_task({"depth": 0}, repeats=2, epochs=4)]
    fits = fit(tasks, told.append)
    assert [len(one.prediction_RxN) for one in fits] == [1, 1, 2]
    assert fits[1].history == ({},)
    assert sum(told) == 3 + 2 * 4


def test_without_validation_rows_there_is_no_val_loss():
    fitted = fit([make_task(validation=0)])[0]
    assert set(fitted.history[0]) == {"loss", "mse"}
