"""Synthetic datasets whose Bayes-optimal prediction is known in closed form.

All of them start from the rows of `sklearn.datasets.make_regression(n_features=1)`: X ~ N(0, 1) and
target = slope * X + bias + N(0, noise^2). There the slope is drawn together with the rows, so that
another seed or another number of rows is another problem. Here it is a parameter, and they only
draw other rows of the same one.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from .dataset import Dataset, Floats, Source
from .spec import STRICT, Seed


@dataclass(frozen=True, config=STRICT)
class Synthetic:
    """The parameters of a synthetic dataset, as `conf/dataset/*.yaml` writes them."""

    kind: str
    n_samples: Annotated[int, Field(ge=2, le=10_000_000, examples=[500], description="rows")]
    slope: Annotated[
        float | None,
        Field(
            ge=-1e9,
            le=1e9,
            examples=[50],
            description="the target's change per unit of X; null: drawn with the rows",
        ),
    ]
    noise: Annotated[
        float,
        Field(ge=0, le=1e9, examples=[10], description="standard deviation of the added noise"),
    ]
    bias: Annotated[
        float, Field(ge=-1e9, le=1e9, examples=[100], description="the target's value at X = 0")
    ]
    seed: Annotated[Seed, Field(description="seed of the data")]
    bias_column: Annotated[
        bool, Field(examples=["true"], description="whether the features start with a column of 1")
    ]

    @property
    def label(self) -> str:
        """The kind."""
        return self.kind


def linear(spec: Synthetic) -> Dataset:
    """A straight line with noise: x1 = X, y = target; the optimum is slope * x1 + bias."""
    x_N, y_N, slope = regression(spec)
    return Dataset(
        x_NxF=feature_columns(x_N, spec),
        y_N=y_N,
        feature_names=feature_names(spec),
        target_name="y",
        description="a straight line with noise: y = a·x1 + b + noise",
        optimum=partial(_line, slope=slope, bias=spec.bias),
        noise_floor=spec.noise**2,
    )


def cubic(spec: Synthetic) -> Dataset:
    """A cube root with noise: x1 = X^3, y = target; the optimum is slope * cbrt(x1) + bias."""
    x_N, y_N, slope = regression(spec)
    x1_N = x_N**3
    return Dataset(
        x_NxF=feature_columns(x1_N, spec),
        y_N=y_N,
        feature_names=feature_names(spec),
        target_name="y",
        description="a cube root with noise: x1 = X³, so y = a·∛x1 + b + noise",
        optimum=partial(_cube_root, slope=slope, bias=spec.bias),
        noise_floor=spec.noise**2,
    )


def sine(spec: Synthetic) -> Dataset:
    """A sine seen through a noisy feature: x1 = target, y = sin(4X).

    The noise is in x1. Given x1, X is normal with mean m and variance s2 (the posterior of a linear
    Gaussian model with prior N(0, 1)), so the optimum is E[sin(4X)] = exp(-8 s2) sin(4m).

    An optimum's expected squared error is E[y^2] - E[optimum^2]. Over all rows X is N(0, 1) and m
    is N(0, 1 - s2), for s2 is what x1 leaves of X's variance of 1; and E[sin(4Z)^2] =
    (1 - exp(-32 v)) / 2 for Z of N(0, v). So the noise floor is
    (1 - exp(-32)) / 2 - exp(-16 s2) (1 - exp(-32 (1 - s2))) / 2.
    It is computed as (1 - exp(-16 s2) + exp(-32) (exp(16 s2) - 1)) / 2, which is the same and loses
    no digits where s2 is small.
    """
    x_N, x1_N, slope = regression(spec)
    evidence = slope**2 + spec.noise**2
    s2 = spec.noise**2 / evidence if evidence else 1.0  # slope and noise 0: x1 tells nothing of X
    return Dataset(
        x_NxF=feature_columns(x1_N, spec),
        y_N=np.sin(4 * x_N),
        feature_names=feature_names(spec),
        target_name="y",
        description="a sine seen through a noisy feature: x1 = a·X + b + noise, y = sin(4X)",
        optimum=partial(_damped_sine, slope=slope, bias=spec.bias, evidence=evidence, s2=s2),
        noise_floor=(math.exp(-32) * math.expm1(16 * s2) - math.expm1(-16 * s2)) / 2,
    )


# The optima are functions of a module, so that a dataset can cross a process border.


def _line(x_GxF: Floats, slope: float, bias: float) -> Floats:
    return slope * _x1(x_GxF) + bias


def _cube_root(x_GxF: Floats, slope: float, bias: float) -> Floats:
    return np.asarray(slope * np.cbrt(_x1(x_GxF)) + bias)


def _damped_sine(x_GxF: Floats, slope: float, bias: float, evidence: float, s2: float) -> Floats:
    """See `sine`."""
    m_G = slope * (_x1(x_GxF) - bias) / (evidence or 1.0)
    return np.asarray(np.exp(-8 * s2) * np.sin(4 * m_G))


def _x1(x_GxF: Floats) -> Floats:
    return np.ascontiguousarray(x_GxF[:, -1])


SYNTHETIC: dict[str, Source] = {
    "linear": Source(Synthetic, linear),
    "cubic": Source(Synthetic, cubic),
    "sine": Source(Synthetic, sine),
}


def regression(spec: Synthetic) -> tuple[Floats, Floats, float]:
    """X of shape (N,), the target of shape (N,), and the true slope.

    The draws and their order are those of scikit-learn's make_regression: X, a slope, noise where
    there is any, and last the order of the rows. Its slope is drawn here too, also where another
    one is given, or the draws behind it would be others: with its slope, every bit is the same.
    """
    generator = np.random.RandomState(spec.seed)
    x_N = generator.standard_normal(spec.n_samples)
    drawn = 100 * generator.uniform()
    slope = float(drawn if spec.slope is None else spec.slope)
    target_N = x_N * slope + spec.bias
    if spec.noise > 0:
        target_N += generator.normal(scale=spec.noise, size=spec.n_samples)
    order_N = np.arange(spec.n_samples)
    generator.shuffle(order_N)
    return x_N[order_N], target_N[order_N], slope


def feature_columns(x1_N: Floats, spec: Synthetic) -> Floats:
    """The feature x1 (N,) as the columns (N, F) that a spec asks for."""
    columns = (np.ones_like(x1_N), x1_N) if spec.bias_column else (x1_N,)
    return np.column_stack(columns)


def feature_names(spec: Synthetic) -> tuple[str, ...]:
    """The names of those columns."""
    return ("x0", "x1") if spec.bias_column else ("x1",)
