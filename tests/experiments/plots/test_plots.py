from __future__ import annotations

import dataclasses
import io
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from experiments.plots import fit_panels, pictures, style
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
    assert image.info["dpi"][0] >= 199.9
    assert image.width > 1400, "wide enough for a slide"
    assert len(np.unique(np.asarray(image))) > 20
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def rendered(figure):
    return Image.open(io.BytesIO(style.png(figure)))


def test_loss_curves_are_those_of_every_repeat_and_one_of_them_is_named(configured):
    record, _ = make_record(configured("training.epochs=30", "training.repeats=3"))
    shown = loss_curves.numbers(record)
    assert [curve.name for curve in shown.curves] == ["training", "validation"]
    base = np.geomspace(100, 1, 30)
    for repeat, line in enumerate(shown.curves[0].lines):
        assert line.repeat == repeat
        np.testing.assert_allclose(line.height_E, (repeat + 1) * base)
    assert record.about.shown_repeat == shown.shown == 1
    assert shown.named == "repeat 1, the median of 3"
    full, others = shown.curves[0].of(1), shown.curves[0].others(1)
    assert [line.repeat for line in (full, *others)] == [1, 0, 2]
    bayes = record.metrics.references["bayes"]
    assert shown.references["Bayes-optimal, training rows"] == bayes["train/mse"]
    assert shown.references["Bayes-optimal, validation rows"] == bayes["val/mse"]
    assert record.metrics.noise_floor not in shown.references.values()
    assert f"expected to be {record.metrics.noise_floor:.4g}" in loss_curves.caption(record)
    least_squares = record.metrics.references["least_squares"]["val/mse"]
    assert shown.references["least squares, validation rows"] == least_squares
    assert shown.log_scale


def test_lines_of_losses_are_the_rows_of_their_repeats_in_whatever_order(configured):
    record, _ = make_record(configured("training.epochs=30", "training.repeats=3"))
    history = record.history
    mixed = history.sort_values("epoch", kind="stable", ascending=False)
    for table in (history, mixed):
        curve = loss_curves.numbers(dataclasses.replace(record, history=table)).curves[0]
        assert [line.repeat for line in curve.lines] == sorted(set(history["repeat"]))
        for line in curve.lines:
            own = table[table["repeat"] == line.repeat]
            np.testing.assert_array_equal(line.epochs_E, own["epoch"])
            np.testing.assert_array_equal(line.height_E, own["mse"])


def test_where_the_data_hold_no_noise_the_best_possible_is_zero(configured):
    """And not the 1e-28 that rounding leaves, which would stretch the picture over 30 decades."""
    record, _ = make_record(configured("training.epochs=30", "dataset=linear", "dataset.noise=0"))
    shown = loss_curves.numbers(record)
    assert shown.references["Bayes-optimal, validation rows"] == 0
    assert not shown.log_scale


def test_the_caption_of_the_fit_says_what_the_best_possible_makes_on_these_rows(configured):
    record, _ = make_record(configured("training.epochs=3", "dataset=linear"))
    caption = fit.caption(record)
    assert "445.6 on the validation rows" in caption
    assert "on new rows 900 is expected" in caption


def test_scale_is_linear_within_a_decade(configured):
    record, _ = make_record(configured("model=pinv"))
    assert not loss_curves.numbers(record).log_scale


def test_the_loss_picture_draws_references_as_labelled_lines(configured):
    record, _ = make_record(configured("training.epochs=30"))
    figure = loss_curves.draw(loss_curves.numbers(record))
    (axes,), (legend,) = figure.axes, figure.legends
    labels = [text.get_text().split(":")[0] for text in legend.get_texts()]
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
    np.testing.assert_allclose(shown.prediction_N, shown.optimum_N + 0.1)
    top, strip = fit.draw(shown).axes
    assert (top.get_ylabel(), strip.get_ylabel()) == ("y", "residual")
    assert strip.get_xlabel() == "x1"
    assert top.get_xlim() == strip.get_xlim()


def test_every_repeat_is_a_curve_on_the_grid_and_fainter_beyond_the_data(configured):
    record, _ = make_record(configured("training.epochs=2", "training.repeats=4"))
    shown, x_G = fit.numbers(record), record.grid.x_GxF[:, 1]
    assert (shown.kind, shown.named) == ("curve", "repeat 1, the median of 4")
    top = fit.draw(shown).axes[0]
    low, high = record.predictions["x1"].min(), record.predictions["x1"].max()
    heights = [*record.grid.prediction_RxG.astype(float), record.grid.optimal_G]
    for height_G in heights:
        inside, beyond = (
            [line for line in top.lines if same(line.get_ydata(), height_G, at_G)]
            for at_G in ((x_G >= low) & (x_G <= high), (x_G < low) | (x_G > high))
        )
        assert len(inside) == len(beyond) == 1
        assert beyond[0].get_alpha() == pytest.approx(fit_panels.FAINTER * inside[0].get_alpha())
    widths = [line.get_linewidth() for line in top.lines]
    assert sorted(widths)[:6] == [0.5] * 6, "three other repeats, in two parts each"
    labels = [text.get_text() for text in fit.draw(shown).legends[0].get_texts()]
    assert {"prediction", "other repeats", "Bayes-optimal"} <= set(labels)


def same(drawn_G, height_G, at_G):
    """Whether a line has these heights at these places; those at the border are in both parts."""
    return np.allclose(drawn_G[at_G], height_G[at_G]) and np.isnan(drawn_G[~at_G]).sum() > 0


def test_a_folder_of_an_earlier_version_has_points_and_says_so(configured):
    record, _ = make_record(configured("training.epochs=2", "training.repeats=2"))
    record = dataclasses.replace(record, grid=None)
    shown = fit.numbers(record)
    assert shown.kind == "dots"
    assert "there is no curve" in fit.caption(record)
    lines = fit.draw(shown).axes[0].lines
    assert {line.get_marker() for line in lines} == {"."}
    assert {line.get_linestyle() for line in lines} == {"None"}


def test_far_tails_are_left_out_and_counted(configured):
    record, _ = make_record(configured("training.epochs=2", "dataset=cubic"))
    shown = fit.numbers(record)
    low, high = shown.window
    x_N = record.predictions["x1"]
    lost = int(((x_N < low) | (x_N > high)).sum())
    assert 0 < lost == sum(fit.outside(shown)) <= 0.02 * len(x_N)
    assert f"{lost} rows of 500 lie outside the picture" in fit.caption(record)
    words = [text.get_text() for text in fit.draw(shown).axes[0].texts]
    assert sum(int(re.search("[0-9]+", text)[0]) for text in words) == lost
    record, _ = make_record(configured("training.epochs=2"))
    assert fit.outside(fit.numbers(record)) == (0, 0)


def test_a_repeat_that_diverged_is_not_drawn_whatever_numbers_it_left(configured):
    record, _ = make_record(configured("training.epochs=9", "training.repeats=1"), diverged_at=7)
    record.predictions["prediction"] = 1e9
    record.grid.prediction_RxG[:] = 1e9
    shown = fit.numbers(record)
    assert not shown.finite
    (top,) = fit.draw(shown).axes
    assert "no finite prediction" in top.get_title(loc="left")
    assert top.get_ylim()[1] < 1e4
    assert "no finite prediction" in fit.caption(record)


def test_the_losses_of_a_diverged_run_are_cut_and_it_says_where_they_end(configured):
    record, _ = make_record(configured("training.epochs=30", "training.repeats=2"), 26)
    record.history.loc[record.history["epoch"] > 20, ["mse", "val_mse"]] = 1e30
    record.history.loc[record.history["epoch"] > 25, ["mse", "val_mse"]] = np.inf
    shown = loss_curves.numbers(record)
    assert (shown.not_finite_at, shown.log_scale) == (26, True)
    assert shown.heights[1] <= loss_curves.CLIP * record.history["mse"].iloc[[0, 30]].max()
    (axes,) = loss_curves.draw(shown).axes
    assert [text.get_text().strip() for text in axes.texts] == ["not finite from epoch 26"]
    assert "no finite number from epoch 26" in loss_curves.caption(record)


def test_losses_of_a_table_are_distances_in_its_units(configured):
    record, _ = make_record(configured("training.epochs=9", "dataset=house_prices"))
    shown = loss_curves.numbers(record)
    assert shown.measure == "root mean squared error"
    line = shown.curves[1].of(record.about.shown_repeat)
    own = record.history[record.history["repeat"] == record.about.shown_repeat]
    np.testing.assert_allclose(line.height_E**2, own["val_mse"])
    known = record.metrics.references["least_squares"]["val/rmse"]
    assert shown.references["least squares, validation rows"] == known


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
    ("features", "ask", "kind", "title"),
    [
        ("a", "[1,2]", "curve", "price against a"),
        ("ab", "[[1,2],[0,0]]", "surface", "price: surface predicted, points given"),
        ("cd", "[[1,3]]", "surface", "price: surface predicted, points given"),
        ("abc", "[[1,2,3]]", "rows", "Target against prediction"),
    ],
)
def test_the_picture_of_the_fit_follows_from_the_features(
    configured, tmp_path, features, ask, kind, title
):
    record, network = make_record(configured(*planes(tmp_path, features, ask)))
    shown = fit.numbers(record)
    assert shown.kind == kind
    assert shown.features == tuple(features)
    asked_QxK = np.array(eval(ask), dtype=float).reshape(-1, len(features))
    np.testing.assert_array_equal(shown.asked_QxK, asked_QxK)
    np.testing.assert_allclose(shown.answer_Q, np.asarray(network(asked_QxK))[:, 0])
    figure = fit.draw(shown)
    top, strip = figure.axes[:2]
    assert top.get_title(loc="left").startswith(title)
    assert strip.get_ylabel() == "residual"
    rendered(figure)
    stars = [line for axes in figure.axes for line in axes.lines if line.get_marker() == "*"]
    assert stars, "what was asked for is marked"
    assert "asked for" in fit.caption(record)


def test_stars_stand_on_the_prediction_and_say_its_value(configured, tmp_path):
    record, _ = make_record(configured(*planes(tmp_path, "a", "[1,2]")))
    shown = fit.numbers(record)
    top, _ = fit.draw(shown).axes
    (stars,) = [line for line in top.lines if line.get_marker() == "*"]
    np.testing.assert_array_equal(stars.get_xdata(), [1, 2])
    np.testing.assert_array_equal(stars.get_ydata(), shown.answer_Q)
    assert len(top.texts) == 2
    record, _ = make_record(configured(*planes(tmp_path, "a", "[]")))
    assert "asked for" not in fit.caption(record)


def test_predictions_without_bounds_are_left_out(configured, tmp_path):
    record, _ = make_record(configured(*planes(tmp_path, "ab", "[[1,2]]")))
    record.predictions.loc[3, "prediction"] = 1e200
    shown = fit.numbers(record)
    assert shown.kind == "rows"
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
