from __future__ import annotations

import numpy as np
import pytest

from experiments.scoring.metrics import METRICS, score
from experiments.scoring.references import BASELINES, least_squares, mean_predictor
from tests.models.tasks import make_task


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_predicts_every_row_from_training_rows_alone(name):
    task = make_task()
    prediction_N = BASELINES[name](task)
    task.y_N[task.validation_V] += 100
    np.testing.assert_array_equal(BASELINES[name](task), prediction_N)
    assert prediction_N.shape == task.y_N.shape


def test_baselines_against_formulas():
    task = make_task()
    assert mean_predictor(task)[0] == task.y_N[:20].mean()
    a_NxK = np.column_stack([np.ones(30), task.x_NxF])
    theta_K = np.linalg.solve(a_NxK[:20].T @ a_NxK[:20], a_NxK[:20].T @ task.y_N[:20])
    np.testing.assert_allclose(least_squares(task), a_NxK @ theta_K)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_zero_at_the_truth_and_positive_off_it(name):
    y_N = np.array([1.0, -2.0, 5.0])
    assert METRICS[name](y_N, y_N) == 0
    assert METRICS[name](y_N, y_N + 1) > 0


def test_scores_are_named_by_split_and_metric():
    task = make_task()
    said = score(task, task.y_N + 2)
    assert {name: said[name] for name in ("train/mse", "val/mse", "all/mse")} == {
        "train/mse": pytest.approx(4),
        "val/mse": pytest.approx(4),
        "all/mse": pytest.approx(4),
    }
    assert not any(name.startswith("val/") for name in score(make_task(validation=0), task.y_N))
