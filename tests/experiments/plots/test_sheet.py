"""Sheets, whose vertical axes are drawn here and not by matplotlib."""

from __future__ import annotations

import gc
import weakref

import keras
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from experiments.plots import diagram, style
from experiments.plots.figures import layers
from experiments.plots.figures.sheet import (
    PlotMark,
    PlotPanel,
    Sheet,
    limits_around,
    sheet_figure,
)
from experiments.plots.pictures import fit, loss_curves
from tests.experiments.records import make_record

ENDS = [(0.0, 1.0), (-3e5, 2e5), (1e-9, 3e-9), (1e6 + 0.1, 1e6 + 0.4), (2.0, 7e7), (-0.031, 0.029)]


def logarithmic(axes):
    axes.set_yscale("log")


def sheet(ends, dress=()):
    x_N = np.linspace(0, 3, 20)
    heights = np.linspace(*ends, 20)
    marks = [
        PlotMark("line", x_N, heights, style.look("prediction", label="a line")),
        PlotMark("level", x_N[:0], heights[5:6], style.look("bayes")),
        PlotMark("points", x_N, heights[::-1], {"s": 18, "linewidths": 0, "alpha": 0.7}),
        PlotMark("words", np.array([0.1]), np.array([0.9]), {"fontsize": 9}, f"to {ends[1]:g}"),
        PlotMark("note", x_N[:1], heights[:1], {"xytext": (3, 3), "textcoords": "offset points"}),
    ]
    panel = PlotPanel(f"from {ends[0]:g}", ("across", "up"), (0.0, 3.0), ends, marks, dress)
    return Sheet([panel], style.Margins(bottom=1.0), {"ncols": 2}, {})


def by_matplotlib(figure):
    """The pixels of a figure when matplotlib alone draws all of it, words too."""
    for artist in figure.findobj():
        artist.set_animated(False)
    figure.set_dpi(style.DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


@pytest.mark.parametrize("dress", [(), (logarithmic,)])
def test_a_kept_sheet_is_what_matplotlib_draws(dress):
    layers.forget_figures()
    ends = [one for one in ENDS if one[0] > 0] if dress else ENDS
    drawn = [
        np.array(layers.pixels_of(sheet_figure(sheet(one, dress)), style.DPI))
        for one in [*ends, ends[0]]
    ]
    assert len(layers._KEPT) == 1
    for one, pixels in zip([*ends, ends[0]], drawn, strict=True):
        layers.forget_figures()
        np.testing.assert_array_equal(by_matplotlib(sheet_figure(sheet(one, dress))), pixels)


def test_limits_leave_room_and_what_is_no_number_alone():
    assert limits_around(np.array([0.0, np.nan, 10.0]), np.array([np.inf])) == (-0.5, 10.5)
    assert limits_around() == (0.0, 1.0)
    low, high = limits_around(np.array([3.0]))
    assert low < 3 < high


@pytest.mark.parametrize("picture", [fit, loss_curves])
def test_numbers_are_computed_once_a_record_and_go_with_it(configured, picture):
    record, _ = make_record(configured("training.epochs=3"))
    other, _ = make_record(configured("training.epochs=3"))
    shown = picture.numbers(record)
    assert picture.numbers(record) is shown
    assert picture.numbers(other) is not shown
    gone = weakref.ref(shown)
    del record, shown
    gc.collect()
    assert gone() is None


def test_a_diagram_keeps_no_network():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="output")])
    first = diagram.with_dot(network)
    gone = weakref.ref(network)
    del network
    gc.collect()
    assert gone() is None
    assert first[0] is None or first[0].startswith(b"\x89PNG")
