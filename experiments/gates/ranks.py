"""Whether values are of the kind of others, by their ranks: Cucconi's test.

One number from the ranks of the values among all, large where they lie higher or lower than the
others, and where they lie closer or wider (Marozzi, Some notes on the location-scale Cucconi test,
Journal of Nonparametric Statistics 21, 2009, pages 629 to 647). Where both are of one kind every
arrangement of ranks is equally likely, whatever their distribution: the test is exact, up to the
`SIMULATIONS` arrangements that are drawn.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIMULATIONS = 200_000
# How many arrangements have to be rarer than the level, or a test could hardly fail.
TAIL_ROOM = 20


def can_fail(count: int, repeats: int, level: float) -> bool:
    """Whether so many errors beside a baseline of `count` are enough to fail at all."""
    return math.comb(count + repeats, repeats) * level >= TAIL_ROOM


def p_value(values_R: NDArray[np.float64], others_B: NDArray[np.float64]) -> float:
    """How often values like the others lie as unlike them as these do."""
    return float(p_of(_ranks(others_B, values_R), len(others_B)))


def p_of(ranks_xR: NDArray[Any], count: int) -> NDArray[np.float64]:
    """How often values like the others have ranks as unlike theirs as these.

    Args:
        ranks_xR: (..., R), among themselves and the others, from 1.
        count: how many others there are.

    Returns:
        That share, (...,).
    """
    null = _null(count, ranks_xR.shape[-1])
    beyond = len(null) - np.searchsorted(null, _cucconi(ranks_xR, count) - 1e-9, "left")
    share: NDArray[np.float64] = (1 + np.asarray(beyond)) / (1 + len(null))
    return share


def _ranks(baseline_B: NDArray[np.float64], values_R: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks (R,) of values among all, from 1; equal ones share the mean of theirs."""
    everything = np.sort(np.concatenate([baseline_B, values_R]))
    left = np.searchsorted(everything, values_R, "left")
    right = np.searchsorted(everything, values_R, "right")
    ranks: NDArray[np.float64] = (left + right + 1) / 2
    return ranks


def _cucconi(ranks_xR: NDArray[Any], count: int) -> Any:
    """Cucconi's statistic of ranks (..., R) beside `count` others; Marozzi (2009), section 2."""
    repeats = ranks_xR.shape[-1]
    n = count + repeats
    centre = repeats * (n + 1) * (2 * n + 1)
    scale = math.sqrt(repeats * count * (n + 1) * (2 * n + 1) * (8 * n + 11) / 5)
    up = (6 * np.square(ranks_xR).sum(axis=-1) - centre) / scale
    down = (6 * np.square(n + 1 - ranks_xR).sum(axis=-1) - centre) / scale
    rho = 2 * (n * n - 4) / ((2 * n + 1) * (8 * n + 11)) - 1
    return (up * up + down * down - 2 * rho * up * down) / (2 * (1 - rho * rho))


@lru_cache(maxsize=32)
def _null(count: int, repeats: int) -> NDArray[np.float64]:
    """Cucconi's statistic of random arrangements, sorted."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(100):
        keys = rng.random((SIMULATIONS // 100, count + repeats), dtype=np.float32)
        ranks = np.argpartition(keys, repeats - 1, axis=1)[:, :repeats] + 1.0
        found.append(_cucconi(ranks, count))
    return np.sort(np.concatenate(found))
