from __future__ import annotations

import pickle

import numpy as np
import pytest

from datasets import grid, load, varying
from datasets.grid import POINTS, SIDE


def rows(*columns):
    return np.column_stack(columns).astype(float)


def test_one_feature_that_varies_gets_a_line_over_the_data_and_a_tenth_beyond():
    x_N = np.random.default_rng(0).normal(size=90) ** 3  # far tails
    points_GxF = grid(rows(np.full(90, 7.0), x_N))
    assert points_GxF.shape == (POINTS, 2)
    assert (points_GxF[:, 0] == 7).all()
    line_G, room = points_GxF[:, 1], 0.1 * np.ptp(x_N)
    assert (np.diff(line_G) >= 0).all()
    assert line_G[[0, -1]] == pytest.approx([x_N.min() - room, x_N.max() + room])
    # Neither a gap between rows nor where most of them are is left out.
    assert np.diff(line_G).max() < 1.2 * np.ptp(x_N) / 200
    low, high = np.quantile(x_N, [0.25, 0.75])
    assert ((line_G >= low) & (line_G <= high)).sum() > POINTS / 6


def test_two_features_get_a_plane_the_first_changing_slowest():
    points_GxF = grid(rows([0, 1, 4], [5, 5, 5], [3, 0, 2]))
    assert points_GxF.shape == (SIDE**2, 3)
    plane = points_GxF.reshape(SIDE, SIDE, 3)
    assert (plane[..., 1] == 5).all()
    np.testing.assert_allclose(plane[:, 0, 0], np.linspace(-0.4, 4.4, SIDE))
    np.testing.assert_allclose(plane[7, :, 2], np.linspace(-0.3, 3.3, SIDE))


@pytest.mark.parametrize("columns", [0, 3, 4])
def test_none_or_many_that_vary_get_no_points(columns):
    varied = np.random.default_rng(0).normal(size=(6, columns))
    x_NxF = np.column_stack([np.ones(6), varied])
    assert varying(x_NxF).tolist() == [*range(1, columns + 1)]
    assert grid(x_NxF).shape == (0, columns + 1)


@pytest.mark.parametrize("kind", ["linear", "cubic", "sine"])
@pytest.mark.parametrize("bias_column", ["true", "false"])
def test_the_optimum_is_a_function_of_the_features_and_crosses_a_process_border(
    configured, kind, bias_column
):
    dataset = load(configured(f"dataset={kind}", f"dataset.bias_column={bias_column}").dataset)
    again = pickle.loads(pickle.dumps(dataset))
    points_GxF = grid(dataset.x_NxF)
    optimal_G = again.optimum(points_GxF)
    assert optimal_G.shape == (POINTS,)
    order_N = np.argsort(dataset.x_NxF[:, -1])
    near_N = np.interp(dataset.x_NxF[order_N, -1], points_GxF[:, -1], optimal_G)
    np.testing.assert_allclose(
        near_N, dataset.optimum_N[order_N], atol=0.02 * np.ptp(dataset.optimum_N)
    )
