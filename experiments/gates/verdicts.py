"""Whether new errors are still of a baseline's kind: what a gate says of errors from other seeds.

Errors over seeds are skewed, or have two humps where units die, so they are compared by rank.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import ranks
from .baselines import LEAST, SAME, Baseline


@dataclass(frozen=True)
class Verdict:
    """What a gate says of one experiment; true where it passes, and its text says why.

    moved: how far the mean is from the baseline's, over the baseline's, up being worse. widened:
    the standard deviation over the baseline's. Both are nan where they mean nothing. p: how often
    unchanged code looks so unlike its baseline; it fails below `level`.
    """

    name: str
    passed: bool
    moved: float
    widened: float
    p: float
    level: float
    said: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return f"{self.name}: {self.said}"


def judge(
    baseline: Baseline, values: Sequence[float | None], seed: int, level: float = 0.01
) -> Verdict:
    """Whether final errors from other seeds are of the baseline's kind.

    values: one a repeat, None or nan where a training diverged. seed: their training.seed. level:
    how often unchanged code may fail.

    The errors' ranks are tested (see `ranks`): an exact prediction region of probability 1 - level.

    Three things ranks need not see fail too: a diverged training; errors that are all equal where
    the baseline's vary; errors that are the baseline's own, though from another seed. Errors that
    never varied, as of closed forms, are compared as numbers.
    """
    known = _numbers(values)
    if not len(known) or not np.isfinite(known).all():
        diverged = int((~np.isfinite(known)).sum())
        said = f"{diverged} of {len(known)} trainings diverged, none did in the baseline"
        return Verdict(baseline.name, False, math.nan, math.nan, 0.0, level, said)
    mean, std = float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0
    moved = (mean - baseline.mean) / abs(baseline.mean) if baseline.mean else math.nan
    widened = std / baseline.std if baseline.std and len(known) > 1 else math.nan
    if baseline.fixed:
        p = float(np.allclose(known, baseline.mean, rtol=SAME, atol=0))
    else:
        p = ranks.p_value(known, np.array(baseline.values))
    wrong = trouble(baseline, values, seed)
    passed = p >= level and not wrong
    said = f"{baseline.score} {mean:.5g}"
    said += f" ± {std:.2g} over {len(known)}" if len(known) > 1 else ""
    said += f", baseline {baseline.mean:.5g} ± {baseline.std:.2g} over {baseline.count}: "
    verdict = Verdict(baseline.name, passed, moved, widened, p, level, said)
    return replace(verdict, said=said + (wrong or _worded(baseline, verdict, mean)))


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([math.nan if value is None else value for value in values], float)


def _worded(baseline: Baseline, verdict: Verdict, mean: float) -> str:
    """How far, which way, and whether that is too far."""
    if baseline.fixed:
        way = _way(mean - baseline.mean)
        return "as it was" if verdict else f"moved {way}; it never varied"
    said = f"moved {percent(abs(verdict.moved))} {_way(verdict.moved)}, "
    said += f"spread {verdict.widened:.2f} times, p = {verdict.p:.1g}"
    return f"as before, {said}" if verdict else f"{said} (below {verdict.level:.1g} fails)"


def _way(moved: float) -> str:
    return "up (worse)" if moved > 0 else "down (better)"


def trouble(baseline: Baseline, values: Sequence[float | None], seed: int) -> str:
    """What is wrong with the errors whatever their ranks; nothing where they are sound."""
    known = _numbers(values)
    if baseline.fixed:
        return ""
    if len(known) > 1 and np.ptp(known) <= 1e-12 * np.abs(known).max():
        return "every training ends on the same error: the seed of a repeat is ignored"
    count = min(len(known), baseline.count)
    same = np.allclose(known[:count], baseline.values[:count], rtol=LEAST, atol=0)
    if seed != baseline.seed and same:
        said = f"the errors are the baseline's, which come from seed {baseline.seed}, not {seed}"
        return f"{said}: training.seed is ignored"
    return ""


def percent(share: float) -> str:
    """A share in per cent with two digits: 18 %, 0.046 %."""
    return f"{100 * share:.2g} %" if abs(share) < 1 else f"{100 * share:,.0f} %"


def caught(baseline: Baseline, repeats: int, level: float, power: float = 0.95) -> float:
    """The shift, over the baseline's mean, that the ranks of a check catch with `power`.

    Estimated on 400 checks drawn from the baseline's own errors, shifted up and down. inf where
    there is no such shift below 20 standard deviations.
    """
    values_B = np.sort(baseline.values)
    drawn_CxR = np.random.default_rng(0).choice(values_B, (400, repeats))
    own_CxR = drawn_CxR.argsort(axis=1).argsort(axis=1) + 1.0  # ranks among themselves
    for shift in baseline.std * np.arange(0.1, 20, 0.1):
        both_WxCxR = drawn_CxR + shift * np.array([1, -1])[:, None, None]
        ranks_WxCxR = own_CxR + np.searchsorted(values_B, both_WxCxR)
        p_WxC = ranks.p_of(ranks_WxCxR, baseline.count)
        if (p_WxC < level).mean(axis=1).min() >= power:
            return float(shift / abs(baseline.mean)) if baseline.mean else math.inf
    return math.inf
