from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from experiments.record import Grid
from experiments.storage import files, run_folder
from tests.experiments.records import make_record


@pytest.fixture
def record(configured):
    return make_record(configured("training.epochs=7", "training.repeats=3"))[0]


def test_what_is_written_is_what_is_read(record, tmp_path):
    run_folder.start(tmp_path, record.about, [])
    run_folder.write(tmp_path, record)
    again = run_folder.read(tmp_path)
    assert again.about == record.about
    assert again.metrics == record.metrics
    assert again.summary == record.summary
    pd.testing.assert_frame_equal(again.history, record.history.reset_index(drop=True))
    pd.testing.assert_frame_equal(
        again.predictions, record.predictions, check_dtype=False, check_exact=True
    )
    np.testing.assert_array_equal(again.snapshots, record.snapshots)
    np.testing.assert_array_equal(again.snapshot_epochs, record.snapshot_epochs)


@pytest.mark.parametrize("known", [True, False])
def test_a_grid_is_read_as_it_was_written(record, tmp_path, known):
    values_GxF, some = np.linspace(0, 1, 8).reshape(4, 2), np.ones((3, 4), np.float32)
    grid = Grid(values_GxF, some, np.zeros(4), 2 * some[:2]) if known else Grid(values_GxF, some)
    run_folder.start(tmp_path, record.about, [])
    run_folder.write(tmp_path, dataclasses.replace(record, grid=grid))
    again = run_folder.read(tmp_path).grid
    for name, array in vars(grid).items():
        np.testing.assert_array_equal(getattr(again, name), array)
        assert getattr(getattr(again, name), "dtype", None) == getattr(array, "dtype", None)


def test_metrics_json_has_the_keys_of_the_design(record, tmp_path):
    run_folder.write(tmp_path, record)
    tree = json.loads((tmp_path / "metrics.json").read_text())
    required = [
        "train/mse",
        "val/mse",
        "all/mse",
        "excess/mse",
        "references",
        "parameters",
        "epochs",
        "repeats",
        "seconds",
    ]
    assert [name for name in tree if name in required] == required
    assert set(tree["val/mse"]) == {"mean", "std", "typical", "ci95", "values"}
    assert len(tree["val/mse"]["values"]) == 3
    assert set(tree["references"]) >= {"mean_predictor", "least_squares", "bayes", "noise_floor"}
    assert set(tree["references"]["bayes"]) >= {"train/mse", "val/mse", "all/mse"}
    assert set(tree["parameters"]) == {"total", "trainable"}
    assert tree["excess/mse"]["values"] == pytest.approx([0.01, 0.04, 0.09])


def test_tables_have_the_columns_of_the_design(record):
    assert list(record.history) == ["repeat", "epoch", "loss", "val_loss", "mse", "val_mse"]
    assert record.history["epoch"].tolist() == [*range(1, 8)] * 3
    assert list(record.predictions) == [
        "row",
        "split",
        "x0",
        "x1",
        "y",
        "y_optimal",
        "prediction",
        "prediction_mean",
        "prediction_std",
    ]
    # repeats are the optimum plus 0.1, 0.2, 0.3: the shown one is the middle
    off_N = record.predictions["prediction"] - record.predictions["y_optimal"]
    np.testing.assert_allclose(off_N, 0.2)
    np.testing.assert_allclose(record.predictions["prediction_std"], 0.1)


def finished(folder, record):
    run_folder.start(folder, record.about, [])
    run_folder.write(folder, record)
    (folder / "run.log").write_text("trained")
    run_folder.finish(folder, record.about, "done", [])


def test_a_folder_is_done_only_while_every_file_matches(record, tmp_path):
    finished(tmp_path, record)
    assert run_folder.state(tmp_path) == "done"
    path = tmp_path / "history.csv"
    text = path.read_text()
    path.write_text(text.replace("1", "2", 1))  # same size, other content
    assert run_folder.state(tmp_path) == "broken"
    path.write_text(text)
    assert run_folder.state(tmp_path) == "done"
    with (tmp_path / "run.log").open("a") as log:
        log.write("a later line")
    assert run_folder.state(tmp_path) == "done"
    path.unlink()
    assert run_folder.state(tmp_path) == "broken"
    assert run_folder.state(tmp_path, only=["metrics.json"]) == "done"


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"state": "done"}'])
def test_a_folder_without_a_whole_status_is_broken(tmp_path, content):
    if content is not None:
        (tmp_path / "status.json").write_text(content)
    assert run_folder.state(tmp_path) == "broken"


def test_starting_again_drops_what_was_there(record, tmp_path):
    finished(tmp_path, record)
    (tmp_path / "notes.md").write_text("mine")
    run_folder.start(tmp_path, record.about, [])
    assert run_folder.state(tmp_path) == "running"
    kept = ["notes.md", "run.log", "status.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == kept


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), files.replacing(target) as aside:
        aside.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_diverged_numbers_are_null_in_json(configured, tmp_path):
    config = configured("training.epochs=7", "training.repeats=2")
    record, _ = make_record(config, diverged_at=3)
    assert record.state == "diverged"
    run_folder.write(tmp_path, record)
    tree = json.loads((tmp_path / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert tree["val/mse"]["mean"] is None
    assert tree["val/mse"]["values"][1] is None
    assert dataclasses.asdict(record.metrics)["scores"]["val/mse"]["values"][0] is not None


def test_the_score_of_the_numbers_is_their_final_mean(record):
    scores = record.metrics.scores
    assert scores["val/mse"].mean != scores["train/mse"].mean
    without = {name: one for name, one in scores.items() if not name.startswith("val/")}
    for metrics in (record.metrics, dataclasses.replace(record.metrics, scores=without)):
        content = run_folder.metrics_text(metrics).encode()
        assert run_folder.score_of(content) == run_folder.metrics_of(content).final.mean
