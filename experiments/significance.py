"""Which runs are worse than the best one, which are as good, and where the repeats cannot tell."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import pair_tests
from .equal_runs import critical_p, share_as_small
from .pair_tests import SAME, Differences, Floats
from .stuck import hump

Verdict = Literal["best", "worse", "as good", "unclear"]
How = Literal["best", "paired", "welch", "exact", "unknown"]
# Why a run is unclear: its repeats scatter, seeds of a kind not seen yet could turn the order, there
# are too few repeats for any verdict, or the two differ for sure but by no more than a margin.
Why = Literal["", "scatter", "unseen", "few"]

LEVEL = 0.05  # the chance of calling an equal run worse, over all comparisons of a group
MARGIN = 1.05  # times the best's error: a run that is surely no worse than this is as good
_FAR = 600.0  # logarithms further off have no ratio that is a number
_ZERO = 1e-12  # an error below this share of what is large is zero but for rounding
_FEWEST = 6  # repeats: the guard's p-value cannot go below 2 / 2^repeats


class Contender(NamedTuple):
    """What is compared of one run: an error per repeat, and the seed that all repeats come from.

    exact: the error is the same whatever the seed, as a closed form's is.
    """

    values: tuple[float, ...]
    seed: int
    exact: bool = False


@dataclass(frozen=True)
class Terms:
    """On what terms runs are judged.

    level: the chance of calling any equal run worse. margin: how many times the best's error is as
    good. worst: an error that a repeat may end with when it learns nothing, as the mean predictor
    does; without it the largest error of all stands for it. overlap: see `pair_tests.paired`.
    stages: repeats of a run after each stage of training, where there were several; see `stages`.
    """

    level: float = LEVEL
    margin: float = MARGIN
    worst: float | None = None
    overlap: float = 0.0
    stages: tuple[int, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """One run against the best of its group. `None` stands for what cannot be said.

    ratio: how many times the best's error (of geometric means). interval: of that ratio; the
    verdict is read off it: worse where it lies above 1, as good where it ends at the margin or
    below. p: the adjusted p-value of being worse. wins: the chance that a random repeat has a lower
    error than a random one of the best. why: it is unclear. noise: standard deviation of the log
    ratio over repeats. how: what compared the two.
    """

    verdict: Verdict
    how: How
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    wins: float | None = None
    why: Why = ""
    noise: float | None = None


class _Compared(NamedTuple):
    """One run beside the best, before it is compared with chance in a whole group."""

    number: int
    how: How
    pairs: int
    found: Differences  # of this run alone
    p: float
    guard: pair_tests.Guard
    noise: float


def judge(contenders: Sequence[Contender], terms: Terms | None = None) -> tuple[Judgement, ...]:
    """Compare every run with the one of the lowest typical error (geometric mean).

    A run is *worse* when two questions are both answered with yes, each at `terms.level`.

    Is it more than chance? A t-test on the logarithms of the errors, since errors are skewed and
    repeats differ by factors rather than by amounts; paired where runs share the seeds of their
    repeats, Welch's where they do not. Its p-value is read against simulated sweeps of equal runs
    (see `equal_runs`), which pays for having picked the best and for all comparisons; runs shown to
    be worse are dropped and the rest asked again among fewer (step-down).

    Does it hold for seeds of a kind not seen yet? Among 20 repeats a run may by luck show none of
    the 15 % that would get stuck, and so look better than it is, without any scatter that a t-test
    could see. `pair_tests.guard` bounds what that can do.

    A run is *as good* when the simultaneous upper bound of its ratio to the best is at most the
    margin, by the same t-test with Bonferroni's correction, else *unclear*. Being as good comes
    first: a difference within the margin is none that matters. A network with one repeat is
    unclear, and so is all that is compared with it.
    """
    if not contenders:
        return ()
    terms = terms or Terms()
    logs, worst = _logarithms(contenders, terms)
    best = min(range(len(logs)), key=lambda number: float(logs[number].mean()))
    # The more runs get stuck now and then, the likelier it is that the best one was picked because
    # it happened not to show it: they share the level. And of any two runs the luckier is the best,
    # so a one-sided bound has half the level.
    prone = sum(bool(hump(one).any()) for number, one in enumerate(logs) if number != best)
    compared = list(_compare(contenders, logs, best, worst, terms, 2 + 2 * prone))
    said: list[Judgement] = [
        Judgement("unclear", "unknown", _ratio(one.mean() - logs[best].mean()), why="few")
        for one in logs
    ]
    said[best] = Judgement("best", "best", 1.0)
    for one, judged in zip(compared, _judged(compared, terms), strict=True):
        wins = _wins(logs[one.number], logs[best])
        said[one.number] = Judgement(**{**judged, "wins": wins})
    return tuple(said)


def pair(run: Contender, than: Contender, terms: Terms | None = None) -> Judgement:
    """One run beside another one that was named before anything was seen.

    Nothing was picked and there is one comparison, so each end of the interval is a one-sided bound
    at `terms.level`; otherwise as in `judge`. The verdict "as good" stands for no worse than the
    margin, whichever is lower.
    """
    terms = terms or Terms()
    logs, worst = _logarithms([than, run], terms)
    compared = list(_compare([than, run], logs, 0, worst, terms, 1))
    if not compared:
        ratio = _ratio(logs[1].mean() - logs[0].mean())
        return Judgement("unclear", "unknown", ratio, why="few")
    one = compared[0]
    known = _verdict(one, one.p, terms.level, 1, terms)
    return Judgement(**{**known, "wins": _wins(logs[1], logs[0])})


def _logarithms(contenders: Sequence[Contender], terms: Terms) -> tuple[list[Floats], float]:
    """The logarithms of the errors of each, and of the worst error that a repeat may end with."""
    worst = terms.worst or max(max(one.values) for one in contenders)
    zero = max(_ZERO * worst, 1e-300)
    logs = [np.log(np.maximum(one.values, zero)) for one in contenders]
    return logs, math.log(max(worst, zero))


def detectable(
    noise: float,
    runs: int,
    repeats: int,
    span: float = 0.0,
    prone: int = 0,
    terms: Terms | None = None,
) -> float:
    """How many times the best's error a run needs, about, to be called worse.

    noise: standard deviation of its log ratio over repeats; runs: how many are as good as equal, the
    best among them; span: logarithm of the worst error that a repeat may end with over the best's;
    prone: how many runs show repeats that got stuck.
    """
    from scipy.special import stdtrit

    terms = terms or Terms()
    p = critical_p(runs, repeats, terms.level)
    chance = -float(stdtrit(repeats - 1, p)) * noise / math.sqrt(repeats) if p else math.inf
    unseen = span * ((terms.level / (2 + 2 * prone)) ** (-1 / repeats) - 1)
    return _ratio(max(chance, unseen))


def _compare(
    contenders: Sequence[Contender],
    logs: Sequence[Floats],
    best: int,
    worst: float,
    terms: Terms,
    shares: int,
) -> Iterator[_Compared]:
    """Every run beside the best, where both have what it takes; shares: of the guard's level."""
    first = contenders[best]
    luckiest = min(float(one.min()) for one in logs)
    batches: dict[tuple[How, int, int], list[int]] = defaultdict(list)
    for number, one in enumerate(contenders):
        if number == best:
            continue
        if one.exact or first.exact or one.seed == first.seed:
            sizes = [len(c.values) for c in (one, first) if not c.exact]
            common = min(sizes, default=1)
            if not sizes:
                batches["exact", 1, 1].append(number)
            elif common > 1:
                batches["paired", common, common].append(number)
        elif min(len(one.values), len(first.values)) > 1:
            batches["welch", len(one.values), len(first.values)].append(number)
    for (how, size, best_size), numbers in batches.items():
        rows_KxR = np.array([np.resize(logs[number], size) for number in numbers])
        best_R = np.resize(logs[best], best_size)
        test = pair_tests.welch if how == "welch" else pair_tests.paired
        exact_K = np.array([contenders[number].exact for number in numbers])
        highest_K = np.maximum(np.maximum(rows_KxR.max(axis=1), best_R.max()), worst)
        guard = pair_tests.guard(
            rows_KxR,
            best_R,
            np.where(exact_K, rows_KxR.min(axis=1), luckiest),
            np.full(len(numbers), best_R.max()) if first.exact else highest_K,
            terms.level / shares,
            together=how != "welch",
        )
        if how == "exact":
            nothing_K = np.zeros(len(numbers))
            found = Differences((rows_KxR - best_R)[:, 0], nothing_K, nothing_K)
            p_K = (found.mean_K <= SAME).astype(float)
            noise_K = nothing_K
        else:
            found = test(rows_KxR, best_R, terms.overlap)
            p_K = pair_tests.one_sided_p(found)
            noise_K = found.error_K / math.sqrt(1 / size + terms.overlap)
        for place, number in enumerate(numbers):
            yield _Compared(
                number,
                how,
                min(size, best_size),
                Differences(*(part[place : place + 1] for part in found)),
                float(p_K[place]),
                pair_tests.Guard(guard.lower_K[place], np.minimum(guard.p_K[place] * shares, 1.0)),
                float(noise_K[place]),
            )


def _judged(compared: Sequence[_Compared], terms: Terms) -> list[dict[str, Any]]:
    """The verdict on each, as the fields of a Judgement, against chance in the whole group."""
    random = [one for one in compared if one.how != "exact"]
    shares = dict(zip((one.number for one in random), _step_down(random, terms.level), strict=True))
    return [
        _verdict(one, *shares.get(one.number, (one.p, 0.0)), len(random), terms) for one in compared
    ]


def _verdict(
    one: _Compared, share: float, critical: float, comparisons: int, terms: Terms
) -> dict[str, Any]:
    mean = float(one.found.mean_K[0])
    p = max(share, float(one.guard.p_K)) if one.how != "exact" else one.p
    low = high = mean if abs(mean) > SAME else 0.0
    if one.how != "exact":
        by_chance = float(pair_tests.lower(one.found, np.array([critical]))[0])
        low = min(by_chance, float(one.guard.lower_K))
        high = float(pair_tests.upper(one.found, terms.level / comparisons)[0])
    verdict: Verdict = "unclear"
    why: Why = ""
    if high <= math.log(terms.margin) + SAME:
        verdict = "as good"
    elif low > 0:
        verdict = "worse"
    elif one.pairs < _FEWEST or critical < 1e-9:
        why = "few"
    else:
        why = "scatter" if share > terms.level else "unseen"
    return {
        "verdict": verdict,
        "how": one.how,
        "ratio": _ratio(mean),
        "interval": (_ratio(low), _ratio(max(high, low))),
        "p": p,
        "why": why,
        "noise": one.noise,
    }


def _step_down(compared: Sequence[_Compared], level: float) -> list[tuple[float, float]]:
    """Of each run its adjusted p-value by chance alone, and the p-value that it had to reach.

    Each round drops the runs that are worse and asks again among fewer. A run's adjusted p-value is
    never below that of a run dropped before it. Of runs with different numbers of repeats the
    smallest counts, which is safe.
    """
    found: dict[int, tuple[float, float]] = {}
    left = list(range(len(compared)))
    reached = 0.0
    while left:
        runs, repeats = len(left) + 1, min(compared[place].pairs for place in left)
        p_L = np.array([compared[place].p for place in left])
        share_L = np.maximum(share_as_small(p_L, runs, repeats), reached)
        critical = critical_p(runs, repeats, level)
        worse = np.flatnonzero(share_L <= level)
        dropped = worse if len(worse) else np.arange(len(left))
        for at in dropped:
            found[left[at]] = float(share_L[at]), critical
        reached = float(share_L[dropped].max())
        left = [place for place in left if place not in found]
    return [found[place] for place in range(len(compared))]


def _wins(one: NDArray[Any], best: NDArray[Any]) -> float:
    """How often a random repeat of one has a lower error than a random one of the other."""
    ordered = np.sort(one)
    below = np.searchsorted(ordered, best, side="left")
    equal = np.searchsorted(ordered, best, side="right") - below
    return float((below + 0.5 * equal).mean() / len(ordered))


def _ratio(difference: float) -> float:
    """A difference of logarithms as a ratio."""
    return math.exp(min(max(float(difference), -_FAR), _FAR))
