"""Which runs their repeats can tell from the best one, and how large a difference they can tell."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

How = Literal["best", "paired", "welch", "exact", "unknown"]

LEVEL = 0.05  # a run is called worse when its adjusted p-value is at most this
_SAME = 1e-6  # errors that differ by less, relative to each other, differ by rounding alone
_FAR = 600.0  # logarithms further off have no ratio that is a number
_ZERO = 1e-12  # an error below this share of what is large is zero but for rounding


class Contender(NamedTuple):
    """What is compared of one run: an error per repeat, and the seed that all repeats come from.

    exact: the error is the same whatever the seed, as a closed form's is.
    """

    values: tuple[float, ...]
    seed: int
    exact: bool = False


@dataclass(frozen=True)
class Judgement:
    """One run against the best of its group. `None` stands for what cannot be said.

    ratio: how many times the best's error (of geometric means), ratio95 its 95 % interval for this
    pair alone. p: the adjusted p-value of being worse. tied: cannot be told from the best. how:
    what compared them. noise: standard deviation of the paired log ratio over repeats.
    """

    ratio: float | None
    ratio95: tuple[float, float] | None
    p: float | None
    tied: bool | None
    how: How
    noise: float | None = None


class _Test(NamedTuple):
    """Before adjustment: mean log ratio, its interval, one-sided p, and the pairs behind it."""

    ratio: float
    ratio95: tuple[float, float]
    p: float
    pairs: int
    how: How
    noise: float | None = None


def judge(contenders: Sequence[Contender], large: float | None = None) -> tuple[Judgement, ...]:
    """Compare every run with the one of the lowest mean error; runs not shown worse are its ties.

    large: an error that is large on these data, as the mean predictor's is; 1e-12 of it counts as
    zero. Without it the largest error stands for it.

    Each pair: a t-test on the logarithms of the errors, since errors are skewed and repeats differ
    by factors rather than by amounts. Runs of one seed share initial weights and batch orders
    repeat by repeat, so the test is paired (`scipy.stats.ttest_rel`, over the repeats that both
    have); otherwise it is Welch's (`scipy.stats.ttest_ind`). Wilcoxon's test is no choice here:
    with five repeats its p-value cannot go below 1/32.

    All pairs: the best is picked from the very numbers that are tested, which makes it look better
    than it is, and there are as many comparisons as other runs. Plain or Holm-corrected p-values
    ignore the former: among 24 equal runs they find a "worse" one in 16 of 100 sweeps. So a p-value
    is replaced by the share of simulated sweeps of equal runs whose smallest one, against their own
    selected best, is as small (step-down minP: Westfall and Young, Resampling-Based Multiple
    Testing, 1993, section 2.6; runs are dropped one round after another as in the model confidence
    set of Hansen, Lunde and Nason, Econometrica 79, 2011). If all runs are equal, the chance that
    any is called worse is at most 5 %.

    A network with one repeat cannot be judged, nor anything against it.
    """
    if not contenders:
        return ()
    best = min(range(len(contenders)), key=lambda i: float(np.mean(contenders[i].values)))
    large = large or max(float(np.mean(one.values)) for one in contenders)
    tests = _tests(contenders, best, zero=max(_ZERO * large, 1e-300))
    adjusted = _adjusted({i: (test.p, test.pairs) for i, test in tests.items()})
    said = []
    for number in range(len(contenders)):
        if number == best:
            said.append(Judgement(1.0, None, None, True, "best"))
        elif number not in tests:
            said.append(Judgement(None, None, None, None, "unknown"))
        else:
            ratio, ratio95, _, _, how, noise = tests[number]
            p = adjusted[number]
            said.append(Judgement(ratio, ratio95, p, p > LEVEL, how, noise))
    return tuple(said)


def told_apart(noise: float, runs: int, repeats: int) -> float:
    """How many times the best's error a run needs, about, to be called worse.

    noise: standard deviation of its paired log ratio; runs: how many are as good as equal, the best
    among them.
    """
    from scipy.special import stdtrit

    p = float(np.quantile(smallest_p(_rounded(runs), repeats), LEVEL))
    return _ratio(-float(stdtrit(repeats - 1, p)) * noise / math.sqrt(repeats))


def _tests(contenders: Sequence[Contender], best: int, zero: float) -> dict[int, _Test]:
    """The test of each run against the best, where there can be one; by the run's number."""
    logs = [np.log(np.maximum(one.values, zero)) for one in contenders]
    first = contenders[best]
    batches: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for number, one in enumerate(contenders):
        if number == best:
            continue
        if one.exact or first.exact or one.seed == first.seed:
            sizes = [len(c.values) for c in (one, first) if not c.exact]
            common = min(sizes, default=1)
            if common > 1 or not sizes:
                batches["paired", common, common].append(number)
        elif min(len(one.values), len(first.values)) > 1:
            batches["welch", len(one.values), len(first.values)].append(number)
    found: dict[int, _Test] = {}
    for (how, size, best_size), numbers in batches.items():
        rows_BxR = np.array([np.resize(logs[number], size) for number in numbers])
        best_R = np.resize(logs[best], best_size)
        test = _paired if how == "paired" else _welch
        found.update(zip(numbers, test(rows_BxR, best_R), strict=True))
    return found


def _paired(rows_BxR: NDArray[Any], best_R: NDArray[Any]) -> list[_Test]:
    """Paired t-tests; where the difference never varies there is nothing to test: it is exact."""
    from scipy import stats

    difference_BxR = rows_BxR - best_R
    mean_B = difference_BxR.mean(axis=1)
    same_B = np.ptp(difference_BxR, axis=1) <= _SAME
    found = [
        _Test(_ratio(d), (_ratio(d), _ratio(d)), float(d <= _SAME), rows_BxR.shape[1], "exact")
        for d in mean_B
    ]
    varied = np.flatnonzero(~same_B)
    if len(varied):
        result = stats.ttest_rel(
            rows_BxR[varied], np.broadcast_to(best_R, rows_BxR[varied].shape), axis=1
        )
        for number, test in zip(varied, _read(result, mean_B[varied], "paired"), strict=True):
            noise = float(difference_BxR[number].std(ddof=1))
            found[number] = test._replace(pairs=rows_BxR.shape[1], noise=noise)
    return found


def _welch(rows_BxR: NDArray[Any], best_R: NDArray[Any]) -> list[_Test]:
    """Welch's t-tests, for runs whose repeats have no counterpart in the best run."""
    from scipy import stats

    mean_B = rows_BxR.mean(axis=1) - best_R.mean()
    if np.ptp(best_R) <= _SAME:  # Welch's test needs some spread; a hair's breadth will do
        best_R = best_R + _SAME * np.linspace(-1, 1, len(best_R))
    rows_BxR = rows_BxR + _SAME * np.linspace(-1, 1, rows_BxR.shape[1])
    result = stats.ttest_ind(
        rows_BxR, np.broadcast_to(best_R, (len(rows_BxR), len(best_R))), axis=1, equal_var=False
    )
    pairs = min(rows_BxR.shape[1], len(best_R))
    return [test._replace(pairs=pairs) for test in _read(result, mean_B, "welch")]


def _read(result: Any, mean_B: NDArray[Any], how: How) -> list[_Test]:
    """A scipy result of several tests, as one-sided p-values and ratios."""
    interval = result.confidence_interval(0.95)
    one_sided_B = np.where(result.statistic > 0, result.pvalue / 2, 1 - result.pvalue / 2)
    low_B, high_B = np.exp(np.clip([interval.low, interval.high], -_FAR, _FAR))
    return [
        _Test(_ratio(d), (float(low), float(high)), float(p), 0, how)
        for d, low, high, p in zip(mean_B, low_B, high_B, one_sided_B, strict=True)
    ]


def _ratio(difference: float) -> float:
    """A difference of logarithms as a ratio."""
    return math.exp(min(max(difference, -_FAR), _FAR))


def _adjusted(tests: dict[int, tuple[float, int]]) -> dict[int, float]:
    """Step-down minP p-values, from (p-value, number of pairs) of each comparison.

    Each round drops the runs that are worse and asks again among fewer. Exact differences have a
    p-value of 0 or 1 and need no adjustment.
    """
    adjusted = {number: p for number, (p, _) in tests.items() if p in (0, 1)}
    left = [number for number in tests if number not in adjusted]
    reached = 0.0
    while left:
        equals = sum(1 for number in adjusted if adjusted[number] == 1)
        null_S = smallest_p(_rounded(len(left) + equals + 1), min(tests[n][1] for n in left))
        as_small = np.searchsorted(null_S, [tests[n][0] for n in left], side="right")
        shares = np.maximum((as_small + 1) / (len(null_S) + 1), reached)
        worse = [i for i, share in enumerate(shares) if share <= LEVEL] or range(len(left))
        adjusted.update({left[i]: float(shares[i]) for i in worse})
        reached = max(adjusted[left[i]] for i in worse)
        left = [number for number in left if number not in adjusted]
    return adjusted


def _rounded(runs: int) -> int:
    """A number of runs, past 16 rounded up to few sizes: more runs, larger p-values: safe."""
    size = 16
    while size < runs:
        size += size // 4
    return runs if runs <= 16 else size


@cache
def smallest_p(runs: int, repeats: int, numbers: int = 20_000_000) -> NDArray[np.float64]:
    """Sorted (S,): the smallest one-sided p-value in each of S simulated sweeps of equal runs.

    Normal logarithms, paired repeats, each run against the one with the lowest mean. S is 4,000, or
    fewer for large sweeps so that no more than about `numbers` values are drawn, 1,000 at least.
    """
    from scipy.special import stdtr

    rng = np.random.default_rng([runs, repeats])
    sweeps = max(1000, min(4000, numbers // (runs * repeats)))
    block = max(1, 2_000_000 // (runs * repeats))
    largest = []
    for start in range(0, sweeps, block):
        x_SxMxR = rng.standard_normal((min(block, sweeps - start), runs, repeats))
        mean_SxM = x_SxMxR.mean(axis=2)
        best_S = mean_SxM.argmin(axis=1)
        every = np.arange(len(best_S))
        difference_SxMxR = x_SxMxR - x_SxMxR[every, best_S][:, None, :]
        std_SxM = difference_SxMxR.std(axis=2, ddof=1)
        std_SxM[every, best_S] = 1.0
        t_SxM = difference_SxMxR.mean(axis=2) / (std_SxM / math.sqrt(repeats))
        largest.append(t_SxM.max(axis=1))
    return np.sort(np.asarray(stdtr(repeats - 1, -np.concatenate(largest)), dtype=np.float64))
