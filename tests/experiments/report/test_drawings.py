"""What a run's page draws itself, as numbers: slider, residuals, repeats, hidden units, ticks."""

from __future__ import annotations

import dataclasses
import json
import re
import time

import keras
import numpy as np
import pandas as pd
import pytest

from experiments.plots.pictures import loss_curves
from experiments.report import drawings
from experiments.report.chart_data import spread_out
from experiments.report.drawings import growth, losses, paths, svg, units
from experiments.report.run_page import render
from experiments.text import number, on_axis
from models.activations import ACTIVATIONS
from tests.experiments.records import make_record


@pytest.fixture
def made(configured):
    return make_record(configured("training.epochs=7", "training.repeats=3"))


def test_the_slider_shows_every_recorded_epoch_and_the_last_without_javascript(made):
    record, _ = made
    shown = growth.growing(record)
    assert shown.kind == "curve"
    assert shown.epochs == record.snapshot_epochs.tolist()
    assert len(shown.frames) == len(shown.epochs)
    assert sum(len(side.x) for side in shown.sides) == shown.drawn <= growth.DRAWN_ROWS
    last = shown.frame.up(record.grid.snapshots_SxG[-1].astype(float))
    assert set(shown.frames[-1]) <= set(last)
    assert len(shown.frames[-1]) == len(shown.x) == growth.GROWTH_PLACES
    text = render(record, {}, has_diagram=False, drawn=drawings.Drawings(growth=shown))
    assert f'class="prediction" d="{shown.final.inside}"' in text
    assert 'class="tools slider" hidden' in text
    data = json.loads(re.search(r'id="growth-data">(.*?)</script>', text)[1])
    assert data == json.loads(shown.data)
    assert data["frames"] == shown.frames.tolist()
    assert data["x"] == shown.x.tolist()
    assert data["epochs"] == shown.epochs
    assert tuple(data["inside"]) == shown.inside
    assert tuple(data["toStrip"]) == shown.to_strip
    for given, side in zip(data["sides"], shown.sides, strict=True):
        assert given == {"role": side.role, "x": side.x.tolist(), "y": side.y.tolist()}


@pytest.mark.parametrize("kind", ["curve", "rows", "dots"])
def test_a_residual_stands_where_target_and_prediction_say(made, kind):
    record, _ = made
    if kind == "rows":
        x0 = np.random.default_rng(0).normal(size=(2, len(record.predictions)))
        table = record.predictions.assign(x0=x0[0], x2=x0[1])
        data = {**record.about.data, "features": ["x0", "x1", "x2"]}
        about = dataclasses.replace(record.about, data=data)
        record = dataclasses.replace(record, predictions=table, about=about)
    if kind != "curve":
        record = dataclasses.replace(record, grid=None)
    shown = growth.growing(record)
    assert shown.kind == kind
    c0, c1, c2 = shown.to_strip
    for y, prediction in ((0.3, -0.2), (-0.9, 0.4)):
        (target,) = shown.frame.up(np.array([y]))
        place = shown.frame.across if kind == "rows" else shown.frame.up
        (at,) = place(np.array([prediction]))
        (wanted,) = shown.strip.up(np.array([y - prediction]))
        assert c0 + c1 * target + c2 * at == pytest.approx(wanted, abs=0.3)


def test_over_several_features_rows_move_towards_their_targets(configured):
    record, _ = make_record(configured("training.epochs=2", "dataset=house_prices"))
    shown = growth.growing(record)
    assert (shown.kind, shown.x_name, shown.y_name) == ("rows", "prediction", "SalePrice")
    rows = [row for side in shown.sides for row in side.y]
    assert len(rows) == shown.drawn == len(shown.frames[0]) == len(shown.frames[-1])
    known = shown.frame.across(record.snapshots[-1].astype(float))
    assert set(shown.frames[-1]) <= set(known)


def test_a_prediction_that_is_no_number_leaves_its_frame_empty(made):
    record, _ = made
    snapshots = record.grid.snapshots_SxG.copy()
    snapshots[-1] = np.nan
    grid = dataclasses.replace(record.grid, snapshots_SxG=snapshots)
    shown = growth.growing(dataclasses.replace(record, grid=grid))
    assert np.isfinite(shown.frames[0]).all()
    assert set(json.loads(shown.data)["frames"][-1]) == {None}


def test_every_repeat_is_a_dot_and_the_shown_one_is_named(made):
    record, network = made
    drawn = drawings.page_drawings(record, network)
    assert drawn.repeats.dots.count("h0") == record.metrics.repeats - 1
    text = render(record, {}, has_diagram=False, drawn=drawn)
    assert f">repeat {record.about.shown_repeat}</text>" in text
    places = [mark.place for mark in drawn.repeats.marks]
    frame = drawn.repeats.frame
    assert all(frame.box.left <= place <= frame.box.right for place in places)


def test_hidden_units_are_those_of_the_network(made):
    record, network = made
    drawn = units.unit_pictures(record, network)
    assert [(p.name, p.activation, p.units) for p in drawn] == [
        ("hidden 1", "sigmoid", 5),
        ("hidden 2", "sigmoid", 5),
    ]
    table = record.predictions
    x_G = np.linspace(table.x1.min(), table.x1.max(), units.UNIT_PLACES)
    features = np.stack([np.ones_like(x_G), x_G], axis=1).astype(np.float32)
    inner = keras.Sequential(network.layers[:-1])
    outputs_GxU = np.asarray(inner(features), dtype=float)
    frame = drawn[1].frame
    for unit in range(5):
        expected = paths.path(frame.across(x_G), frame.up(outputs_GxU[:, unit]))
        assert drawn[1].paths[unit] == expected
    text = render(record, {}, has_diagram=False, drawn=drawings.Drawings(units=tuple(drawn)))
    assert text.count('class="unit"') == 10


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_layers_put_out_what_keras_makes_of_them(configured, activation):
    config = configured("model.depth=1", f"model.activation={activation}", "training.epochs=2")
    _, network = make_record(config)
    _, hidden, _ = network.layers
    hidden.set_weights([3 * weights - 0.5 for weights in hidden.get_weights()])
    signal_GxF = np.random.default_rng(0).normal(scale=3, size=(200, 2))
    out_GxU = units._activated(hidden, signal_GxF)
    assert out_GxU.dtype == np.float32
    np.testing.assert_allclose(out_GxU, np.asarray(hidden(signal_GxF)), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("rows", ["none", "train", "all"])
def test_features_are_normalized_as_keras_does_it(configured, rows):
    config = configured(f"training.normalize_on={rows}", "training.epochs=2")
    _, network = make_record(config)
    x_GxF = np.random.default_rng(0).normal(scale=9, size=(200, 2)).astype(np.float32)
    expected = np.asarray(network.layers[0](x_GxF))
    np.testing.assert_array_equal(units._as_normalized(network.layers[0], x_GxF), expected)


@pytest.mark.parametrize("value", [np.inf, np.nan, 3e38])
def test_units_of_weights_that_are_no_numbers_are_not_drawn(configured, value):
    record, network = make_record(configured("model.activation=linear", "training.epochs=2"))
    first, second = network.layers[1:3]
    second.set_weights([np.full_like(weights, value) for weights in second.get_weights()])
    assert [drawn.name for drawn in units.unit_pictures(record, network)] == ["hidden 1"]
    first.set_weights([np.full_like(weights, value) for weights in first.get_weights()])
    assert units.unit_pictures(record, network) == []


def test_of_a_wide_layer_some_units_are_drawn_and_the_page_says_so(configured):
    record, network = make_record(
        configured("model.width=100", "model.depth=1", "training.epochs=2")
    )
    (picture,) = units.unit_pictures(record, network)
    assert (picture.units, len(picture.paths)) == (100, units.UNITS)
    assert "20 of its 100 units" in render(
        record, {}, has_diagram=False, drawn=drawings.Drawings(units=(picture,))
    )


def test_what_the_page_draws_costs_little(made):
    record, network = made
    render(record, {}, has_diagram=False, drawn=drawings.page_drawings(record, network))
    started = time.process_time()
    render(record, {}, has_diagram=False, drawn=drawings.page_drawings(record, network))
    assert time.process_time() - started < 0.25  # a few hundredths, on any machine


def test_ticks_are_round_numbers():
    assert svg.round_ticks(-1.3, 1.2) == [-1, -0.5, 0, 0.5, 1]
    assert svg.round_ticks(0, 1234) == [0, 500, 1000]
    assert svg.decades(0.8, 30) == [1, 2, 5, 10, 20]
    assert svg.decades(1e-3, 1e6) == pytest.approx([1e-3, 1e-1, 1e1, 1e3, 1e5])


def test_numbers_are_written_out():
    known = {1.966e9: "1,966,000,000", 44_321: "44,320", 763.04: "763", 0.15619: "0.1562"}
    known |= {1.234e-5: "0.00001234", 1.2e-9: "1.2 × 10⁻⁹", float("nan"): "–", None: "–"}
    assert {value: number(value) for value in known} == known
    assert number(1234.5, 2) == "1200"
    assert on_axis([0, 5e4, 1.5e5]) == ["0", "50k", "150k"]
    assert on_axis([-2e6, 0, 2.5e6]) == ["−2M", "0", "2.5M"]
    assert on_axis([0, 0.5, 1]) == ["0", "0.5", "1"]


def test_lines_of_the_losses_are_those_of_the_history(made):
    record, _ = made
    history = record.history.sample(frac=1, random_state=0).sort_values("epoch", kind="stable")
    history.loc[history["epoch"] == 3, "mse"] = np.nan
    record = dataclasses.replace(record, history=history)
    shown = loss_curves.numbers(record)
    training = shown.curves[0]
    assert [line.repeat for line in training.lines] == [0, 1, 2]
    for line in training.lines:
        rows = history[(history["repeat"] == line.repeat) & history["mse"].notna()]
        np.testing.assert_array_equal(line.epochs_E, rows["epoch"])
        np.testing.assert_array_equal(line.height_E, rows["mse"])
    frame = losses.loss_chart(record).frame
    one_by_one = [
        paths.thin(frame.across(line.epochs_E), frame.up(line.height_E))
        for line in training.others(shown.shown)
    ]
    assert len(one_by_one) == 2
    assert losses.loss_chart(record).sides[0].others == "".join(one_by_one)


def test_what_is_kept_is_spread_out_evenly():
    for count in range(200):
        for wanted in (2, 3, 7, 40, 100, 199, 500):
            ends = np.linspace(0, count - 1, min(count, wanted))
            assert spread_out(count, wanted).tolist() == np.unique(ends.round()).tolist()


@pytest.mark.parametrize(
    "column", [[1, 1, 2], [1, 1, 1], [1, np.nan, 1], [np.nan] * 3, [np.inf, 1, 1], [-0.0, 0.0, 0]]
)
def test_a_feature_varies_where_it_has_two_values(made, column):
    record, _ = made
    table = pd.DataFrame({"x0": [1.0, 2, 3], "x1": np.array(column, dtype=float)})
    varying = dataclasses.replace(record, predictions=table).varying
    assert varying == tuple(name for name in ("x0", "x1") if table[name].nunique() > 1)
