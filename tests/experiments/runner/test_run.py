"""One run from config to folder, for every preset."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from experiments import plots
from experiments.errors import RunError, StorageError
from experiments.runner import run
from experiments.storage import run_folder
from experiments.storage.outcome import Outcome
from models import network as networks
from tests.conftest import ROOT

PRESETS = sorted(path.stem for path in (ROOT / "conf/experiment").glob("*.yaml"))

FILES = sorted([*run_folder.RESULTS, run_folder.LOG, run_folder.STATUS, *plots.picture_files()])
# As the design's table counts them.
PARAMETERS = {
    **dict.fromkeys(["linear_deep_linear", "linear_sigmoid1", "linear_sigmoid2"], 56),
    **dict.fromkeys(["cubic_deep_linear", "cubic_sigmoid1", "cubic_relu1", "cubic_relu2"], 56),
    **dict.fromkeys(["linear_untrained", "linear_perceptron"], 8),
    "sine_linear": 26,
    "sine_sigmoid2": 56,
    "sine_deep": 40_806,
    "tv_marketing": 5,
    "house_prices": 8,
    "house_prices_relu": 3 * 8 + 9 * 8 + 9 + 5,
}


def two_epochs(configured, preset):
    epochs = configured(f"experiment={preset}").training.epochs
    short = [f"training.epochs={min(2, epochs)}", "training.repeats=1"]
    return configured(f"experiment={preset}", *short)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_leaves_a_whole_folder(configured, tmp_path, preset, capfd):
    config = two_epochs(configured, preset)
    outcome = run.run(config, tmp_path, [f"experiment={preset}"])
    out, err = capfd.readouterr()
    assert f"report: {tmp_path / 'report.html'}" in out
    assert err.count("\n") == 1, "one line before training, and none of TensorFlow's"
    assert outcome.state == "done"
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    assert run_folder.state(tmp_path) == "done"
    record = run_folder.read(tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    total = metrics["parameters"]["total"]
    assert total == PARAMETERS.get(preset, total)
    name = "val/mse" if "val/mse" in metrics else "train/mse"
    assert outcome.score == metrics[name]["mean"]

    table = record.predictions
    by_hand = ((table["prediction"] - table["y"]) ** 2).groupby(table["split"]).mean()
    assert metrics["train/mse"]["mean"] == pytest.approx(by_hand["train"])
    assert len(record.history) == record.metrics.epochs
    assert record.snapshots.shape == (len(record.snapshot_epochs), len(table))
    np.testing.assert_allclose(record.snapshots[-1], table["prediction"], rtol=1e-5)

    import keras

    model = keras.saving.load_model(tmp_path / "model.keras")
    if record.grid is not None:
        drawn = record.grid.prediction_RxG[record.about.shown_repeat]
        on_grid = np.asarray(model(record.grid.x_GxF))[:, 0]
        np.testing.assert_allclose(on_grid, drawn, rtol=1e-4, atol=1e-4 * np.ptp(drawn))
    x = table[record.features].to_numpy()
    np.testing.assert_allclose(
        np.asarray(model(x))[:, 0], table["prediction"], rtol=1e-4, atol=1e-4
    )
    assert model.count_params() == total
    assert re.search(rf"Total params: {total:,} ", (tmp_path / "model.txt").read_text())
    loss, mse = model.evaluate(x, table["y"].to_numpy(), verbose=0)
    assert loss == pytest.approx(metrics["all/mse"]["mean"], rel=1e-4)
    assert mse == pytest.approx(loss, rel=1e-6)


# Dataset, layers, learning rate, epochs and validation share of the notebook's presets.
DESIGN = {
    "linear_pinv": ("linear", "pinv", 0),
    "linear_svd": ("linear", "svd", 0),
    "linear_sklearn": ("linear", "linear_regression", 0),
    "linear_untrained": ("linear", "", 0.1, 0, 0.2),
    "linear_perceptron": ("linear", "", 0.1, 1000, 0.2),
    "linear_deep_linear": ("linear", "5linear 5linear", 0.1, 100, 0.2),
    "linear_sigmoid1": ("linear", "5sigmoid 5linear", 0.1, 100, 0.2),
    "linear_sigmoid2": ("linear", "5sigmoid 5sigmoid", 0.1, 500, 0.2),
    "cubic_deep_linear": ("cubic", "5linear 5linear", 0.01, 100, 0.2),
    "cubic_sigmoid1": ("cubic", "5sigmoid 5linear", 0.01, 100, 0.2),
    "cubic_relu1": ("cubic", "5relu 5linear", 0.01, 200, 0.2),
    "cubic_relu2": ("cubic", "5relu 5relu", 0.01, 100, 0.2),
    "sine_linear": ("sine", "5linear", 0.01, 500, 0.2),
    "sine_sigmoid2": ("sine", "5sigmoid 5sigmoid", 0.01, 500, 0.3),
    "sine_deep": (
        "sine",
        "100sigmoid 100sigmoid 100sigmoid 100tanh 100tanh",
        0.01,
        1000,
        0.3,
    ),
}


@pytest.mark.parametrize("preset", DESIGN)
def test_a_preset_is_that_of_the_design(configured, preset):
    config = configured(f"experiment={preset}")
    spec, share = config.training, config.split.fraction
    if config.model.kind != "network":
        assert DESIGN[preset] == (config.dataset.kind, config.model.kind, share)
        return
    layers = " ".join(f"{units}{activation}" for units, activation in config.model.layers)
    found = config.dataset.kind, layers, spec.learning_rate, spec.epochs, share
    assert found == DESIGN[preset]
    assert (spec.optimizer, spec.batch_size, spec.normalize_on) == ("adam", 32, "all")


def test_same_config_same_numbers(configured, tmp_path):
    config = configured("training.epochs=2", "training.repeats=2")
    for name in ("a", "b"):
        run.run(config, tmp_path / name, [])
    for file in ("history.csv", "predictions.csv", "model.txt"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_repeat_shown_is_the_median_one(configured, tmp_path):
    config = configured("training.epochs=2", "training.repeats=3", "model.depth=1")
    run.run(config, tmp_path, [])
    record = run_folder.read(tmp_path)
    values = record.metrics.scores["val/mse"].values
    assert sorted(values)[1] == values[record.about.shown_repeat]
    table = record.predictions[record.predictions["split"] == "val"]
    shown = float(((table["prediction"] - table["y"]) ** 2).mean())
    assert shown == pytest.approx(values[record.about.shown_repeat])
    assert (table["prediction_std"] > 0).all()


def test_a_diverging_run_still_gets_its_folder(configured, tmp_path, capfd):
    config = configured(
        "dataset=cubic",
        "training=sgd",
        "training.learning_rate=1000",
        "training.epochs=50",
        "training.repeats=1",
    )
    outcome = run.run(config, tmp_path, [])
    assert outcome.state == "diverged"
    assert outcome.score is None
    assert run_folder.state(tmp_path) == "diverged"
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    (epoch,) = run_folder.read(tmp_path).about.diverged_at
    assert f"diverged: repeat 0 at epoch {epoch}" in capfd.readouterr().out
    assert len(pd.read_csv(tmp_path / "history.csv")) == epoch


def test_a_loss_that_overflows_scores_nothing_though_predictions_are_finite(configured, tmp_path):
    config = configured(
        "dataset=linear",
        "training=sgd",
        "model.depth=0",
        "training.learning_rate=5",
        "training.epochs=200",
        "training.repeats=1",
    )
    outcome = run.run(config, tmp_path, [])
    assert outcome == Outcome("diverged")
    record = run_folder.read(tmp_path)
    assert np.isfinite(record.predictions["prediction"]).all()
    assert record.metrics.scores["val/mse"].values == (None,)
    assert record.metrics.scores["excess/mse"].mean is None


def test_weights_lost_in_the_last_update_are_a_divergence(configured, tmp_path):
    config = configured(
        "dataset=cubic",
        "dataset.bias=1e6",
        "split.fraction=0",
        "training=sgd",
        "model.depth=6",
        "model.width=50",
        "model.activation=linear",
        "training.learning_rate=1e4",
        "training.epochs=1",
        "training.batch_size=500",
        "training.repeats=1",
    )
    outcome = run.run(config, tmp_path, [])
    record = run_folder.read(tmp_path)
    assert np.isfinite(record.history["loss"]).all()
    assert (outcome.state, record.about.diverged_at) == ("diverged", (1,))


def test_a_run_leaves_other_peoples_files_alone(configured, tmp_path):
    config = configured("model=pinv")
    (tmp_path / "holiday.png").write_text("mine")
    run.run(config, tmp_path, [])
    run.run(config, tmp_path, [])
    assert (tmp_path / "holiday.png").read_text() == "mine"
    assert "holiday.png" not in json.loads((tmp_path / "status.json").read_text())["files"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "fit.png").write_text("mine")
    with pytest.raises(StorageError, match=r"fit\.png: is there already"):
        run.run(config, other, [])
    assert [path.name for path in other.iterdir()] == ["fit.png"]


def test_a_network_that_does_not_predict_what_the_engine_says_is_an_error(
    configured, tmp_path, monkeypatch
):
    predict = networks.predict
    monkeypatch.setattr(networks, "predict", lambda network, x_NxF: predict(network, x_NxF) + 1)
    with pytest.raises(RunError, match="differ from the engine's"):
        run.run(configured("training.epochs=1"), tmp_path, [])


def test_a_failing_run_is_marked_and_its_traceback_kept(configured, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "fit", lambda *told: 1 / 0)
    handler = logging.FileHandler(tmp_path / "run.log")
    logging.getLogger().addHandler(handler)
    try:
        with pytest.raises(RunError, match=r"ZeroDivisionError: division by zero; .*run.log"):
            run.run(configured(), tmp_path, [])
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    assert run_folder.state(tmp_path) == "failed"
    assert "Traceback" in (tmp_path / "run.log").read_text()


def test_an_interrupted_run_is_marked(configured, tmp_path, monkeypatch):
    def interrupt(tasks, advance, *told):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "fit", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run.run(configured(), tmp_path, [])
    assert run_folder.state(tmp_path) == "interrupted"


def test_a_full_disk_is_a_storage_error(configured, tmp_path, monkeypatch):
    def full(folder, record):
        raise OSError(28, "No space left on device", str(folder / "history.csv"))

    monkeypatch.setattr(run_folder, "write", full)
    with pytest.raises(StorageError, match=r"history\.csv: .*No space left"):
        run.run(configured("training.epochs=0"), tmp_path, [])
    assert run_folder.state(tmp_path) == "failed"


def test_library_noise_goes_to_the_log(tmp_path):
    script = f"""
import os, sys
from pathlib import Path
from experiments.terminal import native_noise_to
with native_noise_to(Path({str(tmp_path / "run.log")!r})) as console:
    os.write(2, b"native noise")
    console.print("for people")
print("after", file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "for people\nafter\n"
    assert (tmp_path / "run.log").read_text() == "native noise"


@pytest.mark.parametrize("engine", ["stacked", "keras"])
def test_every_repeat_is_on_the_grid_and_the_shown_one_while_it_learned(
    configured, tmp_path, engine
):
    config = configured("training.epochs=4", "training.repeats=3", f"training.engine={engine}")
    run.run(config, tmp_path, [])
    record = run_folder.read(tmp_path)
    points = len(record.grid.x_GxF)
    assert record.grid.prediction_RxG.shape == (3, points)
    assert len({row.tobytes() for row in record.grid.prediction_RxG}) == 3
    assert record.grid.snapshots_SxG.shape == (len(record.snapshot_epochs), points)
    shown_G = record.grid.prediction_RxG[record.about.shown_repeat]
    np.testing.assert_array_equal(record.grid.snapshots_SxG[-1], shown_G)
    # A row between two points of the grid is predicted between their heights, or close to it.
    table = record.predictions.sort_values("x1")
    between = np.interp(table["x1"], record.grid.x_GxF[:, -1], shown_G)
    np.testing.assert_allclose(between, table["prediction"], atol=0.02 * np.ptp(shown_G) + 1e-6)


def test_over_two_features_every_repeat_is_on_the_plane(configured, tmp_path):
    config = configured("dataset=house_prices", "training.epochs=4", "training.repeats=3")
    run.run(config, tmp_path / "run", [])
    record = run_folder.read(tmp_path / "run")
    assert record.grid.prediction_RxG.shape == (3, 120 * 120)
    assert len({row.tobytes() for row in record.grid.prediction_RxG}) == 3
    assert record.grid.snapshots_SxG is None
    assert record.grid.optimal_G is None


def test_over_three_features_there_is_no_grid(configured, tmp_path):
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 4)), columns=[*"abcy"])
    table.to_csv(tmp_path / "rows.csv", index=False)
    path = tmp_path / "rows.csv"
    words = ["dataset=csv", f"dataset.path={path}", "dataset.features=[a,b,c]", "dataset.target=y"]
    config = configured(*words, "training.epochs=1", "training.repeats=1")
    assert run.run(config, tmp_path / "run", []).state == "done"
    assert run_folder.read(tmp_path / "run").grid is None
    assert not (tmp_path / "run" / run_folder.GRID).exists()
