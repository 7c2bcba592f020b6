from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from experiments.comparison import pair_tests
from experiments.comparison.contenders import Contender, Terms
from experiments.comparison.equal_runs import (
    SHAPES,
    _t_beside_best,
    critical_p,
    share_as_small,
    smallest_p,
    sweeps_of,
)
from experiments.comparison.significance import (
    Unseen,
    compare_to_best,
    minimum_detectable_ratio,
    pair,
)

TERMS = Terms(worst=math.e**2)


def contenders(values_MxR, seed=42):
    return [Contender(tuple(map(float, values)), seed) for values in values_MxR]


def scattered(rng, runs, repeats, scale=0.05):
    return np.exp(scale * rng.normal(size=(runs, repeats)))


def test_a_pair_named_beforehand_has_the_bounds_of_the_paired_t_test():
    """Where errors lie close together and far from what learns nothing cannot end, it is that."""
    rng = np.random.default_rng(0)
    first, second = scattered(rng, 2, 200) * [[1.0], [1.5]]
    said = pair(*contenders([second, first]), Terms(worst=2.0))
    result = stats.ttest_rel(np.log(second), np.log(first))
    low, high = result.confidence_interval(0.90)
    assert said.ratio == pytest.approx(math.exp(np.mean(np.log(second / first))))
    assert said.interval[1] == pytest.approx(math.exp(high))
    assert math.exp(low) * 0.97 < said.interval[0] <= math.exp(low)
    assert (said.how, said.verdict) == ("paired", "worse")
    assert (said.wins, said.why) == (0.0, "")


def test_best_and_ratio_are_of_geometric_means():
    """The typical seed: one bad seed makes the arithmetic mean larger, not the typical error."""
    steady, mostly = [1.0] * 19 + [1.01], [0.8] * 19 + [7.0]
    said = compare_to_best(contenders([steady, mostly]))
    assert np.mean(mostly) > np.mean(steady)
    assert said[1].verdict == "best"
    geometric = stats.gmean(steady) / stats.gmean(mostly)
    assert said[0].ratio == pytest.approx(geometric)


def test_other_seeds_are_compared_without_pairs():
    rng = np.random.default_rng(1)
    first, second = scattered(rng, 2, 30) * [[1.0], [3.0]]
    said = compare_to_best([Contender(tuple(first), 1), Contender(tuple(second[:25]), 2)], TERMS)[1]
    assert (said.how, said.verdict) == ("welch", "worse")
    assert said.ratio == pytest.approx(stats.gmean(second[:25]) / stats.gmean(first))
    common = compare_to_best([Contender(tuple(first), 1), Contender(tuple(second[:25]), 1)], TERMS)[
        1
    ]
    assert common.how == "paired"
    assert common.ratio == pytest.approx(stats.gmean(second[:25] / first[:25]))


def test_welch_is_scipys_but_for_the_safer_degrees_of_freedom():
    rng = np.random.default_rng(2)
    one, best = rng.normal(size=(3, 9)), rng.normal(size=12)
    found = pair_tests.welch(one, best)
    result = stats.ttest_ind(one, np.tile(best, (3, 1)), axis=1, equal_var=False)
    np.testing.assert_allclose(found.mean_K / found.error_K, result.statistic)
    assert (found.freedom_K == 8).all()
    assert (result.df >= 8).all()


def test_splits_that_overlap_widen_the_interval():
    """Nadeau and Bengio: the variance of the mean is (1 / R + overlap) times that of a repeat."""
    rng = np.random.default_rng(3)
    values = scattered(rng, 2, 20) * [[1.0], [1.2]]
    plain = pair_tests.paired(np.log(values[1:]), np.log(values[0]))
    shared = pair_tests.paired(np.log(values[1:]), np.log(values[0]), overlap=0.25)
    assert shared.error_K / plain.error_K == pytest.approx(math.sqrt((1 / 20 + 0.25) * 20))
    narrow, wide = (
        compare_to_best(contenders(values), Terms(worst=2.0, overlap=o))[1] for o in (0, 0.25)
    )
    assert wide.interval[1] > narrow.interval[1]


def test_the_guard_is_exact_where_its_distribution_is_known():
    """Constant differences d and an added one of -g: P(d G <= g E) = (1 + d / g)^-R."""
    repeats, d, g = 12, 0.4, 2.0
    rows, best = np.full((1, repeats), d), np.zeros(repeats)
    found = pair_tests.guard(
        rows, best, pair_tests.Extremes(np.zeros(1), np.array([g])), 0.05, together=True
    )
    assert found.p_K[0] == pytest.approx((1 + d / g) ** -repeats, rel=0.05)
    # the bound is the value at which the weight of the added one, Beta(1, R), puts the mean
    weight = 1 - 0.05 ** (1 / repeats)
    assert found.lower_K[0] == pytest.approx(d - weight * (d + g), abs=0.02)


def test_the_guard_covers_the_mean_of_two_humps_where_a_t_interval_does_not():
    """15 % of seeds end at 2: samples of 20 that show none of them look far too sure."""
    rng = np.random.default_rng(4)
    missed = t_missed = 0
    for _ in range(400):
        x = 2.0 * (rng.random(20) < 0.15) + 0.01 * rng.normal(size=20)
        bound = pair_tests.guard(
            np.zeros((1, 20)), x, pair_tests.Extremes(np.zeros(1), np.full(1, 2.2)), 0.05, True
        ).lower_K[0]
        missed += -bound < 0.3
        t_missed += x.mean() + stats.t.ppf(0.95, 19) * x.std(ddof=1) / math.sqrt(20) < 0.3
    assert missed / 400 <= 0.05
    assert t_missed / 400 > 0.1


def test_one_repeat_is_too_few():
    assert [one.verdict for one in compare_to_best(contenders([[1.0], [2.0]]))] == [
        "best",
        "unclear",
    ]
    mixed = compare_to_best([*contenders([[1.0, 1.1], [2.0, 2.1]]), Contender((5.0,), 42)])
    assert (mixed[2].how, mixed[2].verdict, mixed[2].p) == ("unknown", "unclear", None)
    assert (mixed[2].why, mixed[2].ratio) == ("few", pytest.approx(5 / math.sqrt(1.1)))
    assert compare_to_best([]) == ()


def test_few_repeats_say_so():
    """However far apart: the best may have been lucky three times."""
    said = compare_to_best(contenders([[1.0, 1.1, 1.05], [9.0, 9.1, 9.2]]), Terms(worst=10.0))[1]
    assert (said.verdict, said.why) == ("unclear", "few")


def test_what_never_varies_is_compared_exactly():
    closed = [Contender((value,), 1, exact=True) for value in (2.0, 2.0 * (1 + 1e-12), 3.0, 2.05)]
    said = compare_to_best(closed)
    assert [(one.how, one.verdict) for one in said] == [
        ("best", "best"),
        ("exact", "as good"),
        ("exact", "worse"),
        ("exact", "as good"),
    ]
    assert said[2].ratio == pytest.approx(1.5)
    assert compare_to_best(closed, Terms(margin=1.0))[3].verdict == "worse"
    network = Contender((2.5, 2.6, 2.7, 2.5, 2.6) * 4, 1)
    beside = compare_to_best([closed[0], network], Terms(worst=6.0))[1]
    assert (beside.how, beside.verdict) == ("paired", "worse")
    assert beside.ratio == pytest.approx(stats.gmean(network.values) / 2)


def test_the_same_repeats_twice_are_as_good():
    values = scattered(np.random.default_rng(5), 1, 10)
    said = compare_to_best(contenders(np.vstack([values, values * (1 + 1e-9)])))
    assert [one.verdict for one in said] == ["best", "as good"]
    assert said[1].wins == pytest.approx(0.45)  # all pairs but those of one repeat with itself


def test_as_good_within_the_margin_worse_beyond_it_unclear_in_between():
    rng = np.random.default_rng(6)
    values = scattered(rng, 4, 40, 0.02) * [[1.0], [1.02], [1.6], [1.0]]
    noise = rng.normal(size=40)
    values[3] = np.exp(0.03 + 0.5 * (noise - noise.mean()))
    said = compare_to_best(contenders(values), Terms(worst=2.0))
    assert [one.verdict for one in said] == ["best", "as good", "worse", "unclear"]
    assert said[3].why == "scatter"
    assert said[1].interval[1] <= 1.05
    assert said[2].interval[0] > 1
    assert said[3].interval[0] <= 1
    assert said[3].interval[1] > 1.05
    assert 0 < said[3].wins < 1


def test_no_error_is_called_worse_while_a_higher_one_is_unclear_without_a_reason():
    rng = np.random.default_rng(7)
    for _ in range(10):
        level = np.exp(rng.uniform(0, 1, size=(24, 1)))
        noise = np.exp(np.exp(rng.normal(-2, 1, size=(24, 1))) * rng.normal(size=(24, 20)))
        for one in compare_to_best(contenders(level * noise), TERMS):
            assert (one.why != "") == (one.verdict == "unclear")


def test_the_verdict_is_read_off_the_interval():
    rng = np.random.default_rng(8)
    for repeats in (5, 10, 20):
        for spread in (0.05, 0.3):
            values = np.exp(rng.uniform(0, 1, (24, 1)) + spread * rng.normal(size=(24, repeats)))
            for one in compare_to_best(contenders(values), TERMS):
                if one.how == "best":
                    continue
                low, high = one.interval
                assert 0 < low <= high
                assert (one.verdict == "as good") == (high <= 1.05 * (1 + 1e-6))
                assert (one.verdict == "worse") == (low > 1 and high > 1.05 * (1 + 1e-6))
                assert (one.p <= 0.05) == (low > 1)


def test_an_error_of_zero_is_a_number_too():
    values = [[1.0, 1.5, 2.0] * 7]
    said = compare_to_best([Contender((0.0,), 1, exact=True), *contenders(values, seed=1)])
    assert said[1].verdict == "worse"
    assert math.isfinite(said[1].ratio)
    alike = compare_to_best(
        [Contender((0.0,), 1, True), Contender((1e-30,), 1, True)], Terms(worst=5.0)
    )
    assert [one.verdict for one in alike] == ["best", "as good"]


def test_errors_that_are_worlds_apart_have_a_ratio():
    said = compare_to_best(
        [*contenders([[1e-300] * 3, [1e300, 2e300, 1e300]]), Contender((1e305,), 1, True)]
    )
    assert all(math.isfinite(one.ratio) for one in said)
    assert all(math.isfinite(bound) for one in said for bound in one.interval or ())


def test_the_share_is_what_the_simulation_counts():
    for shape in SHAPES:
        null_S = smallest_p(6, 5, shape, sweeps_of(6, 5))
        assert len(null_S) == 8000
        assert (np.diff(null_S) >= 0).all()
    # two runs: the best is the lower of two, so its one-sided p-value is uniform up to a half
    assert np.quantile(smallest_p(2, 5, "normal", sweeps_of(2, 5)), 0.5) == pytest.approx(
        0.25, abs=0.015
    )
    for runs, repeats, level in ((2, 8, 0.05), (6, 20, 0.05), (24, 20, 0.01), (24, 80, 0.002)):
        critical = critical_p(runs, repeats, level)
        assert share_as_small(np.array([critical]), runs, repeats)[0] <= level
        assert share_as_small(np.array([critical * 1.001]), runs, repeats)[0] >= level / 2


def draw(kind, rng, runs, repeats):
    """Log errors of equal runs; the whole table is docs/verdicts.md, by benchmarks/verdicts.py."""
    z = rng.normal(size=(runs, repeats))
    if kind == "seeds in common":
        return rng.normal(scale=0.3, size=repeats) + 0.1 * z
    if kind == "unequal and skewed":
        spread = 0.15 * np.exp(0.7 * rng.normal(size=(runs, 1)))
        return spread * (rng.exponential(size=(runs, repeats)) - 1)
    if kind == "half get stuck":
        return 2.0 * (rng.random((runs, repeats)) < 0.5) + 0.02 * z
    if kind == "every second run gets stuck":
        logs = 2.0 * (rng.random((runs, repeats)) < 0.2) - 0.4 + 0.02 * z
        logs[::2] = 0.02 * z[::2]
        return logs
    return 0.1 * z


# At 5 % no more than this many of 100 sweeps, but once in 300 cases.
SWEEPS, TOO_MANY = 100, 12


@pytest.mark.parametrize(("runs", "repeats"), [(3, 3), (12, 5), (12, 10), (24, 20)])
@pytest.mark.parametrize(
    "kind",
    [
        "normal",
        "seeds in common",
        "unequal and skewed",
        "half get stuck",
        "every second run gets stuck",
    ],
)
def test_among_equal_runs_hardly_any_is_called_worse(runs, repeats, kind):
    rng = np.random.default_rng([runs, repeats])
    wrong = 0
    for _ in range(SWEEPS):
        said = compare_to_best(contenders(np.exp(draw(kind, rng, runs, repeats))), TERMS)
        wrong += any(one.verdict == "worse" for one in said)
    assert wrong <= TOO_MANY


@pytest.mark.parametrize("other", ["seeds", "closed forms"])
def test_the_rate_holds_for_other_seeds_and_beside_closed_forms(other):
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(SWEEPS):
        logs = draw("half get stuck" if other == "seeds" else "normal", rng, 12, 20)
        some = [Contender(tuple(np.exp(log)), seed) for seed, log in enumerate(logs)]
        if other == "closed forms":
            some = [one._replace(seed=1) for one in some]
            some[::2] = [Contender((1.0,), 1, exact=True)] * 6
        wrong += any(one.verdict == "worse" for one in compare_to_best(some, TERMS))
    assert wrong <= TOO_MANY


def test_a_forecast_for_thousands_of_runs_rests_on_fewer_sweeps_and_no_other_answer_does():
    for runs, repeats in ((2, 5), (531, 20), (2020, 5), (900, 20)):
        assert sweeps_of(runs, repeats) == sweeps_of(runs, repeats, roughly=True) >= 1000
    assert (sweeps_of(2020, 20), sweeps_of(2020, 20, roughly=True)) == (1000, 247)
    assert sweeps_of(20_000, 20, roughly=True) == 200
    exact, rough = critical_p(1100, 20, 0.05), critical_p(1100, 20, 0.05, roughly=True)
    assert exact != rough
    assert stats.t.ppf(rough, 19) == pytest.approx(stats.t.ppf(exact, 19), rel=0.1)


def test_what_is_detectable_is_what_is_detected():
    """A run of just that ratio is called worse about half of the time."""
    rng = np.random.default_rng(1)
    level = np.zeros((12, 1))
    level[-1] = math.log(minimum_detectable_ratio(0.1 * math.sqrt(2), 12, 20, Unseen(0.6)))
    found = 0
    for _ in range(100):
        values = np.exp(level + 0.1 * rng.normal(size=(12, 20)))
        found += (
            compare_to_best(contenders(values), Terms(worst=math.exp(0.45)))[-1].verdict == "worse"
        )
    assert 20 < found < 95
    none, some = Unseen(), Unseen(1.0)
    assert minimum_detectable_ratio(0.1, 12, 80, none) < minimum_detectable_ratio(0.1, 12, 10, none)
    assert minimum_detectable_ratio(0.1, 12, 10, none) < minimum_detectable_ratio(
        0.1, 100, 10, none
    )
    assert minimum_detectable_ratio(0.1, 12, 20, some) < minimum_detectable_ratio(
        0.1, 12, 20, some._replace(prone=5)
    )


def test_equal_runs_stay_unclear_when_others_are_far_off():
    """Dropping the clearly worse must not make the test among the rest too strict or too lax."""
    rng = np.random.default_rng(0)
    wrong = found = 0
    for _ in range(100):
        level = np.array([0.0] * 4 + [1.5] * 20)[:, None]
        said = compare_to_best(contenders(np.exp(level + 0.1 * rng.normal(size=(24, 20)))), TERMS)
        wrong += any(one.verdict == "worse" for one in said[:4])
        found += all(one.verdict == "worse" for one in said[4:])
    assert wrong <= 12
    assert found > 90


def test_a_lower_level_calls_fewer_worse():
    rng = np.random.default_rng(9)
    values = np.exp(rng.uniform(0, 1, (24, 1)) + 0.1 * rng.normal(size=(24, 20)))
    counts = [
        sum(
            one.verdict == "worse"
            for one in compare_to_best(contenders(values), replace(TERMS, level=level))
        )
        for level in (0.05, 0.005, 0.0005)
    ]
    assert counts[0] >= counts[1] >= counts[2]
    assert counts[0] > counts[2]


@pytest.mark.parametrize("repeats", [2, 5, 7, 8, 20])
def test_simulated_statistics_have_the_bits_of_the_plain_formula(repeats):
    """However the numbers lie in memory: verdicts of stored sweeps hang on them."""
    x_SxMxR = np.random.default_rng(0).standard_normal((40, 30, repeats), dtype=np.float32)
    best_S = x_SxMxR.mean(axis=2).argmin(axis=1)
    every = np.arange(40)
    difference = x_SxMxR - x_SxMxR[every, best_S][:, None, :]
    std_SxM = difference.std(axis=2, ddof=1)
    std_SxM[every, best_S] = 1.0
    t_SxM = difference.mean(axis=2) / (std_SxM / math.sqrt(repeats))
    np.testing.assert_array_equal(_t_beside_best(x_SxMxR), t_SxM)


def test_many_runs_are_judged_as_few_are():
    """Bounds come in blocks, side by side: each run's own are what they are by itself."""
    rng = np.random.default_rng(3)
    rows_KxR, best_R = rng.normal(size=(450, 6)), rng.normal(size=6)
    extremes = pair_tests.Extremes(rows_KxR.min(axis=1) - 1, np.full(450, 3.0))
    found = pair_tests.guard(rows_KxR, best_R, extremes, 0.02, True)
    for start in (0, 200, 400):
        part = slice(start, start + 200)
        own = pair_tests.Extremes(*(one[part] for one in extremes))
        alone = pair_tests.guard(rows_KxR[part], best_R, own, 0.02, True)
        np.testing.assert_array_equal(found.lower_K[part], alone.lower_K)
        np.testing.assert_array_equal(found.p_K[part], alone.p_K)


@pytest.mark.parametrize("rank", [0, 7, 249, 499, 999, 1000, 4999])
def test_the_bound_is_the_value_that_a_partition_of_all_draws_finds(rank):
    rng = np.random.default_rng(rank)
    values = np.concatenate(
        [
            rng.normal(size=(3, 10_000)),
            rng.integers(0, 3, (2, 10_000)) * 1.0,  # many are equal
            np.sort(rng.normal(size=(1, 10_000))),
            np.zeros((1, 10_000)),
        ]
    )
    expected = np.sort(values, axis=1)[:, rank]
    np.testing.assert_array_equal(pair_tests._smallest_but(rank, values.copy()), expected)
