"""How features and target are scaled before a network learns from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats

from .task import Task


class Scaling(NamedTuple):
    """What a standardised target t stands for in its own units: offset + scale * t."""

    offset: float
    scale: float


NONE = Scaling(0.0, 1.0)


def of_target(task: Task) -> Scaling:
    """Mean and standard deviation of the training targets, where the target is standardised.

    A target that does not vary keeps its scale.
    """
    if not (task.model.trained and task.training.normalize_target):
        return NONE
    y_T = task.y_N[task.train_T]
    return Scaling(float(y_T.mean()), float(y_T.std()) or 1.0)


def of_features(task: Task) -> tuple[Floats, Floats]:
    """Mean (F,) and standard deviation (F,) of the features, of the rows of Normalization.

    A feature that does not vary has 1e-7, as in Keras, and comes out as zero. Where Normalization
    is adapted on no rows it knows 0 and 1, and features go through as they are.
    """
    if task.training.normalize_on == "none":
        return np.zeros(task.x_NxF.shape[1]), np.ones(task.x_NxF.shape[1])
    seen = task.x_NxF[task.train_T if task.training.normalize_on == "train" else slice(None)]
    return seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-7)


def target(task: Task) -> Floats:
    """The target (N,) as the network learns it: standardised, or as it is."""
    offset, scale = of_target(task)
    return (task.y_N - offset) / scale


def features(task: Task, x_PxF: Floats | None = None) -> NDArray[np.float32]:
    """What the Normalization layer makes of features (P, F), computed as Keras does.

    Those of all rows where no others are given.
    """
    mean_F, std_F = of_features(task)
    points_PxF = task.x_NxF if x_PxF is None else x_PxF
    z_PxF: NDArray[np.float32] = ((points_PxF - mean_F) / std_F).astype(np.float32)
    return z_PxF
