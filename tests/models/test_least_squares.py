from __future__ import annotations

import numpy as np
import pytest

from datasets import load
from models import fit
from models.kinds.least_squares import SOLVERS, solve
from tests.models.tasks import make_task


@pytest.mark.parametrize("method", SOLVERS)
def test_the_notebooks_theta(configured, method):
    dataset = load(configured("dataset=linear").dataset)
    coefficients_F, intercept = solve(dataset.x_NxF, dataset.y_N, method)
    assert [intercept, coefficients_F[1]] == pytest.approx([103.49534596, 49.82930935], abs=5e-9)
    assert coefficients_F[0] == 0


@pytest.mark.parametrize("features", [1, 3])
@pytest.mark.parametrize("shift", [0.0, 1e4, -1e8])
def test_all_routes_agree_and_solve_the_normal_equations(features, shift):
    rng = np.random.default_rng(3)
    x_NxF = rng.normal(size=(50, features)) + shift
    y_N = rng.normal(size=50)
    predictions = []
    for method in SOLVERS:
        coefficients_F, intercept = solve(x_NxF, y_N, method)
        predictions.append(x_NxF @ coefficients_F + intercept)
    for prediction_N in predictions:
        np.testing.assert_allclose(prediction_N, predictions[0], atol=1e-9 + abs(shift) * 1e-15)
    residual_N = y_N - predictions[0]
    tolerance = 1e-9 + abs(shift) * 1e-13
    assert abs(residual_N.sum()) < tolerance
    assert np.abs((x_NxF - x_NxF.mean(axis=0)).T @ residual_N).max() < tolerance


def test_constant_features_leave_the_mean():
    for method in SOLVERS:
        coefficients_F, intercept = solve(np.ones((4, 2)), np.array([1.0, 2.0, 3.0, 6.0]), method)
        assert coefficients_F.tolist() == [0, 0]
        assert intercept == pytest.approx(3)


def test_fit_uses_training_rows_only():
    task = make_task("svd")
    fitted = fit([task])[0]
    a_TxK = np.column_stack([np.ones(20), task.x_NxF[:20]])
    theta_K = np.linalg.lstsq(a_TxK, task.y_N[:20])[0]
    expected_N = np.column_stack([np.ones(30), task.x_NxF]) @ theta_K
    np.testing.assert_allclose(fitted.prediction_RxN[0], expected_N, atol=1e-9)
    assert fitted.history == ({},)
