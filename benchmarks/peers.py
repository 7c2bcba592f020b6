"""The peers' seconds: samples measured in fresh processes and scaled up."""

from __future__ import annotations

import json
from functools import cache
from typing import NamedTuple

from .process import python
from .work import Job


class Keras(NamedTuple):
    """Bare Keras on some jobs: seconds of imports, once, and of each job's whole training."""

    imports: float
    fits: tuple[float, ...]


@cache
def keras(jobs: tuple[Job, ...], most_epochs: int) -> Keras:
    """Time one network of each job for at most some epochs, scaled up to the job's own."""
    took = json.loads(python(["-m", "benchmarks.plain_keras", str(most_epochs), *jobs]).output)
    return Keras(took["imports"], tuple(whole(**fitted) for fitted in took["fits"]))


def whole(first: float, each: float, epochs: int) -> float:
    """Seconds of a whole training: up to the end of its first epoch, and all epochs after it."""
    return first + each * (epochs - 1)


@cache
def mlp(jobs: tuple[Job, ...], networks: int) -> float:
    """Seconds for so many networks by MLPRegressor on all cores, from one network of each job."""
    took = json.loads(python(["-m", "benchmarks.mlp", *jobs]).output)
    return float(took["seconds"] / took["networks"] * networks)
