from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest

from experiments.comparison.importance import Importance, key_importance
from experiments.comparison.rows import Row

WIDTHS, DEPTHS, ACTIVATIONS = (5, 10, 20, 50), (1, 2, 3, 4), ("relu", "tanh", "sigmoid")


def run(typical, number=0, **keys):
    named = {key.replace("__", "."): value for key, value in keys.items()}
    row = Row(str(number), "done", "", "sine", 0, named, typical=typical, rank=number + 1)
    return row if typical is not None else Row(str(number), "diverged", "", "sine", 0, named)


def grid(log_error):
    """A run for each combination, its log error as a function says."""
    cells = product(WIDTHS, DEPTHS, ACTIVATIONS)
    return [
        run(float(np.exp(log_error(*cell))), n, width=cell[0], depth=cell[1], activation=cell[2])
        for n, cell in enumerate(cells)
    ]


KEYS = ["width", "depth", "activation"]


def shares(found):
    return {one.keys: one.share for one in found.shares}


def test_a_two_way_table_as_taken_apart_by_hand():
    # Cell means 1 3 / 5 11: grand mean 5; rows 2 and 8, columns 3 and 7, interaction +-1.
    # Mean squares of the effects: 9 for the rows, 4 for the columns, 1 for both; 14 in all.
    logs = {(0, 0): 1, (0, 1): 3, (1, 0): 5, (1, 1): 11}
    rows = [run(float(np.exp(v)), n, a=a, b=b) for n, ((a, b), v) in enumerate(logs.items())]
    found = key_importance(rows, ["a", "b"])
    assert shares(found) == pytest.approx({("a",): 9 / 14, ("b",): 4 / 14, ("a", "b"): 1 / 14})
    assert found.rest == pytest.approx(0, abs=1e-12)
    assert (found.runs, found.left_out, found.interactions) == (4, 0, True)


def test_a_complete_grid_gives_the_classical_sums_of_squares():
    rng = np.random.default_rng(0)
    logs = rng.normal(size=(4, 4, 3))
    places = {**dict(zip(WIDTHS, range(4), strict=True))}
    rows = grid(lambda w, d, a: logs[places[w], d - 1, ACTIVATIONS.index(a)])
    found = shares(key_importance(rows, KEYS))
    total, mean = logs.var(), logs.mean()
    by_width, by_depth = logs.mean(axis=(1, 2)), logs.mean(axis=(0, 2))
    assert found["width",] == pytest.approx(by_width.var() / total)
    assert found["depth",] == pytest.approx(by_depth.var() / total)
    both = logs.mean(axis=2) - by_width[:, None] - by_depth[None, :] + mean
    assert found["width", "depth"] == pytest.approx(np.mean(both**2) / total)


def test_a_planted_interaction_is_found_and_everything_adds_up():
    found = key_importance(grid(lambda w, d, a: 2.0 * (w == 50 and a == "relu") + 0.1 * d), KEYS)
    first = found.shares[0]
    named = shares(found)
    assert set(first.keys) in ({"width"}, {"activation"}, {"width", "activation"})
    assert named["width", "activation"] > 0.3
    assert named["width", "depth"] == pytest.approx(0, abs=1e-12)
    assert sum(named.values()) + found.rest == pytest.approx(1)
    assert [one.share for one in found.shares] == sorted(named.values(), reverse=True)


def test_a_few_missing_runs_change_nothing_where_the_model_holds():
    rows = grid(lambda w, d, a: np.log(w) + d * (a == "tanh"))
    whole, part = key_importance(rows, KEYS), key_importance(rows[1:40] + rows[42:], KEYS)
    for keys, share in shares(whole).items():
        assert shares(part)[keys] == pytest.approx(share, abs=1e-9)


def test_a_cell_without_runs_leaves_its_interaction_in_the_rest():
    rows = grid(lambda w, d, a: np.log(w) + d * (a == "tanh"))[3:]  # none of width 5, depth 1
    found = key_importance(rows, KEYS)
    assert not found.interactions
    assert ("width", "depth") not in shares(found)
    assert shares(found)["depth", "activation"] > 0.1
    assert found.rest == pytest.approx(0, abs=1e-9)


def test_runs_without_an_error_or_a_key_are_left_out_and_counted():
    rows = grid(lambda w, d, a: np.log(w) + 0.3 * d)
    odd = [run(None, 100, width=5, depth=1, activation="relu"), run(3.0, 101, kind="pinv")]
    found = key_importance([*rows, *odd], [*KEYS, "kind"])
    assert (found.runs, found.left_out) == (48, 2)
    assert shares(found)["width",] > 0.8


def test_many_numbers_are_put_in_parts_and_equal_keys_are_one():
    rng = np.random.default_rng(1)
    rates = rng.uniform(size=200)
    rows = [
        run(float(np.exp(3 * rate + 0.01 * rng.normal())), n, rate=rate, depth=n % 3, twin=n % 3)
        for n, rate in enumerate(rates)
    ]
    found = key_importance(rows, ["rate", "depth", "twin"])
    assert found.binned == ("rate",)
    assert shares(found)["rate",] > 0.8
    assert ("depth + twin",) in shares(found)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "fewer than two keys"),
        ([run(1.0, 0, a=1), run(2.0, 1, a=2)], "fewer than two keys"),
        ([run(1.0, n, a=n % 2, b=n // 2) for n in range(4)], "all errors are equal"),
        ([run(float(n + 1), n, a=n % 2, b=n // 2) for n in range(3)], "too few"),
    ],
)
def test_where_nothing_can_be_said_there_is_a_reason(rows, reason):
    found = key_importance(rows, ["a", "b"])
    assert found.shares == ()
    assert reason in found.reason


def test_an_error_of_zero_is_no_trouble():
    rows = grid(lambda w, d, a: 0.1 * d + 0.01 * w)
    rows[0] = run(0.0, 0, **rows[0].keys)
    assert sum(one.share for one in key_importance(rows, KEYS).shares) <= 1 + 1e-9


def test_too_few_runs_for_interactions_leave_them_in_the_rest():
    rng = np.random.default_rng(2)
    rows = grid(lambda w, d, a: np.log(w) + 0.2 * d + 0.05 * rng.normal())
    found = key_importance([rows[n] for n in rng.choice(48, 20, replace=False)], KEYS)
    assert isinstance(found, Importance)
    assert not found.interactions
    assert all(len(one.keys) == 1 for one in found.shares)


def test_a_thousand_runs_take_no_time():
    rng = np.random.default_rng(3)
    rows = [
        run(
            float(np.exp(rng.normal())),
            n,
            **{f"key{k}": int(value) for k, value in enumerate(rng.integers(0, 6, size=5))},
        )
        for n in range(1000)
    ]
    started = time.process_time()
    assert key_importance(rows, [f"key{k}" for k in range(5)]).interactions
    assert time.process_time() - started < 1
