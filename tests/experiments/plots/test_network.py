"""network.png: the weights of the saved network as lines."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D

from experiments import plots, report
from experiments.plots import network, network_drawing, network_layout, network_legend, style
from experiments.plots.network import DEEP, DEEP_ENDS, WIDE_ENDS, WIDE_LAYER, DenseLayer
from experiments.plots.network_svg import network_svg
from tests.experiments.records import make_record


def dense(*sizes, activation="relu", seed=0):
    """Layers with random weights: inputs, units of each hidden layer, output."""
    rng = np.random.default_rng(seed)
    named = [*(f"hidden {k}" for k in range(1, len(sizes) - 1)), "output"]
    return [
        DenseLayer(name, activation, rng.normal(size=(n, units)), rng.normal(size=units))
        for name, n, units in zip(named, sizes[:-1], sizes[1:], strict=True)
    ]


def found(layers, target="y"):
    features = [f"x{k}" for k in range(layers[0].w_IxU.shape[0])]
    return network.numbers(layers, features, target)


def words(figure):
    (drawn,) = figure.findobj(network_drawing.WordsOnFigure)
    return [words.text for words in drawn.words]


def test_every_weight_of_a_small_network_is_a_line():
    layers = dense(2, 3, 1)
    shown = found(layers)
    assert [len(column.places) for column in shown.columns] == [2, 3, 1]
    assert [column.names for column in shown.columns] == [("x0", "x1"), (), ("y",)]
    for layer, lines in zip(layers, shown.lines, strict=True):
        assert not lines.band_L.any()
        np.testing.assert_array_equal(
            lines.weight_L, layer.w_IxU[lines.start_L, lines.stop_L], strict=True
        )
        assert lines.largest == np.abs(layer.w_IxU).max()
        np.testing.assert_allclose(lines.share_L, np.abs(lines.weight_L) / lines.largest)
        assert lines.share_L.max() == 1
    np.testing.assert_allclose(shown.columns[1].bias_S, layers[0].b_U / np.abs(layers[0].b_U).max())
    weights = np.concatenate([layer.w_IxU.ravel() for layer in layers])
    assert (shown.positive, shown.negative) == ((weights > 0).sum(), (weights < 0).sum())
    assert (shown.lost, shown.total) == (0, 2 * 3 + 3 + 3 + 1)


def test_a_line_leads_straight_from_the_inputs_to_the_output():
    layer = DenseLayer("output", "linear", np.array([[3.0], [-1.5]]), np.array([100.0]))
    shown = network.numbers([layer], ["x0", "x1"], "y")
    (lines,) = shown.lines
    assert lines.weight_L.tolist() == [3, -1.5]
    assert lines.share_L.tolist() == [1, 0.5]
    assert "no hidden layer" in network_legend.in_words(shown)


def test_what_is_between_the_ends_of_a_wide_layer_is_a_band():
    assert [place.band for place in found(dense(2, WIDE_LAYER, 1)).columns[1].places] == [
        False
    ] * WIDE_LAYER
    layers = dense(2, WIDE_LAYER + 1, 1)
    shown = found(layers)
    places = shown.columns[1].places
    (band,) = [at for at, place in enumerate(places) if place.band]
    assert band == WIDE_ENDS
    assert [unit for place in places for unit in place.units] == list(range(WIDE_LAYER + 1))
    into = shown.lines[0]
    chosen = into.stop_L == band
    assert into.band_L.tolist() == chosen.tolist()
    units = places[band].units
    np.testing.assert_allclose(
        into.weight_L[chosen], np.abs(layers[0].w_IxU[:, units]).mean(axis=1)
    )
    out = shown.lines[1]
    np.testing.assert_allclose(
        out.weight_L[out.start_L == band], np.abs(layers[1].w_IxU[units]).mean()
    )
    assert "Shaded" in network_legend.caption(shown, 0, 1)
    assert f"{len(units)}\nmore" in words(network_drawing.draw(shown))


def test_the_middle_of_a_deep_network_is_folded_and_said_in_words():
    assert len(found(dense(2, *[5] * DEEP, 1)).columns) == DEEP + 2
    layers = dense(2, *[5] * 100, 1, activation="tanh")
    shown = found(layers)
    named = [column.words[0] for column in shown.columns if not column.folded]
    ends = [*range(1, DEEP_ENDS + 1), *range(101 - DEEP_ENDS, 101)]
    assert named == ["inputs", *(f"hidden {k}" for k in ends), "output"]
    (fold,) = [at for at, column in enumerate(shown.columns) if column.folded]
    assert shown.columns[fold].folded == f"{100 - 2 * DEEP_ENDS} more layers of 5 tanh"
    into, out = shown.lines[fold - 1], shown.lines[fold]
    np.testing.assert_allclose(into.weight_L, np.abs(layers[DEEP_ENDS].w_IxU).mean(axis=1))
    np.testing.assert_allclose(out.weight_L, np.abs(layers[100 - DEEP_ENDS].w_IxU).mean(axis=0))
    np.testing.assert_allclose(
        shown.lines[fold + 1].largest, np.abs(layers[101 - DEEP_ENDS].w_IxU).max()
    )
    assert shown.columns[fold].folded in network_legend.in_words(shown)
    assert shown.columns[fold].folded in words(network_drawing.draw(shown))


def test_folded_layers_of_several_kinds_are_named_by_their_range():
    layers = dense(2, *[3, 4] * 6, 1)
    (fold,) = [column.folded for column in found(layers).columns if column.folded]
    assert fold == f"{12 - 2 * DEEP_ENDS} more layers of 3 to 4 relu"


def test_units_without_weights_are_told_apart():
    layers = dense(2, 8, 8, 1)
    layers[0].w_IxU[:, 2] = 0
    layers[1].w_IxU[5] = 0
    layers[1].b_U[:] = 0
    shown = found(layers)
    assert np.flatnonzero(shown.columns[1].unused_S).tolist() == [2, 5]
    assert not shown.columns[2].unused_S.any()
    assert (shown.columns[2].bias_S == 0).all()
    assert (shown.lines[0].share_L[shown.lines[0].stop_L == 2] == 0).all()
    assert "2 have no weight in or none out" in network_legend.in_words(shown)
    assert any("none out" in text for text in words(network_drawing.draw(shown)))
    assert not any("none out" in text for text in words(network_drawing.draw(found(dense(2, 1)))))


def test_relu_units_that_are_0_on_every_row_are_crossed_out(configured):
    record, keras_network = make_record(
        configured("training.epochs=0", "model.width=[20,4]", "model.activation=[relu,tanh]")
    )
    x_NxF = record.predictions[record.features].to_numpy(dtype=float)
    kernel, bias = keras_network.get_layer("hidden_1").get_weights()
    bias[[1, 7]] = -100
    keras_network.get_layer("hidden_1").set_weights([kernel, bias])
    layers = network.layers_of(keras_network, x_NxF)
    assert np.flatnonzero(layers[0].dead_U).tolist() == [1, 7]
    assert layers[1].dead_U is None
    shown = network.numbers(layers, record.features, "y")
    assert np.flatnonzero(shown.columns[1].dead_S).tolist() == [1], "the other is in the band"
    assert shown.columns[1].words[-1] == "2 dead"
    assert "2 units dead: 0 on every row." in network_legend.in_words(shown)
    assert "A cross" in network_legend.caption(shown, 0, 1)
    figure = network_drawing.draw(shown)
    assert "dead unit, 0 on every row" in words(figure)
    crosses = [one for one in figure.findobj(Line2D) if one.get_marker() == "x"]
    assert len(crosses) == 2, "one at its unit, one in the legend"


def test_weights_that_are_no_numbers_are_counted_and_the_rest_is_drawn():
    layers = dense(2, 5, 5, 1)
    layers[1].w_IxU[:] = np.nan
    layers[1].b_U[:] = np.inf
    shown = found(layers)
    said = "30 of 51 weights are no finite numbers: training diverged."
    assert said in network_legend.in_words(shown)
    assert said in network_legend.caption(shown, 0, 1)
    assert (shown.lines[1].share_L == 0).all()
    assert np.isnan(shown.columns[2].bias_S).all()
    figure = network_drawing.draw(shown)
    assert {said, "none finite"} <= set(words(figure))
    assert style.png(figure)
    everywhere = dense(2, 1)
    everywhere[0].w_IxU[:] = np.nan
    assert style.png(network_drawing.draw(found(everywhere)))


def test_lines_have_the_colour_of_their_sign_and_grow_with_their_weight():
    layer = DenseLayer("output", "linear", np.array([[4.0], [-1.0], [0.0]]), np.zeros(1))
    figure = network_drawing.draw(network.numbers([layer], ["a", "b", "c"], "y"))
    lines = figure.findobj(PathCollection)[0]
    assert len(lines.get_paths()) == 2, "a weight of 0 is no line"
    roles = [style.role_color(role) for role in ("weight_negative", "weight_positive")]
    drawn = [style.role_color(role) for role in roles_of(lines.get_edgecolors())]
    assert drawn == roles
    thin, thick = lines.get_linewidths()
    assert thick == pytest.approx(network_legend.THICKEST)
    assert thin == pytest.approx(network_legend.THICKEST / 4)


def roles_of(colors):
    """Which of the two roles each colour is."""
    from matplotlib.colors import to_hex

    by_color = {style.role_color(role): role for role in ("weight_negative", "weight_positive")}
    return [by_color[to_hex(color)] for color in colors]


@pytest.mark.parametrize(
    "overrides",
    [
        ["model.depth=0"],
        ["model.width=[9,17,4]", "model.activation=[tanh,relu,sigmoid]"],
        ["model=pinv"],
        ["dataset=house_prices", "training.normalize_target=true"],
        ["model.depth=12", "model.width=3"],
    ],
)
def test_the_weights_are_those_of_the_saved_network(configured, overrides):
    record, keras_network = make_record(configured("training.epochs=1", *overrides))
    x_NxF = record.predictions[record.features].to_numpy(dtype=float)
    layers = network.layers_of(keras_network, x_NxF)
    assert layers[-1].name == "output"
    signal = np.array([[0.3] * layers[0].w_IxU.shape[0]])
    for layer in layers:
        assert layer.w_IxU.shape == (signal.shape[1], len(layer.b_U))
        signal = signal @ layer.w_IxU + layer.b_U
    shown = network.numbers(layers, record.features, record.about.data["target"])
    assert shown.total == record.metrics.parameters["trainable"]
    tree = ElementTree.fromstring(network_svg(shown, network_legend.in_words(shown)))
    assert tree.get("aria-label").startswith("Drawing of the network: inputs ")
    text = {
        "".join(one.itertext()).strip() for one in tree.iter("{http://www.w3.org/2000/svg}text")
    }
    assert {*record.features, record.about.data["target"]} <= text


def test_a_run_has_the_drawing_as_a_file_and_in_its_page(configured, tmp_path):
    record, keras_network = make_record(configured("training.epochs=3", "training.repeats=2"))
    record = report.build_report(tmp_path, record, keras_network)
    assert not any("network.png" in note for note in record.about.notes)
    assert (tmp_path / "network.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    (figure,) = re.findall('<figure class="network">(.*?)</figure>', page, re.DOTALL)
    assert 'aria-label="Drawing of the network: inputs x0, x1; ' in figure
    assert 'href="network.png"' in figure
    assert "(repeat 0)" in figure
    assert plots.NETWORK in plots.picture_names()


def test_a_run_never_fails_for_the_drawing(configured, tmp_path, monkeypatch):
    record, keras_network = make_record(configured("training.epochs=3"))
    monkeypatch.setattr(network_drawing, "draw", lambda shown: 1 / 0)
    record = report.build_report(tmp_path, record, keras_network)
    assert "network.png could not be drawn (division by zero); run.log has the details." in (
        record.about.notes
    )
    assert not (tmp_path / "network.png").exists()
    assert '<figure class="network">' not in (tmp_path / "report.html").read_text()


def test_names_are_text_and_long_ones_are_cut(configured):
    name = "--><script>alert(1)</script>"
    shown = network.numbers(dense(1, 2, 1), [name], "<b>$x_1$")
    text = network_svg(shown, network_legend.in_words(shown))
    assert "<script" not in text
    assert "<b>" not in text
    tree = ElementTree.fromstring(text)
    drawn = "".join(tree.itertext())
    assert "<b>$x_1$" in drawn
    assert name[: network_layout.LONGEST_NAME - 1] + "…" in drawn
    assert set(re.findall("#[0-9a-f]{6}", text)) == set(), "colours are the page's own"
