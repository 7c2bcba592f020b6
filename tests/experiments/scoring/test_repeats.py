from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.record import Spread
from experiments.scoring.repeats import median_index, spread


def test_spread_is_what_scipy_says():
    values = [1.0, 4.0, 2.5, 3.0]
    said = spread(values)
    interval = stats.ttest_1samp(np.log(values), 0).confidence_interval(0.95)
    assert said.typical == pytest.approx(stats.gmean(values))
    assert said.mean == pytest.approx(np.mean(values))
    assert said.std == pytest.approx(np.std(values, ddof=1))
    assert said.ci95 == pytest.approx((math.exp(interval.low), math.exp(interval.high)))
    assert said.values == tuple(values)


def test_an_interval_never_reaches_below_zero_and_zero_has_none():
    assert spread([0.001, 3.0]).ci95[0] > 0
    assert spread([0.0, 3.0]) == Spread(1.5, pytest.approx(2.1213203), 0.0, None, (0.0, 3.0))


def test_one_repeat_has_no_spread():
    assert spread([2.0]) == Spread(2.0, None, pytest.approx(2.0), None, (2.0,))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_diverged_repeat_leaves_no_mean(bad):
    assert spread([2.0, bad]) == Spread(None, None, None, None, (2.0, None))


@pytest.mark.parametrize(
    ("values", "place"),
    [([3.0], 0), ([3.0, 1.0], 1), ([3.0, 1.0, 2.0], 2), ([math.nan, 1.0, 2.0], 2), ([math.nan], 0)],
)
def test_median_index(values, place):
    assert median_index(values) == place
