"""Paths that are written in bulk, against paths written a point at a time."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from experiments.report.drawings import paths


def point_by_point(x_N, y_N):
    """A line, its points written one after the other."""
    parts, pen = [], "M"
    for x, y in zip(x_N.tolist(), y_N.tolist(), strict=True):
        lost = math.isnan(x) or math.isnan(y)
        if not lost:
            parts.append(f"{pen}{x:g} {y:g}")
        pen = "M" if lost else "L"
    return "".join(parts)


def step_by_step(x_N, y_N):
    """A line in tenths of a pixel, each point as a step from the one before."""
    parts, last = [], None
    for x, y in zip(x_N.tolist(), y_N.tolist(), strict=True):
        if math.isnan(x) or math.isnan(y):
            last = None
            continue
        at = round(10 * x), round(10 * y)
        step = at if last is None else (at[0] - last[0], at[1] - last[1])
        gap = "" if step[1] < 0 else " "
        parts.append(f"{'M' if last is None else 'l'}{step[0]}{gap}{step[1]}")
        last = at
    return "".join(parts)


def places(count, seed, unknown=()):
    """Places in and far around a drawing; those that are unknown are no numbers."""
    rng = np.random.default_rng(seed)
    found = np.where(rng.random(count) < 0.8, rng.uniform(0, 800, count), rng.normal(0, 9e3, count))
    found[list(unknown)] = np.nan
    return found.clip(-20_000, 20_000).round(1)


CASES = {
    "all known": (places(300, 0), places(300, 1)),
    "gaps": (places(9, 2, [4]), places(9, 3, [0, 5, 6, 8])),
    "nothing known": (places(3, 4), places(3, 5, range(3))),
    "one point": (places(1, 6), places(1, 7)),
    "no point": (places(0, 8), places(0, 9)),
    "edges": (np.array([0.0, 800.0, 800.1, -0.1]), np.array([-20_000.0, 20_000, 12_345.6, 0.1])),
}


@pytest.mark.parametrize("case", CASES)
def test_a_path_is_what_its_points_are_one_by_one(case):
    x_N, y_N = CASES[case]
    assert paths.path(x_N, y_N) == point_by_point(x_N, y_N)
    assert paths.thin(x_N, y_N) == step_by_step(x_N, y_N)
    known = [(x, y) for x, y in zip(x_N, y_N, strict=True) if math.isfinite(x + y)]
    assert paths.dots(x_N, y_N) == "".join(f"M{x:g} {y:g}h0" for x, y in known)


@pytest.mark.parametrize("unknown", [(), (0, 7, 19)])
def test_many_lines_are_each_of_them(unknown):
    x_N = places(20, 10)
    y_LxN = np.stack([places(20, 11), places(20, 12, unknown), places(20, 13)])
    each = [point_by_point(x_N, y_N) for y_N in y_LxN]
    assert paths.path(x_N, y_LxN) == "".join(each)
    if not unknown:
        assert paths.lines(x_N, y_LxN) == each
    assert paths.thin(x_N, y_LxN) == "".join(step_by_step(x_N, y_N) for y_N in y_LxN)
    assert paths.path(x_N, y_LxN[:0]) == paths.thin(x_N, y_LxN[:0]) == ""


def test_places_in_json_are_the_numbers_that_json_writes_itself():
    table = np.stack([places(30, 14), places(30, 15, [3, 29])])
    expected = [[None if math.isnan(at) else at for at in row] for row in table.tolist()]
    assert json.loads(paths.as_json(table)) == expected
    assert json.loads(paths.as_json(table[1])) == expected[1]
    assert paths.as_json(np.empty((0, 3))) == paths.as_json(np.empty(0)) == "[]"
