"""What checks and drawings find inside networks, against Keras' own gradients and outputs."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.synthetic import make_record, write_run
from experiments.lessons import checks, inside
from experiments.lessons.arguments import ARGUMENTS
from experiments.lessons.runs import read_cases
from experiments.storage import run_folder
from experiments.task import prepare
from models import network as networks
from models import scaling
from tests.models.tasks import make_task


@pytest.fixture
def saved(configured, tmp_path):
    """saved(*overrides) -> the case of a run of that config whose saved network is untrained."""

    def case(*overrides):
        config = configured("dataset.n_samples=60", "training.repeats=4", *overrides)
        record = make_record([0.2] * 4)
        about = replace(record.about, config=config.tree())
        write_run(tmp_path / "1", replace(record, about=about))
        _, task = prepare(config)
        network = networks.restore(networks.build(task), networks.initial_weights(task, 0))
        network.save(tmp_path / "1" / "model.keras")
        run_folder.finish(tmp_path / "1", about, "done", [])
        (found,) = read_cases(tmp_path)
        return found

    return case


def check(case, name, **arguments):
    return checks.CHECKS[name]([case], ARGUMENTS[name](**arguments))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "gelu"])
def test_gradients_are_those_of_keras(activation):
    task = make_task(
        {"depth": 3, "width": 5, "activation": activation}, normalize_target=True, seed=3
    )
    weights = networks.initial_weights(task, 0)
    network = networks.learner(networks.restore(networks.build(task), weights))
    x_TxF, t_T = task.x_NxF[task.train_T], scaling.target(task)[task.train_T]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((network(x_TxF)[:, 0] - tf.cast(t_T, tf.float32)) ** 2)
    kernels = [variable for variable in network.trainable_variables if "kernel" in variable.path]
    wanted = tape.gradient(loss, [kernel.value for kernel in kernels])
    for own, of_keras in zip(inside.gradients(task, weights), wanted, strict=True):
        np.testing.assert_allclose(own, of_keras, rtol=2e-4, atol=1e-6)


def test_outputs_are_those_of_the_layers_of_keras(saved):
    case = saved("model.depth=2", "model.width=3", "model.activation=tanh")
    found = inside.sizes_at_start(case)
    assert found.outputs_RxL.shape == found.gradients_RxL.shape == (4, 3)
    network = keras.saving.load_model(case.folder / "model.keras")
    task = inside.task_of(case)
    signal = task.x_NxF[task.train_T]
    for layer in network.layers:
        signal = layer(signal)
        if layer.name == "hidden_1":
            size = float(np.sqrt(np.mean(np.asarray(signal) ** 2)))
            assert found.outputs_RxL[0, 0] == pytest.approx(size, rel=1e-5)
    assert len(np.unique(found.outputs_RxL[:, 0])) == 4  # each repeat starts from its own weights


def test_the_loss_at_the_saved_weights_is_that_of_the_saved_network(saved):
    case = saved("model.depth=2", "model.width=4", "training.normalize_target=true")
    task = inside.task_of(case)
    network = keras.saving.load_model(case.folder / "model.keras")
    off_T = networks.predict(network, task.x_NxF[task.train_T]) - task.y_N[task.train_T]
    surface = inside.loss_plane(case)
    at, between = inside.heights_between(case)
    assert at == pytest.approx(float(np.mean(off_T**2)), rel=1e-5)
    assert len(between) == 3
    # The three corners are the same network: the loss is the same at each.
    for across, up in surface.corners_Cx2:
        near = np.abs(surface.across_A - across).argmin(), np.abs(surface.up_B - up).argmin()
        assert surface.loss_BxA[near[1], near[0]] == pytest.approx(at, rel=0.3)
    assert np.ptp(surface.corners_Cx2, axis=0).min() > 0


def test_signal_vanishes_in_deep_sigmoids_and_not_in_tanh(saved):
    deep = saved("model.depth=8", "model.width=10", "model.activation=sigmoid")
    assert check(deep, "signal", of="gradients", at_most=1e-4).held
    assert not check(deep, "signal", of="gradients", at_least=0.01).held
    other = saved("model.depth=8", "model.width=10", "model.activation=tanh")
    assert check(other, "signal", of="gradients", at_least=0.01).held
    assert not check(other, "signal", of="gradients", at_most=1e-4).held


def test_signal_looks_at_the_outputs_too(saved):
    case = saved(
        "model.depth=12", "model.width=20", "model.activation=relu",
        "training.initializer=glorot_normal",
    )  # fmt: skip
    assert check(case, "signal", of="outputs", at_most=0.2).held
    assert not check(case, "signal", of="outputs", at_least=0.2).held
    assert "claimed" in check(case, "signal", of="outputs", at_most=0.2).messages[0]


def test_the_loss_of_a_line_is_a_bowl_and_that_of_a_network_is_none(saved):
    line = saved("model.depth=0")
    assert check(line, "loss_surface", shape="bowl").held
    network = saved("model.depth=1", "model.width=6", "model.activation=tanh")
    assert not check(network, "loss_surface", shape="bowl").held


@pytest.mark.parametrize(("times", "held"), [(1.2, True), (1e5, False)])
def test_hills_are_measured_between_orders_of_the_units(saved, monkeypatch, times, held):
    case = saved("model.depth=1", "model.width=3", "model.activation=tanh")
    task = inside.task_of(case)
    # Units that are far apart: their average is none of them.
    rng = np.random.default_rng(0)
    weights = tuple(one + 3 * rng.normal(size=one.shape).astype("f4")
                    for one in networks.initial_weights(task, 0))  # fmt: skip
    fitted = networks.restore(networks.build(task), weights)
    y_N = networks.predict(fitted, task.x_NxF) + 0.1 * rng.normal(size=len(task.y_N))
    monkeypatch.setattr(inside, "task_of", lambda case: replace(task, y_N=y_N))
    monkeypatch.setattr(inside, "saved_weights", lambda case: weights)
    assert check(case, "loss_surface", shape="hills", times=times).held == held
