"""Which keys an error depends on: the functional analysis of variance of its logarithm.

Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter importance"
(2014), with least squares in place of their forest: a sweep is a small grid, of which most or all
combinations are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

from .rows import Row
from .run_names import told_apart

Levels = NDArray[np.int64]

# Values of a number that stand for themselves; of more, as a random search draws them, BINS parts
# of about as many runs each do.
VALUES, BINS = 8, 4
_VANISHING = 1e-12  # an error below this share of the largest is zero but for rounding


class KeyShare(NamedTuple):
    """What one key, or two together beyond what each does alone, make of the variance.

    keys: those that never vary apart are one, their names joined by a plus sign.
    """

    keys: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Importance:
    """The variance of the log typical error over the runs of a group, taken apart.

    shares: the largest first. rest: what they leave: interactions that are not among them, and the
    scatter of seeds. runs, left_out: how many runs it rests on, and how many have no error or lack
    a key. binned: keys whose values were put together. interactions: whether the runs were enough
    to tell those of all pairs. reason: why there are no shares.
    """

    shares: tuple[KeyShare, ...] = ()
    rest: float = 0.0
    runs: int = 0
    left_out: int = 0
    binned: tuple[str, ...] = ()
    interactions: bool = False
    reason: str = ""


def key_importance(rows: Sequence[Row], keys: Sequence[str]) -> Importance:
    """How much of the variance of the log typical error each key explains.

    The log error is a sum of a mean, an effect of each value of a key, and of each pair of values,
    each adding up to zero over a key's values. The share of a key is the mean square of its effects
    over its values, so that a value that few runs have counts no less; `rest` is the mean square of
    the residuals. On a complete grid these are the sums of squares of the classical analysis of
    variance. Interactions stay in the rest where the runs are too few or too much alike to tell
    them.

    Args:
        rows: the runs of one group; those without an error are left out.
        keys: config keys that may vary among them.

    Returns:
        The shares, or the reason why there are none.
    """
    kept, used = _usable(rows, keys)
    facts = Importance(runs=len(kept), left_out=len(rows) - len(kept))
    errors_N = np.array([row.typical for row in kept], dtype=float)
    levels, binned = _levels(kept, used)
    if len(levels) < 2:
        return _no_shares(facts, "fewer than two keys vary among these runs")
    logs_N = np.log(np.maximum(errors_N, max(_VANISHING * float(errors_N.max()), 1e-300)))
    if float(np.ptp(logs_N)) < 1e-9:
        return _no_shares(facts, "all errors are equal")
    mains = [((name,), _effects(levels_N)) for name, levels_N in levels.items()]
    pairs = [((*a, *b), _product(x, y)) for (a, x), (b, y) in combinations(mains, 2)]
    if not _told_apart(mains, len(kept) - 1):
        return _no_shares(facts, "these runs are too few, or their keys vary too much together")
    told = _interactions(mains, pairs, levels)
    shares, rest = _variance_shares(logs_N, [*mains, *told])
    shares.sort(key=lambda one: -one.share)
    every = len(told) == len(pairs)
    return Importance(tuple(shares), rest, facts.runs, facts.left_out, binned, every)


Term = tuple[tuple[str, ...], Floats]


def _no_shares(facts: Importance, reason: str) -> Importance:
    return Importance(runs=facts.runs, left_out=facts.left_out, reason=reason)


def _usable(rows: Sequence[Row], keys: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Runs that have an error and all keys that most have, and those keys."""
    ranked = [row for row in rows if row.rank is not None and row.typical is not None]
    having = Counter(key for row in ranked for key in keys if key in row.keys)
    used = [key for key in keys if 2 * having[key] > len(ranked)]
    return [row for row in ranked if all(key in row.keys for key in used)], used


def _levels(rows: Sequence[Row], keys: Sequence[str]) -> tuple[dict[str, Levels], tuple[str, ...]]:
    """Of each key that varies the number of a run's value, and which keys have parts for values."""
    found: dict[tuple[int, ...], list[str]] = {}
    binned = []
    for key in keys:
        values = [row.keys[key] for row in rows]
        levels_N, in_parts = _numbered(values)
        if len(set(levels_N)) > 1:
            found.setdefault(tuple(levels_N), []).append(key)
            binned += [key] * in_parts
    named = {" + ".join(same): np.array(levels) for levels, same in found.items()}
    return named, tuple(binned)


def _numbered(values: Sequence[Any]) -> tuple[list[int], bool]:
    """Each value's number in the order of their first occurrence; whether they were put in parts.

    Only values that are numbers can be.
    """
    words = [told_apart(value) for value in values]
    numbers = all(isinstance(value, int | float) for value in values)
    in_parts = numbers and len(set(words)) > VALUES
    if in_parts:
        edges = np.quantile(values, np.arange(1, BINS) / BINS)
        words = np.searchsorted(edges, values, side="right").tolist()
    order = {word: number for number, word in enumerate(dict.fromkeys(words))}
    return [order[word] for word in words], in_parts


def _interactions(
    mains: Sequence[Term], pairs: Sequence[Term], levels: Mapping[str, Levels]
) -> list[Term]:
    """The pairs that can be told: all, or those with a run in each cell, or none."""
    runs = len(mains[0][1])

    def complete(names: tuple[str, ...]) -> bool:
        both = np.stack([levels[name] for name in names])
        return len(np.unique(both, axis=1).T) == int(np.prod(both.max(axis=1) + 1))

    for wanted in (pairs, [pair for pair in pairs if complete(pair[0])]):
        if _told_apart([*mains, *wanted], runs):
            return list(wanted)
    return []


def _effects(levels_N: Levels) -> Floats:
    """Columns (N, L - 1) whose weights are effects that add up to zero over L levels."""
    size = int(levels_N.max()) + 1
    coded_LxE = np.vstack([np.eye(size - 1), -np.ones(size - 1)])
    return np.asarray(coded_LxE[levels_N])


def _product(a_NxE: Floats, b_NxF: Floats) -> Floats:
    """Columns of what two keys do together."""
    return np.asarray((a_NxE[:, :, None] * b_NxF[:, None, :]).reshape(len(a_NxE), -1))


def _told_apart(terms: Sequence[Term], most: int) -> bool:
    """Whether so many runs determine a mean and all effects."""
    columns_NxC = _design_columns(terms)
    if columns_NxC.shape[1] > most:
        return False
    # Codes are small whole numbers: squaring their condition costs nothing that matters.
    sizes_C = np.linalg.eigvalsh(columns_NxC.T @ columns_NxC)
    return bool(sizes_C[0] > 1e-9 * sizes_C[-1])


def _design_columns(terms: Sequence[Term]) -> Floats:
    rows = len(terms[0][1])
    return np.hstack([np.ones((rows, 1)), *(columns_NxE for _, columns_NxE in terms)])


def _variance_shares(logs_N: Floats, terms: Sequence[Term]) -> tuple[list[KeyShare], float]:
    """Each term's part of the variance, and that of the residuals."""
    columns_NxC = _design_columns(terms)
    weights_C = np.linalg.solve(columns_NxC.T @ columns_NxC, columns_NxC.T @ logs_N)
    residual = float(np.mean((logs_N - columns_NxC @ weights_C) ** 2))
    ends = np.cumsum([1, *(columns_NxE.shape[1] for _, columns_NxE in terms)])
    variances = [
        _variance(columns_NxE, np.asarray(weights_C[start:end]))
        for (_, columns_NxE), start, end in zip(terms, ends, ends[1:], strict=False)
    ]
    total = sum(variances) + residual
    shares = [
        KeyShare(keys, variance / total)
        for (keys, _), variance in zip(terms, variances, strict=True)
    ]
    return shares, residual / total


def _variance(columns_NxE: Floats, weights_E: Floats) -> float:
    """Mean square of a term's effects, each combination of its values counted once."""
    # Few rows differ, and sorting all of them takes longest.
    few = {row_E.tobytes(): row_E for row_E in np.ascontiguousarray(columns_NxE)}
    each_KxE = np.unique(np.array([*few.values()]), axis=0)
    return float(np.mean((each_KxE @ weights_E) ** 2))
