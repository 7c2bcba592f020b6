"""Figures of the notebook, rows against scikit-learn's, the sine against numerical integration."""

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


def drawn(spec):
    """X, target and slope as scikit-learn draws them."""
    x_Nx1, target_N, slope = make_regression(
        n_samples=spec.n_samples,
        n_features=1,
        noise=spec.noise,
        bias=spec.bias,
        coef=True,
        random_state=spec.seed,
    )
    return x_Nx1[:, 0], target_N, float(slope)


@pytest.mark.parametrize("name", ["linear", "cubic", "sine"])
def test_the_default_rows_and_slope_are_those_of_scikit_learn_to_the_last_bit(configured, name):
    spec = configured(f"dataset={name}").dataset
    x_N, target_N, slope = drawn(spec)
    assert spec.slope == slope
    dataset = load(spec)
    x1_N = {"linear": x_N, "cubic": x_N**3, "sine": target_N}[name]
    y_N = np.sin(4 * x_N) if name == "sine" else target_N
    np.testing.assert_array_equal(dataset.x_NxF[:, 1], x1_N)
    np.testing.assert_array_equal(dataset.y_N, y_N)


@pytest.mark.parametrize("seed", [0, 1, 42, 2**32 - 1])
@pytest.mark.parametrize("n_samples", [2, 60, 1000])
@pytest.mark.parametrize("noise", [0.0, 3.7])
def test_without_a_slope_all_is_as_scikit_learn_draws_it(configured, seed, n_samples, noise):
    spec = dataclasses.replace(
        configured("dataset=linear").dataset, seed=seed, n_samples=n_samples, noise=noise
    )
    x_N, target_N, slope = drawn(spec)
    free = load(dataclasses.replace(spec, slope=None))
    np.testing.assert_array_equal(free.x_NxF[:, 1], x_N)
    np.testing.assert_array_equal(free.y_N, target_N)
    np.testing.assert_array_equal(free.optimum_N, slope * x_N + spec.bias)
    named = load(dataclasses.replace(spec, slope=slope))
    assert named.fingerprint() == free.fingerprint()


@pytest.mark.parametrize("name", ["linear", "cubic", "sine"])
def test_seed_and_rows_draw_other_rows_of_one_problem(configured, name):
    """What x1 says of y, the Bayes-optimal prediction, is one curve for all of them."""
    spec = configured(f"dataset={name}").dataset
    known = load(dataclasses.replace(spec, n_samples=100_000))
    order_N = np.argsort(known.x_NxF[:, 1])
    curve = known.x_NxF[order_N, 1], known.optimum_N[order_N]
    for seed, n_samples in ((1, 60), (2, 500), (3, 1000)):
        dataset = load(dataclasses.replace(spec, seed=seed, n_samples=n_samples))
        inner_N = np.abs(dataset.x_NxF[:, 1]) < np.quantile(np.abs(known.x_NxF[:, 1]), 0.99)
        there_N = np.interp(dataset.x_NxF[inner_N, 1], *curve)
        np.testing.assert_allclose(
            there_N, dataset.optimum_N[inner_N], atol=1e-3 * np.ptp(curve[1])
        )
        assert dataset.noise_floor == known.noise_floor


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


def sine_spec(configured, **values):
    return dataclasses.replace(configured("dataset=sine").dataset, **values)


def test_sine_optimum_against_integration(configured):
    """E of sin(4X) given x1, integrated over the posterior density of X on a fine grid."""
    spec = sine_spec(configured, bias=7.0)
    dataset = load(spec)
    assert spec.slope == pytest.approx(64.5917, abs=5e-5)
    grid = np.linspace(-8, 8, 20_001)
    x1_N = dataset.x_NxF[:, 1]
    density = stats.norm.pdf(grid) * stats.norm.pdf(
        x1_N[:, None], loc=spec.slope * grid + spec.bias, scale=spec.noise
    )
    density /= density.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(dataset.optimum_N, density @ np.sin(4 * grid), atol=1e-9)


@pytest.mark.parametrize("noise", [1e-3, 1.0, 10.0, 50.0, 1e4])
def test_the_sines_floor_against_integration_over_x_and_noise(configured, noise):
    """The optimum's squared error, integrated over the joint density of X and the noise."""
    spec = sine_spec(configured, noise=noise)
    points_H, weights_H = np.polynomial.hermite_e.hermegauss(180)
    weights_H = weights_H / weights_H.sum()
    x_Hx1, noise_H = points_H[:, None], spec.noise * points_H
    s2 = noise**2 / (noise**2 + spec.slope**2)
    mean_HxH = (1 - s2) * (x_Hx1 + noise_H / spec.slope)
    error_HxH = (np.sin(4 * x_Hx1) - np.exp(-8 * s2) * np.sin(4 * mean_HxH)) ** 2
    expected = float(weights_H @ error_HxH @ weights_H)
    assert load(spec).noise_floor == pytest.approx(expected, rel=1e-6)


def test_the_sines_floor_is_that_of_new_rows_whatever_rows_were_drawn(configured):
    few, many = (load(sine_spec(configured, n_samples=n)) for n in (10, 1_000_000))
    assert few.noise_floor == many.noise_floor == pytest.approx(0.15619, abs=5e-6)
    squared_N = (many.y_N - many.optimum_N) ** 2
    error = squared_N.std() / np.sqrt(len(squared_N))
    assert squared_N.mean() == pytest.approx(many.noise_floor, abs=4 * error)


def test_the_sines_floor_is_that_of_its_own_slope(configured):
    """Slopes that make_regression draws at seeds 1, 2 and 3."""
    for seed, floor in ((1, 0.476), (2, 0.470), (3, 0.499)):
        spec = sine_spec(configured, seed=seed, slope=None)
        assert load(spec).noise_floor == pytest.approx(floor, abs=5e-4)


def test_a_sine_without_slope_and_noise_has_no_feature_to_go_by(configured):
    dataset = load(sine_spec(configured, slope=0.0, noise=0.0, bias=3.0))
    assert (dataset.x_NxF[:, 1] == 3).all()
    assert (dataset.optimum_N == 0).all()
    assert dataset.noise_floor == pytest.approx(0.5)


def test_without_noise_the_optimum_is_the_target(configured):
    for name in ("linear", "cubic", "sine"):
        dataset = load(dataclasses.replace(configured(f"dataset={name}").dataset, noise=0.0))
        np.testing.assert_allclose(dataset.optimum_N, dataset.y_N, atol=1e-9)
        assert dataset.noise_floor == 0
