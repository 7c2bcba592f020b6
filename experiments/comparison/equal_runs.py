"""What chance alone does in sweeps of equal runs: the yardstick of `significance`.

The best run is picked from the very numbers that are tested, which makes it look better than it is,
and there are as many comparisons as other runs. So a p-value is read against simulated sweeps whose
runs are all equal: how often is the smallest p-value of such a sweep, against its own selected
best, as small? (minP: Westfall and Young, Resampling-Based Multiple Testing, 1993, section 2.6.)
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The shapes that errors take in the simulated sweeps. A t-test among few repeats is too sure where
# errors have two humps, as they have where units die: one run may be stuck in every repeat and the
# best in none. It is surest where half of the repeats get stuck.
SHAPES = ("normal", "two humps")
_SWEEPS, _NUMBERS = 8000, 10_000_000
# Sweeps at least, however large: for a verdict, and where a rough answer does.
_FEWEST, _FEWEST_ROUGHLY = 1000, 200
# NumPy adds fewer numbers than this one after another, whichever way they lie in memory; more of
# them in another order along the last axis.
_ADDED_IN_ORDER = 8


def share_as_small(p: NDArray[np.float64], runs: int, repeats: int) -> NDArray[np.float64]:
    """For p-values (...,): the share of sweeps of equal runs with one as small, by the worst shape.

    runs: how many are compared, the best among them.
    """
    shares = [
        (np.searchsorted(null_S, p, side="right") + 1) / (len(null_S) + 1)
        for null_S in _nulls(runs, repeats, False)
    ]
    return np.asarray(np.max(shares, axis=0), dtype=np.float64)


def critical_p(runs: int, repeats: int, level: float, roughly: bool = False) -> float:
    """The largest p-value whose `share_as_small` is at most `level`; 0 where there is none.

    roughly: of thousands of runs with many repeats, from fewer simulated sweeps.
    """
    found = []
    for null_S in _nulls(runs, repeats, roughly):
        allowed = math.floor(level * (len(null_S) + 1))
        found.append(np.nextafter(null_S[allowed - 1], 0) if allowed else 0.0)
    return float(min(found))


def _nulls(runs: int, repeats: int, roughly: bool) -> tuple[NDArray[np.float64], ...]:
    size = _rounded(runs)
    return _simulated(size, repeats, sweeps_of(size, repeats, roughly))


def sweeps_of(runs: int, repeats: int, roughly: bool = False) -> int:
    """How many sweeps are simulated: 8,000, or fewer that come to about 10 million values.

    1,000 at least; where a rough answer does and these came to more than 20 million, 200.
    """
    affordable = _NUMBERS // (runs * repeats)
    fewest = _FEWEST_ROUGHLY if roughly and 2 * affordable < _FEWEST else _FEWEST
    return max(fewest, min(_SWEEPS, affordable))


@cache
def _simulated(runs: int, repeats: int, sweeps: int) -> tuple[NDArray[np.float64], ...]:
    """`smallest_p` of all shapes, side by side: NumPy draws and computes without Python's lock."""
    with ThreadPoolExecutor(len(SHAPES)) as pool:
        return tuple(pool.map(lambda shape: smallest_p(runs, repeats, shape, sweeps), SHAPES))


def _rounded(runs: int) -> int:
    """A number of runs, past 16 rounded up to few sizes: more runs, larger p-values: safe."""
    size = 16
    while size < runs:
        size += size // 4
    return runs if runs <= 16 else size


@cache
def smallest_p(runs: int, repeats: int, shape: str, sweeps: int) -> NDArray[np.float64]:
    """Sorted (S,): the smallest one-sided p-value in each of S simulated sweeps of equal runs.

    Each run's paired t-test is against the one with the lowest mean.
    """
    from scipy.special import stdtr

    rng = np.random.default_rng([runs, repeats])
    block = max(1, 2_000_000 // (runs * repeats))
    largest = []
    for start in range(0, sweeps, block):
        t_SxM = _t_beside_best(_draw(rng, (min(block, sweeps - start), runs, repeats), shape))
        largest.append(t_SxM.max(axis=1).astype(np.float64))
    return np.sort(np.asarray(stdtr(repeats - 1, -np.concatenate(largest)), dtype=np.float64))


def _t_beside_best(x_SxMxR: NDArray[Any]) -> NDArray[Any]:
    """(S, M): each run's t statistic against the one of its sweep with the lowest mean."""
    repeats, axis = x_SxMxR.shape[2], 2
    if repeats < _ADDED_IN_ORDER:  # sums over a short last axis take twenty times as long
        x_SxMxR, axis = np.ascontiguousarray(np.moveaxis(x_SxMxR, 2, 0)), 0
    best_S = x_SxMxR.mean(axis=axis).argmin(axis=1)
    every = np.arange(len(best_S))
    best = x_SxMxR[:, every, best_S, None] if axis == 0 else x_SxMxR[every, best_S][:, None, :]
    difference_SxMxR = x_SxMxR - best
    mean_SxM = difference_SxMxR.mean(axis=axis, keepdims=True)
    std_SxM = difference_SxMxR.std(axis=axis, ddof=1, mean=mean_SxM)
    std_SxM[every, best_S] = 1.0
    t_SxM: NDArray[Any] = mean_SxM.squeeze(axis) / (std_SxM / math.sqrt(repeats))
    return t_SxM


def _draw(rng: np.random.Generator, size: tuple[int, ...], shape: str) -> NDArray[Any]:
    """Log errors of equal runs, repeats independent of one another."""
    x: NDArray[Any] = rng.standard_normal(size, dtype=np.float32)
    if shape == "two humps":  # a hundred times as far apart as they are wide
        x = (rng.random(size, dtype=np.float32) < 0.5) + 0.01 * x
    return x
