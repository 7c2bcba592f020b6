"""A straight line of whose rows some are outliers."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from .dataset import Dataset
from .spec import STRICT
from .synthetic import Synthetic, linear

# Keeps the draw of the outliers apart from all other uses of a seed.
_OUTLIERS = 4


@dataclass(frozen=True, config=STRICT)
class Outliers(Synthetic):
    """The parameters of a straight line with outliers."""

    share: Annotated[
        float,
        Field(ge=0, le=1, examples=[0.1], description="how likely a row is an outlier"),
    ]
    scale: Annotated[
        float,
        Field(ge=1, le=1e6, examples=[10], description="an outlier's noise over that of others"),
    ]


def outliers(spec: Outliers) -> Dataset:
    """The rows of `linear`, some of them with `scale` times their noise.

    That is a contaminated normal distribution (Tukey, 1960). Its mean is 0 still, so the optimum is
    the line, and the noise floor is the variance of the mixture.
    """
    plain = linear(spec)
    exact_N = plain.optimum_N
    assert exact_N is not None
    chance_N = np.random.default_rng([spec.seed, _OUTLIERS]).random(spec.n_samples)
    scale_N = np.where(chance_N < spec.share, spec.scale, 1.0)
    return replace(
        plain,
        y_N=exact_N + scale_N * (plain.y_N - exact_N),
        description="a straight line with outliers: y = a·x1 + b + noise, at times many times it",
        noise_floor=spec.noise**2 * (1 + spec.share * (spec.scale**2 - 1)),
    )
