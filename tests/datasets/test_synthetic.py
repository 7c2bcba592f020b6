"""Figures of the notebook, and the sine's optimum against numerical integration."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_regression

from datasets import load


@pytest.mark.parametrize(
    ("name", "rows", "optimum_mse"),
    [("linear", 100, 763.0), ("cubic", 500, 396.5), ("sine", 500, 0.1566)],
)
def test_rows_and_optimum_of_the_default(configured, name, rows, optimum_mse):
    dataset = load(configured(f"dataset={name}").dataset)
    assert dataset.x_NxF.shape == (rows, 2)
    mse = np.mean((dataset.y_N - dataset.optimum_N) ** 2)
    assert float(f"{mse:.4g}") == optimum_mse


def test_linear_slope(configured):
    dataset = load(configured("dataset=linear").dataset)
    slope, bias = np.polyfit(dataset.x_NxF[:, 1], dataset.optimum_N, 1)
    assert slope == pytest.approx(41.7411, abs=5e-5)
    assert bias == pytest.approx(100)
    assert dataset.noise_floor == 900


def test_cubic_first_rows_and_slope(configured):
    dataset = load(configured("dataset=cubic").dataset)
    expected = [
        (-0.528099, 57.401862),
        (0.000913, 102.950676),
        (0.105983, 123.553604),
        (-3.232089, -9.967066),
        (-0.057206, 77.788884),
    ]
    rows = np.column_stack([dataset.x_NxF[:5, 1], dataset.y_N[:5]])
    np.testing.assert_allclose(rows, expected, atol=5e-7)
    slope, _ = np.polyfit(np.cbrt(dataset.x_NxF[:, 1]), dataset.optimum_N, 1)
    assert slope == pytest.approx(64.5917, abs=5e-5)


def test_sine_optimum_and_floor_against_integration(configured):
    """E and Var of sin(4X) given x1, integrated over the posterior density of X on a fine grid."""
    spec = dataclasses.replace(configured("dataset=sine").dataset, bias=7.0)
    dataset = load(spec)
    coef = make_regression(n_samples=500, n_features=1, coef=True, random_state=42)[2]
    assert coef == pytest.approx(64.5917, abs=5e-5)
    grid = np.linspace(-8, 8, 20_001)
    x1_N = dataset.x_NxF[:, 1]
    density = stats.norm.pdf(grid) * stats.norm.pdf(
        x1_N[:, None], loc=coef * grid + spec.bias, scale=spec.noise
    )
    density /= density.sum(axis=1, keepdims=True)
    mean_N = density @ np.sin(4 * grid)
    variance_N = density @ np.sin(4 * grid) ** 2 - mean_N**2
    np.testing.assert_allclose(dataset.optimum_N, mean_N, atol=1e-9)
    assert dataset.noise_floor == pytest.approx(variance_N.mean(), abs=1e-9)


def test_without_noise_the_optimum_is_the_target(configured):
    for name in ("linear", "cubic", "sine"):
        dataset = load(dataclasses.replace(configured(f"dataset={name}").dataset, noise=0.0))
        np.testing.assert_allclose(dataset.optimum_N, dataset.y_N, atol=1e-9)
        assert dataset.noise_floor == pytest.approx(0, abs=1e-12)
