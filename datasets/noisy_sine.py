"""The sine with its noise in the target, where that of `sine` is in the feature."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from .dataset import Dataset, Floats
from .synthetic import Synthetic, feature_columns, feature_names, regression


def noisy_sine(spec: Synthetic) -> Dataset:
    """A sine with noise in the target: x1 = slope * X + bias, y = sin(4X) + noise.

    X and the standard normal draws of the noise are those of `sine` of the same seed. The optimum
    is the sine itself, and the floor the variance of the noise.
    """
    _, _, slope = regression(spec)
    x_N, draws_N, _ = regression(replace(spec, slope=0.0, noise=1.0, bias=0.0))
    unseen = 0.0 if slope else -math.expm1(-32) / 2  # the variance of sin(4X), see `_sine_of`
    return Dataset(
        x_NxF=feature_columns(slope * x_N + spec.bias, spec),
        y_N=np.sin(4 * x_N) + spec.noise * draws_N,
        feature_names=feature_names(spec),
        target_name="y",
        description="a sine with noise in the target: x1 = a·X + b, y = sin(4X) + noise",
        optimum=partial(_sine_of, slope=slope, bias=spec.bias),
        noise_floor=spec.noise**2 + unseen,
    )


def _sine_of(x_GxF: Floats, slope: float, bias: float) -> Floats:
    # With a slope of 0 the feature tells nothing of X, and the mean of a sine of N(0, 1) is 0.
    x1_G = np.ascontiguousarray(x_GxF[:, -1]) - bias
    return np.asarray(np.sin(4 * x1_G / slope)) if slope else np.zeros(len(x1_G))
