"""Two questions to each run beside the best, on the logarithms of their errors.

`differences`: could chance alone, over the repeats there are, make the run look so much worse? That
is a t-test. `guard`: would it still be worse if what the repeats have not shown yet were as bad for
it as it can be? That one needs no shape of the errors, and few repeats can hardly pass it.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

ROUNDING = 1e-6  # errors that differ by less, relative to each other, differ by rounding alone
_DRAWS, _BLOCK = 10_000, 16  # runs at a time whose draws fit into a processor's cache
_THREADS = 2
_PARTS = 10  # of the draws of a run


class Differences(NamedTuple):
    """Mean log ratio to the best of K runs (K,), its standard error and degrees of freedom."""

    mean_K: Floats
    error_K: Floats
    freedom_K: Floats


def paired(rows_KxR: Floats, best_R: Floats, overlap: float = 0.0) -> Differences:
    """Of runs whose repeat k shares its seed with repeat k of the best, or with an exact error.

    Args:
        rows_KxR: logarithms of the errors of K runs, one a repeat.
        best_R: those of the best run.
        overlap: validation over training rows where every repeat splits the same rows anew. Such
            repeats are not independent, and the variance of their mean is (1 / R + overlap) times
            theirs, not 1 / R times (Nadeau and Bengio, Inference for the generalization error,
            Machine Learning 52, 2003).
    """
    difference_KxR = rows_KxR - best_R
    repeats = difference_KxR.shape[1]
    error_K = difference_KxR.std(axis=1, ddof=1) * math.sqrt(1 / repeats + overlap)
    return _differences(difference_KxR.mean(axis=1), error_K, np.full(len(error_K), repeats - 1.0))


def welch(rows_KxR: Floats, best_B: Floats, overlap: float = 0.0) -> Differences:
    """Of runs whose repeats have no counterpart in the best run; spreads may differ.

    The degrees of freedom are those of the run with fewer repeats, which is safe, rather than
    Welch's: errors with two humps are too far from normal for the latter.
    """
    repeats, others = rows_KxR.shape[1], len(best_B)
    variance_K = rows_KxR.var(axis=1, ddof=1) * (1 / repeats + overlap)
    variance_K += best_B.var(ddof=1) * (1 / others + overlap)
    freedom_K = np.full(len(rows_KxR), min(repeats, others) - 1.0)
    return _differences(rows_KxR.mean(axis=1) - best_B.mean(), np.sqrt(variance_K), freedom_K)


def _differences(mean_K: Floats, error_K: Floats, freedom_K: Floats) -> Differences:
    """Rounding is no difference, and no spread is never less than that of rounding."""
    mean_K = np.where(np.abs(mean_K) <= ROUNDING, 0.0, mean_K)
    return Differences(mean_K, np.maximum(error_K, 0.01 * ROUNDING), freedom_K)


def one_sided_p(found: Differences) -> Floats:
    """How often equal runs look as much worse, each pair by itself (K,)."""
    from scipy.special import stdtr

    return np.asarray(stdtr(found.freedom_K, -found.mean_K / found.error_K), dtype=np.float64)


def lower(found: Differences, p: Floats) -> Floats:
    """The log ratio (K,) from which a one-sided test at `p` (K,) does not tell; -inf for p = 0."""
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore"):
        bound_K = found.mean_K + stdtrit(found.freedom_K, p) * found.error_K
    return np.where(np.asarray(p) > 0, bound_K, -np.inf)


def upper(found: Differences, p: float) -> Floats:
    """The upper confidence bound (K,) of the log ratio, one-sided at `p`."""
    from scipy.special import stdtrit

    return np.asarray(found.mean_K - stdtrit(found.freedom_K, p) * found.error_K)


class Guard(NamedTuple):
    """Lower confidence bound of the log ratio (K,), and the p-value of its being at most zero."""

    lower_K: Floats
    p_K: Floats


class Extremes(NamedTuple):
    """Log errors (K,): the luckiest that each run could have, the unluckiest of the best run."""

    lucky_K: Floats
    unlucky_K: Floats


def guard(
    rows_KxR: Floats, best_R: Floats, extremes: Extremes, level: float, together: bool
) -> Guard:
    """A bound that holds whatever shape the errors have, units that die in some repeats included.

    One more repeat is added to those there are: the luckiest that the run could have, beside the
    unluckiest that the best run could have. All are then weighted at random, uniformly over all
    weights that add up to one, and the bound is the `level` quantile of the weighted mean. The
    weight of the added one is what a kind of seed could make up that no repeat has shown yet.

    Bounds of this kind are those of Gaffke (Mathematical Methods of Statistics 14, 2005) and of
    Learned-Miller and Thomas (A new confidence interval for the mean of a bounded random variable,
    2019); without the added repeat it is the Bayesian bootstrap (Rubin, Annals of Statistics 9,
    1981).

    Args:
        rows_KxR: logarithms of the errors of K runs, one a repeat.
        best_R: those of the best run; other in number than R only where not `together`.
        extremes: the added repeat.
        level: the chance that the bound lies too high.
        together: whether repeat k of both belongs together.

    Returns:
        The bound of each run, and the p-value of its error being no higher than the best's.
    """

    def of_block(start: int) -> Guard:
        block = slice(start, start + _BLOCK)
        added = Extremes(*(part_K[block] for part_K in extremes))
        return _guard(rows_KxR[block], best_R, added, level, together)

    starts = range(0, len(rows_KxR), _BLOCK)
    if len(starts) == 1:
        return of_block(0)
    with ThreadPoolExecutor(_THREADS) as pool:  # NumPy sorts without Python's lock
        blocks = list(pool.map(of_block, starts))
    return Guard(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _guard(
    rows_KxR: Floats, best_R: Floats, extremes: Extremes, level: float, together: bool
) -> Guard:
    """The same for so many runs as fit into the cache together with all draws."""
    repeats = rows_KxR.shape[1]
    if together:
        added_K = extremes.lucky_K - extremes.unlucky_K
        mean_KxD = np.column_stack([rows_KxR - best_R, added_K]) @ _random_weights(repeats + 1, 0)
    else:
        own_RxD, other_BxD = _random_weights(repeats + 1, 0), _random_weights(len(best_R) + 1, 1)
        mean_KxD = np.column_stack([rows_KxR, extremes.lucky_K]) @ own_RxD
        mean_KxD -= best_R @ other_BxD[:-1] + np.outer(extremes.unlucky_K, other_BxD[-1])
    p_K = ((mean_KxD <= 0).sum(axis=1) + 1) / (_DRAWS + 1)
    allowed = math.floor(level * (_DRAWS + 1))
    if allowed < 1:  # so low a level that no draw is rare enough
        return Guard(np.full(len(rows_KxR), -np.inf), p_K)
    return Guard(_smallest_but(allowed - 1, mean_KxD), p_K)


def _smallest_but(rank: int, values_KxD: Floats) -> Floats:
    """Of each row the value that `rank` others are no larger than, as a partition finds it.

    Few are low enough to be it: no more than the one of that rank among minima of parts.
    """
    lowest_KxM = values_KxD.reshape(len(values_KxD), _PARTS, -1).min(axis=1)
    if rank >= lowest_KxM.shape[1]:
        return np.asarray(np.partition(values_KxD, rank, axis=1)[:, rank])
    most_K = np.partition(lowest_KxM, rank, axis=1)[:, rank]
    low = (row_D[row_D <= most] for row_D, most in zip(values_KxD, most_K, strict=True))
    return np.array([np.partition(row, rank)[rank] for row in low])


@cache
def _random_weights(count: int, stream: int) -> NDArray[Any]:
    """(count, draws): random weights, uniform over all that add up to one; always the same."""
    drawn = np.random.default_rng([count, stream]).exponential(size=(count, _DRAWS))
    weights: NDArray[Any] = drawn / drawn.sum(axis=0)
    return weights
