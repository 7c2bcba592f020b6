"""Every metric, and what is shown of it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from experiments.scoring.metrics import METRICS, PRIMARY, SPLITS, score
from experiments.scoring.repeats import spread
from tests.models.tasks import make_task

THEIRS = {
    "mse": sklearn_metrics.mean_squared_error,
    "rmse": sklearn_metrics.root_mean_squared_error,
    "mae": sklearn_metrics.mean_absolute_error,
    "r2": sklearn_metrics.r2_score,
}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_best_at_the_truth_and_worse_the_farther_it_is(name):
    y_N = np.array([1.0, -2.0, 5.0])
    values = [METRICS[name].of(y_N, y_N + off) for off in (0.0, 1.0, 2.0)]
    sign = 1 if METRICS[name].best == "lowest" else -1
    assert list(np.sort(values)[::sign]) == values
    assert len(set(values)) == 3
    assert values[0] == (0 if sign == 1 else 1)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_no_number_of_predictions_that_are_none(name):
    y_N = np.array([1.0, 2.0])
    assert not np.isfinite(METRICS[name].of(y_N, np.array([1.0, np.nan])))


@pytest.mark.parametrize("name", sorted(METRICS.keys() & THEIRS))
def test_a_metric_is_that_of_scikit_learn(name):
    rng = np.random.default_rng(0)
    y_N, prediction_N = rng.normal(size=(2, 50))
    assert METRICS[name].of(y_N, prediction_N) == pytest.approx(THEIRS[name](y_N, prediction_N))


def test_a_target_that_does_not_vary_is_explained_or_not():
    y_N = np.ones(4)
    assert METRICS["r2"].of(y_N, y_N) == 1
    assert METRICS["r2"].of(y_N, y_N + 1) == 0


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_has_its_words(name):
    metric = METRICS[name]
    assert all([metric.title, metric.short, metric.unit])
    assert metric.meaning.endswith(".")


def test_scores_are_named_by_split_and_metric():
    task = make_task()
    found = score(task, task.y_N + 2)
    assert found.keys() == {f"{split}/{name}" for split in SPLITS for name in METRICS}
    assert [found[f"{split}/{PRIMARY}"] for split in SPLITS] == [pytest.approx(4)] * 3
    assert not any(name.startswith("val/") for name in score(make_task(validation=0), task.y_N))


def test_only_errors_have_a_geometric_mean():
    assert spread([0.5, 0.7], best="highest").typical is None
    assert spread([-0.5, 0.7], best="highest").mean == pytest.approx(0.1)
    assert spread([-0.5, 0.7], best="highest").std == pytest.approx(np.std([-0.5, 0.7], ddof=1))
    assert spread([0.5, 0.7]).typical == pytest.approx(np.sqrt(0.35))
