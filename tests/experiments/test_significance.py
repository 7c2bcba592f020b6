from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.significance import Contender, judge, smallest_p, told_apart


def contenders(values_MxR, seed=42):
    return [Contender(tuple(map(float, values)), seed) for values in values_MxR]


def test_a_pair_is_judged_by_the_paired_t_test_of_logarithms():
    first, second = np.array([1.0, 1.2, 0.9, 1.1]), np.array([1.5, 2.1, 1.2, 1.9])
    worse, best = judge(contenders([second, first]))
    result = stats.ttest_rel(np.log(second), np.log(first))
    low, high = result.confidence_interval(0.95)
    assert worse.ratio == pytest.approx(math.exp(np.mean(np.log(second / first))))
    assert worse.ratio95 == pytest.approx((math.exp(low), math.exp(high)))
    # of two equal runs one looks as much worse as often as the two-sided p-value says
    assert worse.p == pytest.approx(result.pvalue, abs=0.01)
    assert (worse.how, worse.tied) == ("paired", worse.p > 0.05)
    assert (best.how, best.tied, best.ratio) == ("best", True, 1.0)


def test_pairing_sees_what_the_spread_hides():
    luck = np.array([1.0, 3.0, 0.5, 2.0, 1.5])
    said = judge(contenders([luck, luck * [1.10, 1.12, 1.09, 1.11, 1.10]]))
    assert [one.tied for one in said] == [True, False]
    assert said[1].ratio == pytest.approx(1.104, abs=1e-3)


def test_other_seeds_or_numbers_of_repeats():
    values = np.array([[1.0, 1.2, 0.9, 1.1, 1.0], [3.1, 3.0, 2.8, 3.3, 2.9]])
    first, second = contenders(values)
    welch = judge([first, second._replace(seed=7)])[1]
    result = stats.ttest_ind(np.log(values[1]), np.log(values[0]), equal_var=False)
    assert welch.how == "welch"
    assert welch.ratio95 == pytest.approx(np.exp(result.confidence_interval(0.95)), rel=1e-4)
    assert welch.tied is False
    common = judge([first, second._replace(values=second.values[:3])])[1]
    low, high = stats.ttest_rel(*np.log(values[::-1, :3])).confidence_interval(0.95)
    assert common.how == "paired"
    assert common.ratio95 == pytest.approx((math.exp(low), math.exp(high)))


def test_one_repeat_cannot_judge():
    assert [one.tied for one in judge(contenders([[1.0], [2.0]]))] == [True, None]
    mixed = judge([*contenders([[1.0, 1.1], [2.0, 2.1]]), Contender((5.0,), 42)])
    assert (mixed[2].how, mixed[2].tied, mixed[2].p) == ("unknown", None, None)
    assert judge([]) == ()


def test_what_never_varies_is_compared_exactly():
    closed = [Contender((value,), 1, exact=True) for value in (2.0, 2.0 * (1 + 1e-12), 3.0)]
    assert [(one.how, one.tied) for one in judge(closed)] == [
        ("best", True),
        ("exact", True),
        ("exact", False),
    ]
    network = Contender((2.5, 2.6, 2.7, 2.5, 2.6), 1)
    said = judge([closed[0], network])[1]
    interval = stats.ttest_1samp(np.log(np.array(network.values) / 2), 0).confidence_interval(0.95)
    assert said.ratio95 == pytest.approx((math.exp(interval.low), math.exp(interval.high)))
    twice = judge(contenders([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))[1]
    assert (twice.how, twice.tied, twice.p) == ("exact", False, 0)
    assert twice.ratio == pytest.approx(2)


def test_an_error_of_zero_is_a_number_too():
    said = judge([Contender((0.0,), 1, exact=True), *contenders([[1.0, 1.5, 2.0]], seed=1)])
    assert said[1].tied is False
    assert math.isfinite(said[1].ratio)
    alike = judge([Contender((0.0,), 1, exact=True), Contender((1e-30,), 1, exact=True)], 5.0)
    assert [one.tied for one in alike] == [True, True]


def test_errors_that_are_worlds_apart_have_a_ratio():
    said = judge([*contenders([[1e-300] * 3, [1e300, 2e300, 1e300]]), Contender((1e305,), 1, True)])
    assert all(math.isfinite(one.ratio) for one in said)


def test_the_adjustment_is_what_the_simulation_counts():
    null_S = smallest_p(6, 5)
    assert len(null_S) == 4000
    assert (np.diff(null_S) >= 0).all()
    # two runs: the best is the lower of two, so its one-sided p-value is uniform up to a half
    assert np.quantile(smallest_p(2, 5), 0.5) == pytest.approx(0.25, abs=0.015)


@pytest.mark.parametrize("runs", [2, 3, 12, 40])
@pytest.mark.parametrize("kind", ["normal", "skewed", "unequal spreads"])
def test_among_equal_runs_hardly_any_is_called_worse(runs, kind):
    """The family-wise error rate of whole sweeps: all runs have one mean, repeats are paired."""
    rng = np.random.default_rng(runs)
    sweeps, wrong = 300, 0
    for _ in range(sweeps):
        shared = rng.normal(scale=0.3, size=5)
        noise = rng.normal(size=(runs, 5))
        if kind == "skewed":
            noise = np.log(rng.gamma(3, size=(runs, 5)))
        if kind == "unequal spreads":
            noise *= np.exp(rng.normal(size=(runs, 1)))
        said = judge(contenders(np.exp(shared + 0.1 * noise)))
        wrong += any(one.tied is False for one in said)
    # the rate is at most 5 %; 300 sweeps at 5 % give more than 26 once in 300 cases
    assert wrong <= 26
    if kind == "normal":
        assert wrong >= 5  # and it is not far below: power is not thrown away


def test_what_can_be_told_apart_is_what_is_told_apart():
    """A run of just that ratio is called worse about half of the time."""
    rng = np.random.default_rng(1)
    level = np.zeros((12, 1))
    level[-1] = math.log(told_apart(0.1 * math.sqrt(2), runs=12, repeats=10))
    found = 0
    for _ in range(200):
        said = judge(contenders(np.exp(level + 0.1 * rng.normal(size=(12, 10)))))
        found += said[-1].tied is False
    assert 80 < found < 180
    assert told_apart(0.1, 12, 40) < told_apart(0.1, 12, 5) < told_apart(0.1, 100, 5)


def test_equal_runs_stay_ties_when_others_are_far_off():
    """Dropping the clearly worse must not make the test among the rest too strict or too lax."""
    rng = np.random.default_rng(0)
    wrong = found = 0
    for _ in range(300):
        level = np.array([0.0] * 4 + [3.0] * 20)[:, None]
        said = judge(contenders(np.exp(level + 0.1 * rng.normal(size=(24, 5)))))
        wrong += any(one.tied is False for one in said[:4])
        found += all(one.tied is False for one in said[4:])
    assert wrong <= 26
    assert found > 290
