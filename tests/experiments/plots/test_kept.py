"""A figure that was another run's shows nothing of it: to the pixel it is a new one."""

from __future__ import annotations

import dataclasses
import io
from collections import Counter

import numpy as np
import pytest
from matplotlib.lines import Line2D
from PIL import Image

from experiments import report
from experiments.plots import pictures, style
from experiments.plots.figures import layers
from experiments.plots.pictures import by_name
from tests.experiments.plots.test_plots import planes
from tests.experiments.records import make_record

KINDS = {
    "repeats": ["training.repeats=3"],
    "one repeat": ["training.repeats=1"],
    "one epoch": ["training.epochs=1"],
    "no epochs": ["training.epochs=0"],
    "closed form": ["model=pinv"],
    "linear scale": ["training.epochs=2"],
    "far tails": ["dataset=cubic"],
    "no validation": ["split.fraction=0"],
    "asked for": ["dataset=tv_marketing"],
    "two features": ["dataset=house_prices"],
    "many features": [],
    "diverged": ["training.repeats=2"],
}


@pytest.fixture(autouse=True)
def _nothing_kept():
    layers.forget_figures()


def record_of(configured, tmp_path, kind):
    more = planes(tmp_path, "abc", "[[1,2,3]]") if kind == "many features" else KINDS[kind]
    return make_record(configured("training.epochs=30", *more), 20 if kind == "diverged" else None)[
        0
    ]


def as_other_run(record, seed):
    """The same run with other losses, predictions and curves, some of them far larger."""
    rng = np.random.default_rng(seed)
    factor = float(10 ** rng.uniform(-3, 3))
    history, predictions, grid = record.history.copy(), record.predictions.copy(), record.grid
    for name in ("loss", "val_loss", "mse", "val_mse"):
        history[name] *= factor * rng.uniform(0.5, 2, len(history))
    height = float(np.ptp(predictions["y"]))
    predictions["prediction"] += height * rng.normal(0, 0.2 * factor**0.2, len(predictions))
    if grid is not None:
        moved = grid.prediction_RxG + height * rng.normal(0, 0.2, (len(grid.prediction_RxG), 1))
        grid = dataclasses.replace(grid, prediction_RxG=moved.astype(np.float32))
    shown = int(rng.integers(record.metrics.repeats))
    about = dataclasses.replace(record.about, shown_repeat=shown)
    return dataclasses.replace(
        record, about=about, history=history, predictions=predictions, grid=grid
    )


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(style.png(figure))).convert("RGB"))


@pytest.mark.parametrize("name", pictures.names())
@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_figure_is_to_the_pixel_a_new_one(configured, tmp_path, name, kind):
    picture, record = by_name()[name], record_of(configured, tmp_path, kind)
    shown = [picture.numbers(as_other_run(record, seed)) for seed in range(3)]
    expected = []
    for one in shown:
        layers.forget_figures()
        expected.append(pixels(picture.draw(one)))
    layers.forget_figures()
    figures = Counter()
    for one, of_it in zip([*shown, shown[0]], [*expected, expected[0]], strict=True):
        figure = picture.draw(one)
        figures[id(figure)] += 1
        np.testing.assert_array_equal(pixels(figure), of_it)
    if not (name == "fit" and kind == "two features"):
        assert max(figures.values()) > 1, "none was kept"
    assert len(layers._KEPT) <= layers.MOST_FIGURES


def test_runs_in_turns_have_their_own_pictures(configured, tmp_path):
    """Whatever was drawn before: of other data, other scales, more figures than are kept."""
    picture = by_name()["loss_curves"]
    shown = {
        kind: picture.numbers(as_other_run(record_of(configured, tmp_path, kind), 1))
        for kind in KINDS
    }
    expected = {}
    for kind, one in shown.items():
        layers.forget_figures()
        expected[kind] = pixels(picture.draw(one))
    for kind in [*shown, *list(shown)[::-1]]:
        np.testing.assert_array_equal(pixels(picture.draw(shown[kind])), expected[kind])
    assert len(layers._KEPT) == layers.MOST_FIGURES


def test_a_page_s_drawing_of_a_kept_figure_leaves_no_trace(configured, tmp_path):
    picture, record = by_name()["fit"], record_of(configured, tmp_path, "repeats")
    first, second = (picture.numbers(as_other_run(record, seed)) for seed in (1, 2))
    before, text = pixels(picture.draw(first)), style.svg(picture.draw(first), "fit", "words")
    style.svg(picture.draw(second), "fit", "words")
    np.testing.assert_array_equal(pixels(picture.draw(first)), before)
    assert style.svg(picture.draw(first), "fit", "words") == text


def test_a_kept_figure_that_fails_is_thrown_away(configured, tmp_path, monkeypatch):
    record, network = make_record(configured("training.epochs=30"))
    report.build_report(tmp_path, record, network)
    expected = (tmp_path / "fit.png").read_bytes()
    broken = [figure.figure for figure in layers._KEPT]
    assert len(broken) == 2
    drawn = Line2D.draw

    def draw(self, renderer):
        if self.get_figure() in broken:
            raise MemoryError("no room")
        drawn(self, renderer)

    monkeypatch.setattr(Line2D, "draw", draw)
    record = report.build_report(tmp_path, record, network)
    assert not [note for note in record.about.notes if "fit" in note or "loss" in note]
    assert (tmp_path / "fit.png").read_bytes() == expected
    assert not [figure for figure in layers._KEPT if figure.figure in broken]


def test_the_colours_are_part_of_what_a_figure_is_kept_by(configured, monkeypatch):
    record, _ = make_record(configured("training.epochs=7"))
    picture = by_name()["loss_curves"]
    before = pixels(picture.draw(picture.numbers(record)))
    monkeypatch.setitem(style.theme.PIGMENTS, "silver", style.theme.Pigment("#ff0000", "#ff0000"))
    assert (pixels(picture.draw(picture.numbers(record))) != before).any()
