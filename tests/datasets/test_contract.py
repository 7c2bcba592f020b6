"""What every registered dataset keeps; a new one is tested here without a line of test code.

Data from outside have tests of their own, in `test_csv.py` and `test_openml.py`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from datasets import DATASETS, load


@pytest.fixture(params=sorted(name for name in DATASETS if not DATASETS[name].outside))
def spec(request, configured):
    return configured(f"dataset={request.param}").dataset


def test_config_file_makes_the_dataset_of_its_name(spec):
    dataset = load(spec)
    n_rows, n_features = dataset.x_NxF.shape
    assert dataset.y_N.shape == (n_rows,)
    assert len(dataset.feature_names) == n_features
    assert dataset.x_NxF.dtype == dataset.y_N.dtype == np.float64
    assert np.isfinite(dataset.x_NxF).all()
    assert np.isfinite(dataset.y_N).all()
    assert dataset.description
    assert dataset.target_name not in dataset.feature_names


def test_same_spec_same_data_other_seed_other_data(spec):
    first, again = load(spec), load(spec)
    other = load(dataclasses.replace(spec, seed=spec.seed + 1))
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()


def test_optimum_and_floor_come_together_and_agree(spec):
    dataset = load(dataclasses.replace(spec, n_samples=200_000))
    assert (dataset.optimum_N is None) == (dataset.noise_floor is None)
    if dataset.optimum_N is not None:
        mse = np.mean((dataset.y_N - dataset.optimum_N) ** 2)
        # The squared errors' own standard error gives the tolerance: five of them.
        error = np.std((dataset.y_N - dataset.optimum_N) ** 2) / np.sqrt(len(dataset.y_N))
        assert mse == pytest.approx(dataset.noise_floor, abs=5 * error)


def test_no_smooth_curve_beats_the_optimum(spec):
    """E[y given x1] has the least error: bin means of x1, a rich second estimate, come close."""
    dataset = load(dataclasses.replace(spec, n_samples=200_000))
    if dataset.optimum_N is None:
        return
    order_N = np.argsort(dataset.x_NxF[:, -1])
    y_BxN = dataset.y_N[order_N].reshape(500, -1)
    optimum_BxN = dataset.optimum_N[order_N].reshape(500, -1)
    inner = slice(20, -20)  # the outermost bins are wide
    gap_B = y_BxN.mean(axis=1) - optimum_BxN.mean(axis=1)
    error_B = (y_BxN - optimum_BxN).std(axis=1) / np.sqrt(y_BxN.shape[1])
    assert np.abs(gap_B / error_B)[inner].max() < 5


def test_bias_column_is_a_constant_feature_that_can_be_left_out(spec):
    with_column = load(dataclasses.replace(spec, bias_column=True))
    without = load(dataclasses.replace(spec, bias_column=False))
    assert (with_column.x_NxF[:, 0] == 1).all()
    np.testing.assert_array_equal(with_column.x_NxF[:, 1:], without.x_NxF)
