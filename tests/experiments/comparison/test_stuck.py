from __future__ import annotations

import numpy as np
import pytest

from experiments.comparison.stuck import count_stuck, hump


def test_a_hump_above_the_others_is_stuck():
    errors = [0.2, 0.21, 0.19, 0.2, 0.22, 0.18, 0.5, 0.52]
    assert hump(np.log(errors)).tolist() == [False] * 6 + [True] * 2
    # two humps above: all that is beyond the lowest wide gap
    assert hump(np.log([*errors, 5.0])).sum() == 3


def test_a_lucky_repeat_is_not_what_the_others_are_stuck_beside():
    assert not hump(np.log([0.1, *[0.4, 0.41, 0.42, 0.405] * 3])).any()


@pytest.mark.parametrize("repeats", [10, 20, 40])
def test_ordinary_scatter_has_no_hump(repeats):
    rng = np.random.default_rng(repeats)
    found = [hump(0.3 * rng.normal(size=repeats)).any() for _ in range(300)]
    assert np.mean(found) < 0.04


def test_near_the_mean_predictor_is_stuck_where_better_is_possible():
    assert count_stuck([0.99, 1.0, 1.01], mean_predictor=1.0, least_squares=0.5) == 3
    assert count_stuck([0.99, 1.0, 1.01], mean_predictor=1.0, least_squares=0.98) == 0
    assert count_stuck([0.4, 0.6, 0.97], mean_predictor=1.0, least_squares=0.98) == 1
    assert count_stuck([0.5], 1.0, 1.0) == 0


def test_humps_are_those_of_the_sorted_errors_gaps():
    rng = np.random.default_rng(0)
    found = 0
    for repeats in (1, 2, 3, 4, 5, 6, 7, 20, 21, 300) * 40:
        logs_R = 0.05 * rng.normal(size=repeats) + (rng.random(repeats) < 0.2) * rng.random()
        sorted_R = np.sort(logs_R)
        gaps, least = np.diff(sorted_R), max(-(-repeats // 2), 2)
        cuts = [
            cut
            for cut in range(least, repeats)
            if gaps[cut - 1] > np.log(1.2) and gaps[cut - 1] > 4 * sorted_R[:cut].std(ddof=1)
        ]
        expected = logs_R >= sorted_R[cuts[0]] if cuts else np.zeros(repeats, bool)
        np.testing.assert_array_equal(hump(logs_R), expected)
        found += bool(cuts)
    assert 50 < found < 350
