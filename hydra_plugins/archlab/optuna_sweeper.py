"""`hydra/sweeper=optuna`: Optuna chooses the runs, batch by batch, see `runner.searching`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.core.utils import JobReturn

from experiments.runner.session import current

from .sweeper import LaunchingSweeper


class OptunaSweeper(LaunchingSweeper):
    """A search in place of a grid; its config is `conf/hydra/sweeper/optuna.yaml`."""

    def __init__(self, **settings: Any) -> None:
        """Take what the callback has checked already."""

    def sweep(self, arguments: list[str]) -> list[Sequence[JobReturn]]:
        """Launch trials until all are told; raises what a job raised."""
        from experiments.runner.searching.batches import search

        held = current()
        assert held is not None
        self.begin()
        search(held, self.launch_batch)
        return self.returns
