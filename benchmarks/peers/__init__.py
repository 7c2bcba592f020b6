"""The peers' seconds: samples measured in fresh processes and scaled up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..process import Cost, python
from ..work import Job


class Keras(NamedTuple):
    """Bare Keras on some jobs: imports, once, and each job's whole training."""

    imports: Cost
    fits: tuple[Cost, ...]

    def all(self, repeats: int = 1) -> Cost:
        """Imports, and every job so many times."""
        return self.imports + self.mean.times(repeats * len(self.fits))

    @property
    def mean(self) -> Cost:
        """One training, on average over the jobs."""
        return sum(self.fits, Cost()).times(1 / len(self.fits))


def keras(jobs: Sequence[Job], most_epochs: int) -> Keras:
    """Time one network of each job for at most some epochs, scaled up to the job's own."""
    arguments = ["-m", "benchmarks.peers.plain_keras", str(most_epochs), *jobs]
    took = json.loads(python(arguments).output)
    return Keras(Cost(*took["imports"]), tuple(whole(**fitted) for fitted in took["fits"]))


def whole(first: Any, each: Any, epochs: int) -> Cost:
    """A whole training: up to the end of its first epoch, and all epochs after it."""
    return Cost(*first) + Cost(*each).times(epochs - 1)


def mlp(jobs: Sequence[Job], networks: int) -> Cost:
    """So many networks by MLPRegressor on all cores, from one network of each job."""
    took = json.loads(python(["-m", "benchmarks.peers.mlp", *jobs]).output)
    return Cost(took["seconds"], took["cpu"]).times(networks / took["networks"])
