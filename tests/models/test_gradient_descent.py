"""Gradient descent written out: against finite differences, least squares and Keras."""

from __future__ import annotations

import numpy as np
import pytest

from models import fit, scaling, seeds
from models import network as networks
from models.kinds import gradient_descent as gd
from models.kinds.least_squares import solve
from tests.models.tasks import make_task

GUIDE = {"learning_rate": 1.2, "normalize_target": True}


def problem(rows=40, inputs=3, outputs=2):
    """Standardised features (M, I) and targets (M, O)."""
    rng = np.random.default_rng(1)
    x_MxI = rng.normal(size=(rows, inputs))
    y_MxO = x_MxI @ rng.normal(size=(inputs, outputs)) + 0.1 * rng.normal(size=(rows, outputs))
    return ((a - a.mean(axis=0)) / a.std(axis=0) for a in (x_MxI, y_MxO))


def last(steps):
    return list(steps)[-1].parameters


def test_cost_and_forward_are_their_formulas():
    x_MxI = np.array([[1.0, 2.0], [3.0, 4.0]])
    parameters = gd.Parameters(np.array([[1.0], [10.0]]), np.array([0.5]))
    prediction_MxO = gd.forward(x_MxI, parameters)
    assert prediction_MxO.tolist() == [[21.5], [43.5]]
    assert gd.cost(prediction_MxO, np.array([[20.5], [40.5]])) == (1 + 9) / 4
    assert gd.layer_sizes(x_MxI, prediction_MxO) == (2, 1)


@pytest.mark.parametrize("outputs", [1, 2])
def test_gradients_are_finite_differences(outputs):
    x_MxI, y_MxO = problem(outputs=outputs)
    start = gd.initial_parameters(3, outputs, seed=5)
    slopes = gd.backward(gd.forward(x_MxI, start), x_MxI, y_MxO)
    for part, slope in enumerate(slopes):
        for place in np.ndindex(slope.shape):
            moved = []
            for sign in (1, -1):
                arrays = [array.copy() for array in start]
                arrays[part][place] += sign * 1e-5
                moved.append(gd.cost(gd.forward(x_MxI, gd.Parameters(*arrays)), y_MxO))
            numeric = (moved[0] - moved[1]) / 2e-5
            assert slope[place] == pytest.approx(numeric, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_many_steps_end_at_least_squares_for_any_number_of_outputs(outputs):
    x_MxI, y_MxO = problem(outputs=outputs)
    start = gd.initial_parameters(3, outputs, seed=5)
    steps = list(gd.train(x_MxI, y_MxO, start, 500))
    w_IxO = np.linalg.lstsq(x_MxI, y_MxO)[0]
    assert steps[-1].parameters.w_IxO.shape == (3, outputs)
    np.testing.assert_allclose(steps[-1].parameters.w_IxO, w_IxO, atol=1e-12)
    np.testing.assert_allclose(steps[-1].parameters.b_O, 0, atol=1e-12)
    costs = [step.cost for step in steps]
    assert costs[0] == gd.cost(gd.forward(x_MxI, start), y_MxO), "the cost before the first step"
    assert (np.diff(costs) <= 1e-15).all()


def test_predictions_are_brought_back_into_units():
    x_MxI, _ = problem()
    parameters = gd.initial_parameters(3, 2, seed=5)
    scales = gd.Scales(np.array([1.0, 2, 3]), np.array([4.0, 5, 6]), np.array([7.0, 8]), np.ones(2))
    raw_MxI = x_MxI * scales.x_std_I + scales.x_mean_I
    expected_MxO = gd.forward(x_MxI, parameters) + scales.y_mean_O
    np.testing.assert_allclose(gd.predict(raw_MxI, parameters, scales), expected_MxO)


def test_it_is_the_keras_perceptron_trained_by_full_batch_sgd():
    """From the same weights; the cost is half of Keras' loss, so Keras takes half the rate."""
    import keras

    task = make_task("gradient_descent", epochs=12, **GUIDE)
    fitted = fit([task])[0]
    (mean_F, std_F), (offset, scale) = scaling.of_features(task), scaling.of_target(task)
    z_NxF, t_N = (task.x_NxF - mean_F) / std_F, (task.y_N - offset) / scale
    perceptron = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    start = gd.initial_parameters(2, 1, task.training.seed)
    perceptron.set_weights(list(start))
    perceptron.compile(keras.optimizers.SGD(GUIDE["learning_rate"] / 2), "mse")
    rows_T, rows_V = task.train_T, task.validation_V
    history = perceptron.fit(
        z_NxF[rows_T],
        t_N[rows_T],
        epochs=12,
        batch_size=len(rows_T),
        validation_data=(z_NxF[rows_V], t_N[rows_V]),
        verbose=0,
    ).history
    for name in ("loss", "val_loss"):
        curve = np.array(history[name]) * scale**2
        np.testing.assert_allclose(fitted.history[0][name], curve, rtol=2e-4)
    for ours, theirs in zip(fitted.weights[0], perceptron.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-6)


def test_a_fit_is_least_squares_on_the_training_rows_in_the_end():
    task = make_task("gradient_descent", epochs=300, **GUIDE)
    coefficients_F, intercept = solve(task.x_NxF[task.train_T], task.y_N[task.train_T])
    prediction_N = fit([task])[0].prediction_RxN[0]
    np.testing.assert_allclose(prediction_N, task.x_NxF @ coefficients_F + intercept, atol=1e-9)


def test_history_is_the_mean_squared_error_in_the_targets_own_units():
    for normalize_target in (True, False):
        training = {**GUIDE, "normalize_target": normalize_target}
        task = make_task("gradient_descent", epochs=9, repeats=2, **training)
        fitted = fit([task])[0]
        for repeat in range(2):
            history = fitted.history[repeat]
            assert set(history) == {"loss", "mse", "val_loss", "val_mse"}
            squares_SxN = (fitted.snapshots[repeat] - task.y_N) ** 2
            before_S, after_S = squares_SxN[:-1], squares_SxN[1:]
            # A snapshot is what an epoch leaves: the loss belongs to what it found.
            np.testing.assert_allclose(
                history["loss"], before_S[:, task.train_T].mean(axis=1), rtol=1e-5
            )
            np.testing.assert_allclose(
                history["val_loss"], after_S[:, task.validation_V].mean(axis=1), rtol=1e-5
            )
            np.testing.assert_array_equal(history["mse"], history["loss"])


def test_the_saved_network_predicts_the_same_in_the_targets_own_units():
    for normalize_target in (True, False):
        task = make_task(
            "gradient_descent", epochs=5, **{**GUIDE, "normalize_target": normalize_target}
        )
        fitted = fit([task])[0]
        network = networks.restore(networks.build(task), fitted.weights[0])
        prediction_N = networks.predict(network, task.x_NxF)
        np.testing.assert_allclose(prediction_N, fitted.prediction_RxN[0], rtol=1e-6)
        trainable = sum(int(np.prod(w.shape)) for w in network.trainable_weights)
        assert (network.count_params(), trainable) == task.model.parameters(2)


def test_initial_weights_are_small_normal_and_follow_from_seed_and_repeat_alone():
    task = make_task("gradient_descent", epochs=0, repeats=3, **GUIDE)
    first = fit([task])[0]
    (again,) = fit([make_task("gradient_descent", epochs=0, repeats=5, **GUIDE)])
    for repeat in range(3):
        np.testing.assert_equal(first.weights[repeat], again.weights[repeat])
    assert len({weights[0].tobytes() for weights in again.weights}) == 5
    assert first.history == ({},) * 3
    drawn = seeds.small_normal(200, 300, seed=0, repeat=1)
    assert drawn.std() == pytest.approx(0.01, rel=0.01)
    assert drawn.mean() == pytest.approx(0, abs=1e-4)
    np.random.seed(3)  # as the guide starts
    guide_OxI = np.random.randn(1, 2) * 0.01
    np.testing.assert_array_equal(seeds.small_normal(2, 1, seed=3, repeat=0), guide_OxI.T)


def test_too_large_a_learning_rate_diverges_and_says_when():
    told = []
    task = make_task("gradient_descent", epochs=5000, learning_rate=50.0, repeats=2)
    fitted = fit([task], told.append)[0]
    for repeat, epoch in enumerate(fitted.diverged_at):
        losses = fitted.history[repeat]["loss"]
        assert epoch is not None
        assert len(losses) == epoch < 5000
        assert np.isfinite(losses[:-1]).all()
        assert (fitted.snapshot_epochs[repeat] <= epoch).all()
    assert sum(told) == 2 * 5000


def test_a_constant_feature_and_a_large_offset_change_nothing():
    task = make_task("gradient_descent", epochs=5, **GUIDE)
    moved = make_task("gradient_descent", epochs=5, **GUIDE)
    moved.x_NxF[:, 0] += 1e7
    np.testing.assert_allclose(
        fit([moved])[0].prediction_RxN, fit([task])[0].prediction_RxN, rtol=1e-6
    )
    moved.x_NxF[:, 0] = 3.0
    assert np.isfinite(fit([moved])[0].prediction_RxN).all()
