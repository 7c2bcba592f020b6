"""The sine with its noise in the target, where a share of rows can be outliers."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from .dataset import Dataset, Floats
from .spec import STRICT
from .synthetic import Synthetic, feature_names, features, regression

# Keeps the draw of the outliers apart from all other uses of a seed.
_OUTLIERS = 4


@dataclass(frozen=True, config=STRICT)
class NoisySine(Synthetic):
    """The parameters of a noisy sine."""

    outliers: Annotated[
        float,
        Field(ge=0, le=1, examples=[0.1], description="how likely a row is an outlier"),
    ]
    outlier_scale: Annotated[
        float,
        Field(ge=1, le=1e6, examples=[10], description="an outlier's noise over that of others"),
    ]


def noisy_sine(spec: NoisySine) -> Dataset:
    """A sine with noise in the target: x1 = slope * X + bias, y = sin(4X) + noise.

    X and the standard normal draws of the noise are those of `sine` of the same seed; there the
    noise is in x1. A share of rows has noise of `outlier_scale` times the standard deviation: a
    contaminated normal distribution (Tukey, 1960), whose mean is 0 still, so that the optimum is
    the sine itself and the floor the mixture's variance.
    """
    _, _, slope = regression(spec)
    x_N, draws_N, _ = regression(replace(spec, slope=0.0, noise=1.0, bias=0.0))
    chance_N = np.random.default_rng([spec.seed, _OUTLIERS]).random(spec.n_samples)
    scale_N = np.where(chance_N < spec.outliers, spec.outlier_scale, 1.0)
    unseen = 0.0 if slope else -math.expm1(-32) / 2  # the variance of sin(4X), see `_sine_of`
    return Dataset(
        x_NxF=features(slope * x_N + spec.bias, spec),
        y_N=np.sin(4 * x_N) + spec.noise * scale_N * draws_N,
        feature_names=feature_names(spec),
        target_name="y",
        description="a sine with noise in the target: x1 = a·X + b, y = sin(4X) + noise",
        optimum=partial(_sine_of, slope=slope, bias=spec.bias),
        noise_floor=spec.noise**2 * (1 + spec.outliers * (spec.outlier_scale**2 - 1)) + unseen,
    )


def _sine_of(x_GxF: Floats, slope: float, bias: float) -> Floats:
    # With a slope of 0 the feature tells nothing of X, and the mean of a sine of N(0, 1) is 0.
    x1_G = np.ascontiguousarray(x_GxF[:, -1]) - bias
    return np.asarray(np.sin(4 * x1_G / slope)) if slope else np.zeros(len(x1_G))
