"""Sweeps in which no run is worse than another, with errors of many shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from experiments.comparison.contenders import Contender, Terms

from .populations import Logs, Population, sampled


class Shape(NamedTuple):
    """Sweeps of equal runs: draw(rng, runs, repeats) gives log errors (M, R).

    other_seeds: the runs share no seeds, so that Welch's test compares them. exact: every second
    run is a closed form, with the same error as the others' typical one. worst: the logarithm of
    what learns nothing, where the shape has it. population: draw from it.
    """

    draw: Callable[[np.random.Generator, int, int], Logs]
    other_seeds: bool = False
    exact: bool = False
    worst: float | None = None
    population: str = ""


def _spreads(rng: np.random.Generator, runs: int) -> Logs:
    return 0.15 * np.exp(0.7 * rng.standard_normal((runs, 1)))


def _skew(rng: np.random.Generator, runs: int, repeats: int) -> Logs:
    return rng.standard_exponential((runs, repeats)) - 1


def _humps(share: float) -> Callable[[np.random.Generator, int, int], Logs]:
    """A share of repeats gets stuck at e² times the error of the others."""

    def draw(rng: np.random.Generator, runs: int, repeats: int) -> Logs:
        stuck = rng.random((runs, repeats)) < share
        return 2.0 * stuck + 0.02 * rng.standard_normal((runs, repeats))

    return draw


def _some_prone(rng: np.random.Generator, runs: int, repeats: int) -> Logs:
    """Every second run gets stuck in 20 % of its seeds, the others never do."""
    logs = _humps(0.2)(rng, runs, repeats) - 0.4
    logs[::2] = 0.02 * rng.standard_normal(logs[::2].shape)
    return logs


def _normal(rng: np.random.Generator, runs: int, repeats: int) -> Logs:
    return 0.2 * rng.standard_normal((runs, repeats))


SHAPES: dict[str, Shape] = {
    "normal": Shape(_normal),
    "seeds in common": Shape(lambda g, m, r: g.standard_normal((1, r)) + 0.1 * _normal(g, m, r)),
    "unequal spread": Shape(lambda g, m, r: _spreads(g, m) * g.standard_normal((m, r))),
    "skewed up": Shape(lambda g, m, r: 0.2 * _skew(g, m, r)),
    "skewed down": Shape(lambda g, m, r: -0.2 * _skew(g, m, r)),
    "unequal, skewed up": Shape(lambda g, m, r: _spreads(g, m) * _skew(g, m, r)),
    "unequal, skewed down": Shape(lambda g, m, r: -_spreads(g, m) * _skew(g, m, r)),
    "20 % stuck": Shape(_humps(0.2), worst=2.0),
    "50 % stuck": Shape(_humps(0.5), worst=2.0),
    "every second run 20 % stuck": Shape(_some_prone, worst=1.6),
    "heavy tails": Shape(lambda g, m, r: 0.1 * g.standard_t(3, (m, r))),
    "other seeds, normal": Shape(_normal, other_seeds=True),
    "other seeds, unequal, skewed up": Shape(
        lambda g, m, r: _spreads(g, m) * _skew(g, m, r), other_seeds=True
    ),
    "other seeds, 50 % stuck": Shape(_humps(0.5), other_seeds=True, worst=2.0),
    "closed forms among networks": Shape(_normal, exact=True),
    "closed forms, skewed up": Shape(lambda g, m, r: 0.2 * _skew(g, m, r), exact=True),
    "closed forms, 20 % stuck": Shape(
        lambda g, m, r: _humps(0.2)(g, m, r) - 0.4, exact=True, worst=1.6
    ),
    "real errors on sine": Shape(_normal, population="sine"),
    "real errors on cubic": Shape(_normal, population="cubic"),
}


class Sweep(NamedTuple):
    """One simulated sweep of equal runs."""

    contenders: list[Contender]
    terms: Terms


def equal_runs(
    name: str, rng: np.random.Generator, runs: int, repeats: int, real: dict[str, Population]
) -> Sweep:
    """A sweep in which no run is worse than another."""
    shape = SHAPES[name]
    worst = None if shape.worst is None else math.exp(shape.worst)
    if shape.population:
        known = real[shape.population]
        # Every architecture's typical error is made 1; what learns nothing stays as far away as it
        # is from the lowest.
        centred_AxK = known.logs_AxK - known.typical[:, None]
        logs_MxR, _ = sampled(rng, centred_AxK, runs, repeats)
        worst = math.exp(known.worst - known.typical.min())
    else:
        logs_MxR = shape.draw(rng, runs, repeats)
    contenders = [
        Contender(tuple(np.exp(log_R)), number if shape.other_seeds else 1)
        for number, log_R in enumerate(logs_MxR)
    ]
    if shape.exact:
        contenders[::2] = [Contender((1.0,), 1, exact=True)] * len(contenders[::2])
    return Sweep(contenders, Terms(worst=worst))
