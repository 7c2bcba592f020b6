"""What several repeats say together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..record import Spread

CONFIDENCE = 0.95


def spread(values: Sequence[float], overlap: float = 0.0, best: str = "lowest") -> Spread:
    """What values, one a repeat, say together.

    Args:
        values: of each repeat; not finite where it has none.
        overlap: see `interval`.
        best: which end is good. What is best when lowest is an error, at least 0, and has a
            geometric mean; anything else has mean and standard deviation alone.
    """
    finite = tuple(float(v) if math.isfinite(v) else None for v in values)
    known = [v for v in finite if v is not None]
    if len(known) < len(finite):
        return Spread(None, None, None, None, finite)
    mean = float(np.mean(known))
    if best != "lowest":
        std = float(np.std(known, ddof=1)) if len(known) > 1 else None
        return Spread(mean, std, None, None, finite)
    if len(known) < 2:
        return Spread(mean, None, typical(known), None, finite)
    std = float(np.std(known, ddof=1))
    return Spread(mean, std, typical(known), interval(known, overlap=overlap), finite)


def typical(values: Sequence[float]) -> float:
    """The geometric mean: the error of a typical seed; 0 where a value is."""
    with np.errstate(divide="ignore"):
        return float(np.exp(np.mean(np.log(values))))


def interval(values: Sequence[float], overlap: float = 0.0) -> tuple[float, float] | None:
    """95 % confidence interval of the geometric mean of two or more values, never below zero.

    Student's t on the logarithms; None where a value is zero, which has none. How often it holds
    the truth was measured on real errors, see docs/verdicts.md.

    Args:
        values: errors above 0, one a repeat.
        overlap: where repeats split the same rows, the number of validation rows over that of
            training rows, else 0. Such errors share most rows and scatter too little; the variance
            of their mean is (1 / count + overlap) std^2 (Nadeau and Bengio, 2003).
    """
    from scipy.special import stdtrit  # scipy.stats alone takes most of a second to import

    if min(values) <= 0:
        return None
    logs = np.log(values)
    half = float(stdtrit(len(logs) - 1, (1 + CONFIDENCE) / 2) * logs.std(ddof=1))
    half *= math.sqrt(1 / len(logs) + overlap)
    middle = float(logs.mean())
    with np.errstate(over="ignore"):
        low, high = np.exp([middle - half, middle + half])
    return (float(low), float(high)) if math.isfinite(high) else None


def median_index(values: Sequence[float]) -> int:
    """Where the (lower) median stands; non-finite values count as the largest."""
    ranked = np.argsort([v if math.isfinite(v) else math.inf for v in values], kind="stable")
    return int(ranked[(len(values) - 1) // 2])
