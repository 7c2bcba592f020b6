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

# Of checks: how many detect what they are said to detect.
POWER = 0.95


@dataclass(frozen=True)
class GateVerdict:
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
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def compare_to_baseline(
    baseline: Baseline, values: Sequence[float | None], seed: int, level: float = 0.01
) -> GateVerdict:
    """Whether final errors from other seeds are of the baseline's kind.

    Args:
        baseline: what they are compared to.
        values: one a repeat, None or nan where a training diverged.
        seed: their training.seed.
        level: how often unchanged code may fail.

    The errors' ranks are tested (see `ranks`): an exact prediction region of probability 1 - level.

    Three things ranks need not see fail too: a diverged training; errors that are all equal where
    the baseline's vary; errors that are the baseline's own, though from another seed. Errors that
    never varied, as of closed forms, are compared as numbers.
    """
    known = _nan_for_none(values)
    if not len(known) or not np.isfinite(known).all():
        diverged = int((~np.isfinite(known)).sum())
        message = f"{diverged} of {len(known)} trainings diverged, none did in the baseline"
        return GateVerdict(baseline.name, False, math.nan, math.nan, 0.0, level, message)
    mean, std = float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0
    moved = (mean - baseline.mean) / abs(baseline.mean) if baseline.mean else math.nan
    widened = std / baseline.std if baseline.std and len(known) > 1 else math.nan
    if baseline.fixed:
        p = float(np.allclose(known, baseline.mean, rtol=SAME, atol=0))
    else:
        p = ranks.p_value(known, np.array(baseline.values))
    wrong = trouble(baseline, values, seed)
    passed = p >= level and not wrong
    message = f"{baseline.score} {mean:.5g}"
    message += f" ± {std:.2g} over {len(known)}" if len(known) > 1 else ""
    message += f", baseline {baseline.mean:.5g} ± {baseline.std:.2g} over {baseline.count}: "
    verdict = GateVerdict(baseline.name, passed, moved, widened, p, level, message)
    return replace(verdict, message=message + (wrong or _worded(baseline, verdict, mean)))


def _nan_for_none(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([math.nan if value is None else value for value in values], float)


def _worded(baseline: Baseline, verdict: GateVerdict, mean: float) -> str:
    """How far, which way, and whether that is too far."""
    if baseline.fixed:
        way = _way(mean - baseline.mean)
        return "as it was" if verdict else f"moved {way}; it never varied"
    message = f"moved {two_digit_percent(abs(verdict.moved))} {_way(verdict.moved)}, "
    message += f"spread {verdict.widened:.2f} times, p = {verdict.p:.1g}"
    return f"as before, {message}" if verdict else f"{message} (below {verdict.level:.1g} fails)"


def _way(moved: float) -> str:
    return "up (worse)" if moved > 0 else "down (better)"


def trouble(baseline: Baseline, values: Sequence[float | None], seed: int) -> str:
    """What is wrong with the errors whatever their ranks; nothing where they are sound.

    Args:
        baseline: what they are compared to.
        values: one a repeat, None or nan where a training diverged.
        seed: their training.seed.
    """
    known = _nan_for_none(values)
    if baseline.fixed:
        return ""
    if len(known) > 1 and np.ptp(known) <= 1e-12 * np.abs(known).max():
        return "every training ends on the same error: the seed of a repeat is ignored"
    count = min(len(known), baseline.count)
    same = np.allclose(known[:count], baseline.values[:count], rtol=LEAST, atol=0)
    if seed != baseline.seed and same:
        message = f"the errors are the baseline's, which come from seed {baseline.seed}, not {seed}"
        return f"{message}: training.seed is ignored"
    return ""


def two_digit_percent(share: float) -> str:
    """A share in per cent with two digits: 18 %, 0.046 %."""
    return f"{100 * share:.2g} %" if abs(share) < 1 else f"{100 * share:,.0f} %"


def detectable_shift(baseline: Baseline, repeats: int, level: float) -> float:
    """The shift that the ranks of 95 in 100 checks detect, over the baseline's mean.

    Args:
        baseline: what is checked against.
        repeats: how many errors a check has.
        level: how often a check of unchanged code may fail.

    Returns:
        An estimate from 400 checks drawn from the baseline's own errors, shifted up and down; inf
        where there is no such shift below 20 standard deviations.
    """
    values_B = np.sort(baseline.values)
    drawn_CxR = np.random.default_rng(0).choice(values_B, (400, repeats))
    own_CxR = drawn_CxR.argsort(axis=1).argsort(axis=1) + 1.0  # ranks among themselves
    for shift in baseline.std * np.arange(0.1, 20, 0.1):
        both_WxCxR = drawn_CxR + shift * np.array([1, -1])[:, None, None]
        ranks_WxCxR = own_CxR + np.searchsorted(values_B, both_WxCxR)
        p_WxC = ranks.p_of(ranks_WxCxR, baseline.count)
        if (p_WxC < level).mean(axis=1).min() >= POWER:
            return float(shift / abs(baseline.mean)) if baseline.mean else math.inf
    return math.inf
