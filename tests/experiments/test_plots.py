from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from experiments import plots
from experiments.plots import diagram, fit, loss_curves
from tests.experiments.records import make_record

CASES = {
    "repeats": ["training.epochs=30", "training.repeats=3"],
    "one epoch": ["training.epochs=1"],
    "no epochs": ["training.epochs=0"],
    "closed form": ["model=pinv"],
    "no validation": ["training.epochs=30", "split.fraction=0"],
    "shuffled": ["training.epochs=30", "split.how=shuffled"],
    "few rows": [
        "training.epochs=30",
        "dataset=linear",
        "dataset.n_samples=2",
        "split.fraction=0.5",
    ],
    "no noise": ["training.epochs=30", "dataset=linear", "dataset.noise=0"],
    "one feature": ["training.epochs=30", "dataset.bias_column=false"],
}


@pytest.mark.parametrize("name", plots.pictures())
@pytest.mark.parametrize("case", [*CASES, "diverged"])
def test_every_picture_draws_every_kind_of_run(configured, name, case):
    overrides = CASES.get(case, ["training.epochs=30", "training.repeats=2"])
    diverged_at = 30 if case == "diverged" else None
    record, _ = make_record(configured(*overrides), diverged_at)
    picture = plots.pictures()[name]
    assert picture.caption(record)
    image = rendered(picture.draw(picture.numbers(record)))
    assert image.width > 600
    assert len(np.unique(np.asarray(image).reshape(-1, 4), axis=0)) > 20


def rendered(figure):
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=60)
    return Image.open(stream)


def test_loss_curves_are_median_and_range_of_the_repeats(configured):
    record, _ = make_record(configured("training.epochs=30", "training.repeats=3"))
    shown = loss_curves.numbers(record)
    assert [curve.name for curve in shown.curves] == ["training", "validation"]
    base = np.geomspace(100, 1, 30)
    np.testing.assert_allclose(shown.curves[0].low_E, base)
    np.testing.assert_allclose(shown.curves[0].median_E, 2 * base)
    np.testing.assert_allclose(shown.curves[0].high_E, 3 * base)
    assert shown.limits["noise floor"] == record.metrics.noise_floor
    least_squares = record.metrics.limits["least_squares"]["val/mse"]
    assert shown.limits["least squares, validation rows"] == least_squares
    assert shown.log_scale


def test_scale_is_linear_within_a_decade(configured):
    record, _ = make_record(configured("training.epochs=0"))
    assert not loss_curves.numbers(record).log_scale


def test_the_loss_picture_draws_limits_as_labelled_lines(configured):
    record, _ = make_record(configured("training.epochs=30"))
    (axes,) = loss_curves.draw(loss_curves.numbers(record)).axes
    labels = [text.get_text().split(":")[0] for text in axes.get_legend().get_texts()]
    sides = {"least squares, validation rows", "mean predictor, validation rows"}
    assert {"noise floor", *sides} <= set(labels)
    low, high = axes.get_ylim()
    assert low < record.metrics.noise_floor < high
    assert axes.get_xlabel() == "epoch"
    assert axes.get_ylabel() == "mean squared error (log scale)"


def test_fit_shows_the_last_feature_that_varies(configured):
    record, _ = make_record(configured("training.epochs=2", "training.repeats=1"))
    shown = fit.numbers(record)
    assert (shown.feature, shown.target) == ("x1", "y")
    assert shown.validation_N.sum() == 100
    assert (np.diff(shown.x_N[shown.order_N]) >= 0).all()
    np.testing.assert_allclose(shown.prediction_N, shown.optimum_N + 0.1)
    left, right = fit.draw(shown).axes
    assert (left.get_xlabel(), right.get_xlabel()) == ("x1", "row")


def test_curves_break_only_where_a_straight_line_misleads():
    x_N = np.concatenate([np.linspace(0, 1, 50), [4.0, 4.1]])
    assert fit.misleading(x_N, 3 * x_N + 1).tolist() == []
    assert fit.misleading(x_N, np.sin(3 * x_N)).tolist() == [49]


@pytest.fixture
def network(configured):
    return make_record(configured("training.epochs=0", "model.activation=[relu,tanh]"))[1]


def test_boxes_say_what_the_layers_are(network):
    boxes = diagram.numbers(network)
    assert [box.name for box in boxes] == [
        "features",
        "normalization",
        "hidden_1",
        "hidden_2",
        "output",
    ]
    assert boxes[2] == diagram.Box("hidden_1", "Dense", "relu", "(None, 2)", "(None, 5)")
    assert rendered(diagram.draw(boxes)).height > 200


def stand_in_for_dot(tmp_path, monkeypatch, script):
    folder = tmp_path / "bin"
    folder.mkdir()
    if script is not None:
        (folder / "dot").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin" if script else str(folder))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "not installed"),
        ("sleep 30", "did not answer in 0.5 seconds"),
        ("echo no fonts >&2; exit 3", "failed: no fonts"),
        ("echo text", "made no PNG picture"),
    ],
)
def test_dot_that_does_not_work_is_a_reason(network, tmp_path, monkeypatch, script, reason):
    stand_in_for_dot(tmp_path, monkeypatch, script)
    image, said = diagram.with_dot(network, seconds=0.5)
    assert image is None
    assert reason in said


def test_dot_that_is_no_program_is_a_reason(network, tmp_path, monkeypatch):
    (tmp_path / "dot").write_bytes(b"\x00\x01")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "cannot be run" in diagram.with_dot(network)[1]


def test_dot_gets_keras_graph_with_shapes_and_activations(network, tmp_path, monkeypatch):
    script = f"/bin/cat > {tmp_path}/graph.dot; printf '\\211PNG picture'"
    stand_in_for_dot(tmp_path, monkeypatch, script)
    assert diagram.with_dot(network) == (b"\x89PNG picture", "")
    graph = (tmp_path / "graph.dot").read_text()
    for part in ("hidden_1", "relu", "tanh", "(None, 5)", "normalization"):
        assert part in graph
