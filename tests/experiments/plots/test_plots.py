from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from experiments.plots import diagram, pictures, style
from experiments.plots.pictures import by_name, fit, loss_curves
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
    "asked for": ["training.epochs=30", "dataset=tv_marketing"],
    "two features": ["training.epochs=30", "dataset=house_prices"],
}


@pytest.mark.parametrize("name", pictures.names())
@pytest.mark.parametrize("case", [*CASES, "diverged", "every repeat diverged"])
def test_every_picture_draws_every_kind_of_run(configured, name, case):
    repeats = 1 if case == "every repeat diverged" else 2
    overrides = CASES.get(case, ["training.epochs=30", f"training.repeats={repeats}"])
    diverged_at = None if case in CASES else 30
    record, _ = make_record(configured(*overrides), diverged_at)
    picture = pictures.by_name()[name]
    assert picture.caption(record)
    image = rendered(picture.draw(picture.numbers(record)))
    assert image.width > 600
    assert len(np.unique(np.asarray(image).reshape(-1, 4), axis=0)) > 20


def rendered(figure):
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=60)
    return Image.open(stream)


def test_loss_curves_are_the_repeats_and_their_median(configured):
    record, _ = make_record(configured("training.epochs=30", "training.repeats=3"))
    shown = loss_curves.numbers(record)
    assert [curve.name for curve in shown.curves] == ["training", "validation"]
    base = np.geomspace(100, 1, 30)
    np.testing.assert_allclose(shown.curves[0].each_RxE, [base, 2 * base, 3 * base])
    np.testing.assert_allclose(shown.curves[0].median_E, 2 * base)
    bayes = record.metrics.references["bayes"]
    assert shown.references["Bayes-optimal, training rows"] == bayes["train/mse"]
    assert shown.references["Bayes-optimal, validation rows"] == bayes["val/mse"]
    assert record.metrics.noise_floor not in shown.references.values()
    assert f"expected to be {record.metrics.noise_floor:.4g}" in loss_curves.caption(record)
    least_squares = record.metrics.references["least_squares"]["val/mse"]
    assert shown.references["least squares, validation rows"] == least_squares
    assert shown.log_scale


def test_where_the_data_hold_no_noise_the_best_possible_is_zero(configured):
    """And not the 1e-28 that rounding leaves, which would stretch the picture over 30 decades."""
    record, _ = make_record(configured("training.epochs=30", "dataset=linear", "dataset.noise=0"))
    shown = loss_curves.numbers(record)
    assert shown.references["Bayes-optimal, validation rows"] == 0
    assert not shown.log_scale


def test_the_caption_of_the_fit_says_what_the_best_possible_makes_on_these_rows(configured):
    record, _ = make_record(configured("training.epochs=3", "dataset=linear"))
    assert "445.6 on the validation rows" in fit.caption(record)


def test_scale_is_linear_within_a_decade(configured):
    record, _ = make_record(configured("training.epochs=0"))
    assert not loss_curves.numbers(record).log_scale


def test_the_loss_picture_draws_references_as_labelled_lines(configured):
    record, _ = make_record(configured("training.epochs=30"))
    (axes,) = loss_curves.draw(loss_curves.numbers(record)).axes
    labels = [text.get_text().split(":")[0] for text in axes.get_legend().get_texts()]
    names = ("Bayes-optimal", "least squares", "mean predictor")
    assert {f"{name}, validation rows" for name in names} <= set(labels)
    assert "Bayes-optimal, training rows" in labels
    low, high = axes.get_ylim()
    assert low < record.metrics.references["bayes"]["train/mse"] < high
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


def planes(folder, features, ask):
    """Overrides of a dataset with so many features, the third of them twice the second."""
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=30) for name in "abc"}
    columns["d"] = 2 * columns["c"] + 1
    columns["price"] = 1e5 * columns["a"] + 3e4 * columns["b"]
    pd.DataFrame(columns).to_csv(folder / "planes.csv", index=False)
    named = [f"dataset.path={folder / 'planes.csv'}", f"dataset.features=[{','.join(features)}]"]
    return [
        "dataset=csv",
        *named,
        "dataset.target=price",
        f"dataset.ask={ask}",
        "training.epochs=3",
    ]


@pytest.mark.parametrize(
    ("features", "ask", "kind", "titles"),
    [
        ("a", "[1,2]", "curve", ["price against a", "price by row, with each row's error"]),
        (
            "ab",
            "[[1,2],[0,0]]",
            "surface",
            ["price: surface predicted, points given", "Prediction against target"],
        ),
        ("cd", "[[1,3]]", "errors", ["Prediction against target", "Residuals"]),
        ("abc", "[[1,2,3]]", "errors", ["Prediction against target", "Residuals"]),
    ],
)
def test_the_picture_of_the_fit_follows_from_the_features(
    configured, tmp_path, features, ask, kind, titles
):
    record, network = make_record(configured(*planes(tmp_path, features, ask)))
    shown = fit.numbers(record)
    assert shown.kind == kind
    assert shown.features == tuple(features)
    asked_QxK = np.array(eval(ask), dtype=float).reshape(-1, len(features))
    np.testing.assert_array_equal(shown.asked_QxK, asked_QxK)
    np.testing.assert_allclose(shown.answer_Q, np.asarray(network(asked_QxK))[:, 0])
    figure = fit.draw(shown)
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == titles
    rendered(figure)
    stars = [line for axes in figure.axes for line in axes.lines if line.get_marker() == "*"]
    assert stars, "what was asked for is marked"
    assert "asked for" in fit.caption(record)


def test_stars_stand_on_the_prediction_and_say_its_value(configured, tmp_path):
    record, _ = make_record(configured(*planes(tmp_path, "a", "[1,2]")))
    shown = fit.numbers(record)
    left, _ = fit.draw(shown).axes
    (stars,) = [line for line in left.lines if line.get_marker() == "*"]
    np.testing.assert_array_equal(stars.get_xdata(), [1, 2])
    np.testing.assert_array_equal(stars.get_ydata(), shown.answer_Q)
    assert len(left.texts) == 2
    record, _ = make_record(configured(*planes(tmp_path, "a", "[]")))
    assert "asked for" not in fit.caption(record)


def test_predictions_without_bounds_are_left_out(configured, tmp_path):
    record, _ = make_record(configured(*planes(tmp_path, "ab", "[[1,2]]")))
    record.predictions.loc[3, "prediction"] = 1e200
    shown = fit.numbers(record)
    assert shown.kind == "errors"
    assert np.isnan(shown.prediction_N[3])
    figure = fit.draw(shown)
    assert "no finite prediction" in figure.axes[0].get_title(loc="left")
    rendered(figure)


def test_an_svg_has_the_colours_of_the_page_and_no_identifier_twice(configured):
    record, _ = make_record(configured("training.epochs=3", "training.repeats=2"))
    drawn = {}
    for name, picture in by_name().items():
        figure = picture.draw(picture.numbers(record))
        drawn[name] = style.svg(figure, name, "a < b")
        assert drawn[name] == style.svg(figure, name, "a < b")
    page = "".join(drawn.values())
    assert set(re.findall("#[0-9a-f]{6}", page)) <= {"#000000"}
    assert "var(--accent)" in page
    for name, text in drawn.items():
        tree = ElementTree.fromstring(text)
        assert tree.get("aria-label") == "a < b", name
        assert tree.get("width") and tree.get("height")
        assert not tree.findall(".//{*}style")
    identifiers = re.findall(r'\bid="([^"]*)"', page)
    assert len(identifiers) == len(set(identifiers)) > 0
