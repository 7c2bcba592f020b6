from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.scoring import summarize
from experiments.scoring.references import NEIGHBOURS, REFERENCES, least_squares, mean_predictor
from models import Rows
from tests.models.tasks import make_task


def rows_of(task, optimum_N=None):
    return Rows(task.x_NxF, task.y_N, task.train_T, task.validation_V, optimum_N)


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_predicts_every_row_from_training_rows_alone(name):
    task = make_task()
    rows = rows_of(task, optimum_N=np.arange(30.0))
    prediction_N = REFERENCES[name].predict(rows).copy()
    rows.y_N[task.validation_V] += 100
    np.testing.assert_array_equal(REFERENCES[name].predict(rows), prediction_N)
    assert prediction_N.shape == task.y_N.shape
    assert np.isfinite(prediction_N).all()


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_copes_with_one_training_row_and_features_that_do_not_vary(name):
    x_NxF, y_N = np.ones((3, 2)), np.array([4.0, 5.0, 6.0])
    rows = Rows(x_NxF, y_N, np.array([0]), np.array([1, 2]), np.full(3, 4.0))
    np.testing.assert_allclose(REFERENCES[name].predict(rows), 4.0)


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_has_its_words(name):
    reference = REFERENCES[name]
    assert reference.title
    assert reference.error
    assert reference.meaning.endswith(".")


def test_only_the_optimum_can_be_unknown():
    rows = rows_of(make_task())
    unknown = [name for name, one in REFERENCES.items() if one.predict(rows) is None]
    assert unknown == ["bayes"]


def test_the_mean_and_the_line_against_formulas():
    task = make_task()
    rows = rows_of(task)
    assert mean_predictor(rows)[0] == task.y_N[:20].mean()
    a_NxK = np.column_stack([np.ones(30), task.x_NxF])
    theta_K = np.linalg.solve(a_NxK[:20].T @ a_NxK[:20], a_NxK[:20].T @ task.y_N[:20])
    np.testing.assert_allclose(least_squares(rows), a_NxK @ theta_K)


def test_the_nearest_neighbours_are_those_of_scikit_learn():
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.preprocessing import StandardScaler

    task = make_task(rows=60)
    scaler = StandardScaler().fit(task.x_NxF[task.train_T])
    theirs = KNeighborsRegressor(NEIGHBOURS)
    theirs.fit(scaler.transform(task.x_NxF[task.train_T]), task.y_N[task.train_T])
    ours_N = REFERENCES["nearest_neighbours"].predict(rows_of(task))
    np.testing.assert_allclose(ours_N, theirs.predict(scaler.transform(task.x_NxF)))


def test_what_needs_no_training_is_computed_once_for_the_same_rows_alone(monkeypatch):
    task = make_task(data_seed=77)
    seen = rows_of(task)
    first = summarize._without_training([seen])
    monkeypatch.setattr(
        summarize, "_references", lambda distinct: {"counted": {"rows": len(distinct)}}
    )
    first.references["mean_predictor"].clear()  # who got them may do what they like
    assert summarize._without_training([seen]).references["mean_predictor"]
    changes = {"y_N": task.y_N + 1, "x_NxF": task.x_NxF * 2, "optimum_N": task.y_N}
    swapped = {"train_T": task.validation_V, "validation_V": task.train_T}
    for changed in ({name: array} for name, array in changes.items()):
        again = summarize._without_training([replace(seen, **changed)])
        assert again.references == {"counted": {"rows": 1}}
    for others in ([replace(seen, **swapped)], [seen, seen]):
        counted = {"counted": {"rows": len(others)}}
        assert summarize._without_training(others).references == counted
