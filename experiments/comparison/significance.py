"""Which runs are worse than the best one, which are as good, and where the repeats cannot tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import pair_tests
from .contenders import Compared, Contender, How, Shares, Terms, compare_pairs, logarithms
from .equal_runs import critical_p, share_as_small
from .pair_tests import ROUNDING, Differences
from .stuck import hump

Verdict = Literal["best", "worse", "as good", "unclear"]
# Why a run is unclear: its repeats scatter, seeds of a kind not seen yet could turn the order, or
# there are too few repeats for any verdict.
Why = Literal["", "scatter", "unseen", "few"]

_FAR = 600.0  # logarithms further off have no ratio that is a number
_FEWEST = 6  # repeats: the guard's p-value cannot go below 2 / 2^repeats


@dataclass(frozen=True)
class Judgement:
    """One run against the best of its group. `None` stands for what is not known.

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


def compare_to_best(
    contenders: Sequence[Contender], terms: Terms | None = None
) -> tuple[Judgement, ...]:
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
    everything = logarithms(contenders, terms)
    logs = everything.each
    best = min(range(len(logs)), key=lambda number: float(logs[number].mean()))
    # The more runs get stuck now and then, the likelier it is that the best one was picked because
    # it happened not to show it: they share the level. And of any two runs the luckier is the best,
    # so a one-sided bound has half the level.
    prone = sum(bool(hump(one).any()) for number, one in enumerate(logs) if number != best)
    compared = list(compare_pairs(contenders, everything, best, terms, _shares(prone)))
    found: list[Judgement] = [
        Judgement("unclear", "unknown", _ratio(one.mean() - logs[best].mean()), why="few")
        for one in logs
    ]
    found[best] = Judgement("best", "best", 1.0)
    for one, judged in zip(compared, _decided(compared, terms), strict=True):
        wins = _wins(logs[one.number], logs[best])
        found[one.number] = Judgement(**{**judged, "wins": wins})
    return tuple(found)


def pair(run: Contender, than: Contender, terms: Terms | None = None) -> Judgement:
    """One run beside another one that was named before anything was seen.

    Nothing was picked and there is one comparison, so each end of the interval is a one-sided bound
    at `terms.level`; otherwise as in `compare_to_best`. The verdict "as good" stands for no worse
    than the margin, whichever is lower.

    Args:
        run: the run that may be worse.
        than: the other one.
        terms: level, margin and the rest; `Terms()` without.

    Returns:
        What is known of the ratio of their errors, `run` over `than`.
    """
    terms = terms or Terms()
    both = logarithms([than, run], terms)
    logs = both.each
    compared = list(compare_pairs([than, run], both, 0, terms, Shares(1, 1)))
    if not compared:
        ratio = _ratio(logs[1].mean() - logs[0].mean())
        return Judgement("unclear", "unknown", ratio, why="few")
    one = compared[0]
    bounds = _chance_bounds([one], [terms.level], 1, terms)[0]
    known = _verdict(one, one.p, terms.level, bounds, terms)
    return Judgement(**{**known, "wins": _wins(logs[1], logs[0])})


def _shares(prone: int) -> Shares:
    """How the guard's level is shared where so many runs show repeats that got stuck.

    Runs that get stuck scatter, which the t-test sees; so the root is enough between them. Beside
    an exact error it does not help, and each of them is one chance to look better by luck.
    """
    return Shares(2 * math.sqrt(1 + prone), 2 * (1 + prone))


class Unseen(NamedTuple):
    """What the best run's repeats may not have shown yet.

    span: logarithm of the worst error that a repeat may end with over the best's; prone: how many
    runs show repeats that got stuck.
    """

    span: float = 0.0
    prone: int = 0


def minimum_detectable_ratio(
    noise: float, runs: int, repeats: int, unseen: Unseen, terms: Terms | None = None
) -> float:
    """How many times the best's error a run needs, about, to be called worse.

    Args:
        noise: standard deviation over repeats of the logarithm of its error ratio.
        runs: how many are as good as equal, the best among them.
        repeats: of each run.
        unseen: what the best run's repeats may not have shown.
        terms: the level, above all; `Terms()` without.

    Returns:
        The ratio, 1 or more; inf where so few repeats show nothing.
    """
    from scipy.special import stdtrit

    terms = terms or Terms()
    p = critical_p(runs, repeats, terms.level, roughly=True)
    chance = -float(stdtrit(repeats - 1, p)) * noise / math.sqrt(repeats) if p else math.inf
    bound = unseen.span * ((terms.level / _shares(unseen.prone).random) ** (-1 / repeats) - 1)
    return _ratio(max(chance, bound))


def _decided(compared: Sequence[Compared], terms: Terms) -> list[dict[str, Any]]:
    """The verdict on each, as the fields of a Judgement, against chance in the whole group."""
    random = [one for one in compared if one.how != "exact"]
    shares = dict(zip((one.number for one in random), _step_down(random, terms.level), strict=True))
    found = [shares.get(one.number, (one.p, 0.0)) for one in compared]
    bounds = _chance_bounds(compared, [critical for _, critical in found], len(random), terms)
    return [
        _verdict(one, *share, both, terms)
        for one, share, both in zip(compared, found, bounds, strict=True)
    ]


def _chance_bounds(
    compared: Sequence[Compared], critical: Sequence[float], comparisons: int, terms: Terms
) -> list[tuple[float, float]]:
    """What chance alone leaves of each log ratio: from where to where; equal ends of exact ones."""
    if not compared:
        return []
    found = Differences(*map(np.concatenate, zip(*(one.found for one in compared), strict=True)))
    exact_K = np.array([one.how == "exact" for one in compared])
    doubt_K = np.array([one.doubt for one in compared])
    low_K = pair_tests.lower(found, np.array(critical) / doubt_K)
    high_K = pair_tests.upper(found, terms.level / max(comparisons, 1))
    same_K = np.where(np.abs(found.mean_K) > ROUNDING, found.mean_K, 0.0)
    low_K, high_K = np.where(exact_K, same_K, low_K), np.where(exact_K, same_K, high_K)
    return list(zip(low_K.tolist(), high_K.tolist(), strict=True))


def _verdict(
    one: Compared, share: float, critical: float, bounds: tuple[float, float], terms: Terms
) -> dict[str, Any]:
    p, (low, high) = one.p, bounds
    if one.how != "exact":
        p, low = max(share, float(one.guard.p_K)), min(low, float(one.guard.lower_K))
    verdict: Verdict = "unclear"
    why: Why = ""
    if high <= math.log(terms.margin) + ROUNDING:
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
        "ratio": _ratio(one.found.mean_K[0]),
        "interval": (_ratio(low), _ratio(max(high, low))),
        "p": p,
        "why": why,
        "noise": one.noise,
    }


def _step_down(compared: Sequence[Compared], level: float) -> list[tuple[float, float]]:
    """Of each run its adjusted p-value by chance alone, and the p-value that it had to reach.

    Each round drops the runs that are worse and asks again among fewer. A run's adjusted p-value is
    never below that of a run dropped before it. Of runs with different numbers of repeats the
    smallest counts, which is safe.
    """
    found: dict[int, tuple[float, float]] = {}
    left = list(range(len(compared)))
    reached = 0.0
    while left:
        runs, repeats = len(left) + 1, min(compared[index].pairs for index in left)
        p_L = np.array([compared[index].p for index in left])
        share_L = np.maximum(share_as_small(p_L, runs, repeats), reached)
        critical = critical_p(runs, repeats, level)
        worse = np.flatnonzero(share_L <= level)
        dropped = worse if len(worse) else np.arange(len(left))
        for at in dropped:
            found[left[at]] = float(share_L[at]), critical
        reached = float(share_L[dropped].max())
        left = [index for index in left if index not in found]
    return [found[index] for index in range(len(compared))]


def _wins(one: NDArray[Any], best: NDArray[Any]) -> float:
    """How often a random repeat of one has a lower error than a random one of the other."""
    ordered = np.sort(one)
    below = np.searchsorted(ordered, best, side="left")
    equal = np.searchsorted(ordered, best, side="right") - below
    return float((below + 0.5 * equal).mean() / len(ordered))


def _ratio(difference: float) -> float:
    """A difference of logarithms as a ratio."""
    return math.exp(min(max(float(difference), -_FAR), _FAR))
