"""Runs that are to be compared, and each of them beside the best one, before chance is weighed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from datasets.dataset import Floats

from . import pair_tests
from .pair_tests import ROUNDING, Differences, Extremes, Guard

How = Literal["best", "paired", "welch", "exact", "unknown"]

LEVEL = 0.05  # the chance of calling an equal run worse, over all comparisons of a group
MARGIN = 1.05  # times the best's error: a run that is surely no worse than this is as good
# Beside an exact error the other's skewness is all there is, and a t-test too sure; between two
# random errors much of it cancels. Its p-values are taken times this.
SKEWED = 2
_ZERO = 1e-12  # an error below this share of what is large is zero but for rounding


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


class Compared(NamedTuple):
    """One run beside the best, before it is compared with chance in a whole group."""

    number: int
    how: How
    pairs: int
    found: Differences  # arrays of one
    p: float
    guard: pair_tests.Guard
    noise: float
    doubt: float  # what the p-value was multiplied by


class Shares(NamedTuple):
    """By how much the guard's level is divided: between random errors, and beside exact ones."""

    random: float
    exact: float


class Logs(NamedTuple):
    """The logarithms of each contender's errors, and of the worst that a repeat may end with."""

    each: tuple[Floats, ...]
    worst: float


def logarithms(contenders: Sequence[Contender], terms: Terms) -> Logs:
    """What is compared; an error of zero stands a hair's breadth above it."""
    worst = terms.worst or max(max(one.values) for one in contenders)
    zero = max(_ZERO * worst, 1e-300)
    each = tuple(np.log(np.maximum(one.values, zero)) for one in contenders)
    return Logs(each, math.log(max(worst, zero)))


def compare_pairs(
    contenders: Sequence[Contender], logs: Logs, best: int, terms: Terms, shares: Shares
) -> Iterator[Compared]:
    """Every run beside the best, where both have what it takes.

    Args:
        contenders: all runs, the best among them.
        logs: their logarithms, see `logarithms`.
        best: the index of the best.
        terms: on which they are judged.
        shares: by how much the guard's level is divided.
    """
    first, luckiest = contenders[best], min(float(one.min()) for one in logs.each)
    for (how, size, best_size, beside_exact), numbers in _alike(contenders, best).items():
        rows_KxR = np.array([np.resize(logs.each[number], size) for number in numbers])
        best_R = np.resize(logs.each[best], best_size)
        found, noise_K = _tested(how, rows_KxR, best_R, terms)
        p_K = pair_tests.one_sided_p(found) if how != "exact" else (found.mean_K <= ROUNDING) * 1.0
        share = shares.exact if beside_exact else shares.random
        doubt = SKEWED if beside_exact and how != "exact" else 1
        # What is exact has no luck, good or bad.
        exact_K = np.array([contenders[number].exact for number in numbers])
        highest_K = np.maximum(np.maximum(rows_KxR.max(axis=1), best_R.max()), logs.worst)
        extremes = Extremes(
            np.where(exact_K, rows_KxR.min(axis=1), luckiest),
            np.full(len(numbers), best_R.max()) if first.exact else highest_K,
        )
        level, together = terms.level / share, how != "welch"
        guard = pair_tests.guard(rows_KxR, best_R, extremes, level, together)
        for index, number in enumerate(numbers):
            yield Compared(
                number,
                how,
                min(size, best_size),
                Differences(*(part[index : index + 1] for part in found)),
                min(1.0, doubt * float(p_K[index])),
                Guard(guard.lower_K[index], np.minimum(guard.p_K[index] * share, 1.0)),
                float(noise_K[index]),
                doubt,
            )


def _alike(
    contenders: Sequence[Contender], best: int
) -> dict[tuple[How, int, int, bool], list[int]]:
    """The runs that are compared with the best in one way.

    By the way, their numbers of repeats and its, and whether one of the two is exact.
    """
    first = contenders[best]
    found: dict[tuple[How, int, int, bool], list[int]] = defaultdict(list)
    for number, one in enumerate(contenders):
        if number == best:
            continue
        if one.exact and first.exact:
            found["exact", 1, 1, True].append(number)
        elif one.exact or first.exact or one.seed == first.seed:
            common = min(len(c.values) for c in (one, first) if not c.exact)
            if common > 1:
                found["paired", common, common, one.exact or first.exact].append(number)
        elif min(len(one.values), len(first.values)) > 1:
            found["welch", len(one.values), len(first.values), False].append(number)
    return found


def _tested(how: How, rows_KxR: Floats, best_R: Floats, terms: Terms) -> tuple[Differences, Floats]:
    """How far apart, and the standard deviation (K,) of that over repeats."""
    if how == "exact":
        nothing_K = np.zeros(len(rows_KxR))
        return Differences((rows_KxR - best_R)[:, 0], nothing_K, nothing_K), nothing_K
    test = pair_tests.welch if how == "welch" else pair_tests.paired
    found = test(rows_KxR, best_R, terms.overlap)
    return found, found.error_K / math.sqrt(1 / rows_KxR.shape[1] + terms.overlap)
