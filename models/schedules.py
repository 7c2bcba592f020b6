"""Learning-rate schedules: the rate of every step as a pure function of the training settings.

To add one, add an entry to SCHEDULES: the spec, the messages, both engines and the tests read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats


class Schedule(NamedTuple):
    """One schedule.

    factor: by what the learning rate is multiplied, (K,), from the training settings, the steps
    after warm-up (K,), counted from 0, how many of them there are in all, and how many make an
    epoch. reads: the keys of `Training` that this schedule reads and not every other one.
    """

    factor: Callable[[Any, Floats, int, int], Floats]
    reads: tuple[str, ...] = ()


def _constant(training: Any, step_K: Floats, total: int, per_epoch: int) -> Floats:
    return np.ones_like(step_K)


def _cosine(training: Any, step_K: Floats, total: int, per_epoch: int) -> Floats:
    """Half a cosine from 1 to 0 over all steps, as Keras' CosineDecay."""
    return 0.5 * (1.0 + np.cos(np.pi * np.minimum(step_K, total) / max(total, 1)))


def _step(training: Any, step_K: Floats, total: int, per_epoch: int) -> Floats:
    """Times step_factor after every step_epochs, as Keras' ExponentialDecay with a staircase."""
    return np.asarray(training.step_factor ** (step_K // (training.step_epochs * per_epoch)))


SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule(_constant),
    "cosine": Schedule(_cosine),
    "step": Schedule(_step, reads=("step_epochs", "step_factor")),
}


def varies(training: Any) -> bool:
    """Whether not every step has the rate `training.learning_rate`."""
    return bool(training.schedule != "constant" or training.warmup_epochs > 0)


def rates(training: Any, steps: int, begin: int, end: int) -> NDArray[np.float32]:
    """The learning rate of every step of some epochs.

    Warm-up comes first: from 0, in even steps, to the learning rate, as in Keras' CosineDecay.

    Args:
        training: the settings.
        steps: optimizer steps of one epoch.
        begin: epochs that are finished before these.
        end: epochs that are finished after these.

    Returns:
        The rates, (end - begin, steps).
    """
    step_K = np.arange(begin * steps, end * steps, dtype=np.float64)
    warm = training.warmup_epochs * steps
    total = max(training.epochs * steps - warm, 0)
    after_K = np.maximum(step_K - warm, 0.0)
    factor_K = SCHEDULES[training.schedule].factor(training, after_K, total, steps)
    if warm:
        factor_K = np.where(step_K < warm, step_K / warm, factor_K)
    rate_K: Floats = training.learning_rate * factor_K
    return rate_K.astype(np.float32).reshape(end - begin, steps)
