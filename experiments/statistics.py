"""What several repeats say together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """One number over repeats. `None` stands for what cannot be said.

    std is the sample standard deviation (n - 1); ci95 the 95 % confidence interval of the mean from
    Student's t. Both need two repeats. A repeat that diverged has no value, and then the run as a
    whole has no mean.
    """

    mean: float | None
    std: float | None
    ci95: tuple[float, float] | None
    values: tuple[float | None, ...]


def spread(values: Sequence[float], overlap: float = 0.0) -> Spread:
    """Mean, standard deviation and interval of one value per repeat; overlap: see `interval`."""
    finite = tuple(float(v) if math.isfinite(v) else None for v in values)
    known = [v for v in finite if v is not None]
    if len(known) < len(finite):
        return Spread(None, None, None, finite)
    mean = float(np.mean(known))
    if len(known) < 2:
        return Spread(mean, None, None, finite)
    std = float(np.std(known, ddof=1))
    return Spread(mean, std, interval(mean, std, len(known), overlap=overlap), finite)


def interval(
    mean: float, std: float, count: int, level: float = 0.95, overlap: float = 0.0
) -> tuple[float, float]:
    """Student's t confidence interval of a mean of `count` >= 2 normal values.

    Errors of splits of the same rows share most of these and scatter too little. overlap is then
    the number of validation rows over that of training rows, and the variance of the mean
    (1 / count + overlap) std^2 instead (Nadeau and Bengio, 2003).
    """
    from scipy.special import stdtrit  # scipy.stats alone takes most of a second to import

    half = float(stdtrit(count - 1, (1 + level) / 2)) * std
    half /= math.sqrt(count / (1 + count * overlap))
    return mean - half, mean + half


def median_index(values: Sequence[float]) -> int:
    """Where the (lower) median stands; non-finite values count as the largest."""
    ranked = np.argsort([v if math.isfinite(v) else math.inf for v in values], kind="stable")
    return int(ranked[(len(values) - 1) // 2])
