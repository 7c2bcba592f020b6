"""Checks of curves, and the drawings, on grids whose bias, variance and height are known."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.synthetic import make_record, write_run
from experiments.lessons import checks, drawings, paths
from experiments.lessons.arguments import ARGUMENTS
from experiments.lessons.curves import curves_of, parts_of_error
from experiments.lessons.runs import read_cases, short_names
from tests.experiments.lessons.test_inside import saved  # noqa: F401, a fixture

REPEATS = 40


def cases_of(folder, *changes):
    """One case for each function of (x_G, optimal_G) -> prediction (R, G) that its grid holds."""
    for width, change in enumerate(changes, start=1):
        record = make_record([0.2] * REPEATS, {"model.width": width})
        grid = record.grid
        curves = change(grid.x_GxF[:, 1], grid.optimal_G).astype(np.float32)
        write_run(folder / str(width), replace(record, grid=replace(grid, prediction_RxG=curves)))
    return read_cases(folder)


def offset(bias, spread):
    """Fits that are all `bias` off, and scatter around that by `spread`."""
    scatter_R = np.random.default_rng(1).normal(size=REPEATS)
    scatter_R = (scatter_R - scatter_R.mean()) / scatter_R.std(ddof=1)
    return lambda x_G, optimal_G: optimal_G + bias + spread * scatter_R[:, None]


def height(times):
    return lambda x_G, optimal_G: times * np.tile(optimal_G, (REPEATS, 1))


def check(cases, name, **arguments):
    return checks.CHECKS[name](cases, ARGUMENTS[name](**arguments))


def test_bias_and_variance_are_what_was_put_in(tmp_path):
    (case,) = cases_of(tmp_path, offset(0.5, 0.2))
    bias, variance = parts_of_error(curves_of(case))
    assert variance == pytest.approx(0.04, rel=1e-4)
    assert bias == pytest.approx(0.25 - 0.04 / REPEATS, rel=1e-4)
    assert check([case], "bias_variance", larger="bias", times=6).held
    assert not check([case], "bias_variance", larger="bias", times=6.5).held
    assert not check([case], "bias_variance", larger="variance").held


def test_beyond_compares_outside_with_inside(tmp_path):
    def leaves(x_G, optimal_G):
        rows = make_record([0.2]).predictions["x1"]
        outside_G = (x_G < rows.min()) | (x_G > rows.max())
        return (
            np.tile(optimal_G + np.where(outside_G, 0.9, 0.3), (REPEATS, 1))
            + np.linspace(0, 1e-3, REPEATS)[:, None]
        )

    (case,) = cases_of(tmp_path, leaves)
    assert check([case], "beyond", times=2.9).held
    assert not check([case], "beyond", times=3.1).held


def test_flatter_compares_heights_repeat_by_repeat(tmp_path):
    cases = cases_of(tmp_path, height(0.5), height(1.0))
    pair = {"run": "model.width=1", "than": "model.width=2"}
    assert check(cases, "flatter", **pair, times=0.51).held
    assert not check(cases, "flatter", **pair, times=0.49).held
    assert not check(cases, "flatter", run="model.width=2", than="model.width=1").held
    assert not check(cases, "flatter", run="model.width=3", than="model.width=1").held


@pytest.mark.parametrize(("name", "arguments"), [
    ("bias_variance", {"larger": "bias"}), ("beyond", {"times": 1.0}),
    ("flatter", {"run": "model.width=5", "than": "model.width=5"}),
])  # fmt: skip
def test_runs_without_a_grid_show_nothing(tmp_path, name, arguments):
    write_run(tmp_path / "1", replace(make_record([0.2, 0.3]), grid=None))
    found = check(read_cases(tmp_path), name, **arguments)
    assert not found.held
    assert found.messages


def test_the_way_of_a_line_is_found_again(tmp_path):
    record = make_record([0.2, 0.3])
    rows = record.predictions
    x_N, y_N = rows["x1"].to_numpy(), rows["y"].to_numpy()
    trains = (rows["split"] == "train").to_numpy()
    z_N = (x_N - x_N[trains].mean()) / x_N[trains].std()
    wanted_Sx2 = np.stack([np.linspace(-1, 1, len(record.snapshots)),
                           np.linspace(2, 0, len(record.snapshots))], axis=1)  # fmt: skip
    t_SxN = wanted_Sx2[:, :1] * z_N + wanted_Sx2[:, 1:]
    snapshots = (t_SxN * y_N[trains].std() + y_N[trains].mean()).astype(np.float32)
    write_run(tmp_path / "1", replace(record, snapshots=snapshots))
    (case,) = read_cases(tmp_path)
    way = paths.way_of(case)
    np.testing.assert_allclose(way.at_Sx2, wanted_Sx2, atol=1e-4)
    slope, intercept = np.polyfit(z_N[trains], y_N[trains], 1)
    assert way.best_2 * y_N[trains].std() == pytest.approx(
        [slope, intercept - y_N[trains].mean()], abs=1e-9
    )
    across_A, up_B, loss_BxA = paths.bowl(way.best_2 - 1, way.best_2 + 1, way)
    t_T = (y_N[trains] - y_N[trains].mean()) / y_N[trains].std()
    mse = np.mean((across_A[7] * z_N[trains] + up_B[30] - t_T) ** 2)
    assert loss_BxA[30, 7] == pytest.approx(mse)


def test_names_without_the_words_that_all_share(tmp_path):
    cases = cases_of(tmp_path, height(1), height(2))
    renamed = [replace(case, name=f"perceptron · rate {n}") for n, case in enumerate(cases)]
    assert short_names(renamed) == ("rate 0", "rate 1")
    assert short_names(renamed[:1]) == ("perceptron · rate 0",)


@pytest.mark.parametrize("name", drawings.drawing_names())
def test_every_drawing_is_a_picture_beside_the_page_and_in_its_colours(saved, tmp_path, name):  # noqa: F811
    saved("model.depth=2", "model.width=3")
    cases = read_cases(tmp_path)
    (drawn,) = drawings.draw_all(tmp_path, [name], cases)
    with Image.open(tmp_path / drawn.png) as image:
        assert image.width > 300
    assert drawn.caption.endswith(".")
    assert drawn.svg.startswith("<svg")
    painted = re.findall(r"(?:fill|stroke): ([^;\"]+)", drawn.svg)
    assert painted
    assert {color for color in painted if not color.startswith("var(--")} <= {"none"}
    found = drawings.drawings_by_name()[name]
    assert found.numbers(cases) is not None


def test_a_drawing_without_anything_to_draw_is_left_out(tmp_path):
    write_run(tmp_path / "1", replace(make_record([0.2, 0.3]), grid=None))
    assert drawings.draw_all(tmp_path, ["fits", "bias_variance"], read_cases(tmp_path)) == []
