"""One run from config to folder, for every preset."""

from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import pipeline
from experiments import record as records
from experiments.errors import RunError, StorageError

PRESETS = sorted(
    path.stem for path in (Path(__file__).parents[2] / "conf/experiment").glob("*.yaml")
)

FILES = [
    "fit.png",
    "history.csv",
    "loss_curves.png",
    "metrics.json",
    "model.keras",
    "model.png",
    "model.txt",
    "predictions.csv",
    "report.html",
    "run.log",
    "snapshots.npz",
    "status.json",
]
# As the design's table counts them.
PARAMETERS = {
    "linear_untrained": 8,
    "linear_perceptron": 8,
    "sine_linear": 26,
    "sine_deep": 40_806,
    "linear_pinv": 3,
    "linear_svd": 3,
    "linear_sklearn": 3,
}


def two_epochs(configured, preset):
    epochs = configured(f"experiment={preset}").training.epochs
    return configured(f"experiment={preset}", f"training.epochs={min(2, epochs)}")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_leaves_a_whole_folder(configured, tmp_path, preset, capfd):
    config = two_epochs(configured, preset)
    score = pipeline.run(config, tmp_path, [f"experiment={preset}"])
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    assert records.state(tmp_path) == "done"
    record = records.read(tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["parameters"]["total"] == PARAMETERS.get(preset, 56)
    name = "val/mse" if "val/mse" in metrics else "train/mse"
    assert score == metrics[name]["mean"]

    table = record.predictions
    by_hand = ((table["prediction"] - table["y"]) ** 2).groupby(table["split"]).mean()
    assert metrics["train/mse"]["mean"] == pytest.approx(by_hand["train"])
    assert len(record.history) == record.metrics.epochs
    assert record.snapshots.shape == (len(record.snapshot_epochs), len(table))
    np.testing.assert_allclose(record.snapshots[-1], table["prediction"], rtol=1e-5)

    import keras

    model = keras.saving.load_model(tmp_path / "model.keras")
    again = np.asarray(model(table[record.features].to_numpy("float32")))[:, 0]
    np.testing.assert_allclose(again, table["prediction"], rtol=1e-4, atol=1e-4)

    out, err = capfd.readouterr()
    assert f"report: {tmp_path / 'report.html'}" in out
    assert err.count("\n") == 1, "one line before training, and none of TensorFlow's"


def test_presets_are_those_of_the_design(configured):
    """Dataset, layers, learning rate, epochs, validation share and rows of Normalization."""
    said = {}
    for preset in PRESETS:
        config = configured(f"experiment={preset}")
        if config.model.kind == "network":
            layers = " ".join(f"{units}{activation}" for units, activation in config.model.layers)
            spec = config.training
            said[preset] = (
                config.dataset.kind,
                layers,
                spec.learning_rate,
                spec.epochs,
                config.split.fraction,
            )
            assert (spec.optimizer, spec.batch_size, spec.normalize_on) == ("adam", 32, "all")
        else:
            said[preset] = (config.dataset.kind, config.model.kind, config.split.fraction)
    assert said == {
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


def test_same_config_same_numbers(configured, tmp_path):
    config = configured("training.epochs=2", "training.repeats=2")
    for name in ("a", "b"):
        pipeline.run(config, tmp_path / name, [])
    for file in ("history.csv", "predictions.csv", "model.txt"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_repeat_shown_is_the_median_one(configured, tmp_path):
    config = configured("training.epochs=2", "training.repeats=3", "model.depth=1")
    pipeline.run(config, tmp_path, [])
    record = records.read(tmp_path)
    values = record.metrics.scores["val/mse"].values
    assert sorted(values)[1] == values[record.about.shown_repeat]
    table = record.predictions[record.predictions["split"] == "val"]
    shown = float(((table["prediction"] - table["y"]) ** 2).mean())
    assert shown == pytest.approx(values[record.about.shown_repeat])
    assert (table["prediction_std"] > 0).all()


def test_a_diverging_run_still_gets_its_folder(configured, tmp_path, capfd):
    config = configured(
        "dataset=cubic", "training=sgd", "training.learning_rate=1000", "training.epochs=50"
    )
    assert math.isnan(pipeline.run(config, tmp_path, []))
    assert records.state(tmp_path) == "diverged"
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    (epoch,) = records.read(tmp_path).about.diverged_at
    assert f"diverged: repeat 0 at epoch {epoch}" in capfd.readouterr().out
    assert len(pd.read_csv(tmp_path / "history.csv")) == epoch


def test_a_failing_run_is_marked_and_its_traceback_kept(configured, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "fit", lambda tasks, advance: 1 / 0)
    handler = logging.FileHandler(tmp_path / "run.log")
    logging.getLogger().addHandler(handler)
    try:
        with pytest.raises(RunError, match=r"ZeroDivisionError: division by zero; .*run.log"):
            pipeline.run(configured(), tmp_path, [])
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    assert records.state(tmp_path) == "failed"
    assert "Traceback" in (tmp_path / "run.log").read_text()


def test_an_interrupted_run_is_marked(configured, tmp_path, monkeypatch):
    def interrupt(tasks, advance):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "fit", interrupt)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(configured(), tmp_path, [])
    assert records.state(tmp_path) == "interrupted"


def test_a_full_disk_is_a_storage_error(configured, tmp_path, monkeypatch):
    def full(folder, record):
        raise OSError(28, "No space left on device", str(folder / "history.csv"))

    monkeypatch.setattr(records, "write", full)
    with pytest.raises(StorageError, match=r"history\.csv: .*No space left"):
        pipeline.run(configured("training.epochs=0"), tmp_path, [])
    assert records.state(tmp_path) == "failed"


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
