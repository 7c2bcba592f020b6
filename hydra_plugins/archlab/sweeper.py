"""`hydra/sweeper=grid`, the default: Hydra's basic sweeper without its slow look at every job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_store import ConfigStore

TARGET = {
    "_target_": "hydra_plugins.archlab.sweeper.GridSweeper",
    "max_batch_size": None,
    "params": None,
    "beside": None,
}


def with_beside(jobs: Sequence[Sequence[str]], beside: Any) -> list[list[str]]:
    """Jobs whose `experiment` is among the `experiment` of an entry get its `overrides` too.

    beside: such entries. Their overrides take the place of those of the same keys: a grid alone
    gives every job the same.
    """
    found = [list(job) for job in jobs]
    for entry in beside or ():
        chosen = {f"experiment={name}" for name in entry["experiment"]}
        extra = [str(text) for text in entry["overrides"]]
        keys = {text.partition("=")[0] for text in extra}
        found = [
            [*(text for text in job if text.partition("=")[0] not in keys), *extra]
            if chosen & set(job)
            else job
            for job in found
        ]
    return found


ConfigStore.instance().store("grid", TARGET, group="hydra/sweeper", provider="archlab")


class GridSweeper(BasicSweeper):
    """Makes one job for each combination of values; see `with_beside` for `beside`."""

    def __init__(self, max_batch_size: int | None, params: Any = None, beside: Any = None) -> None:
        super().__init__(max_batch_size, params)
        self.beside = beside

    def get_job_batch(self) -> Sequence[Sequence[str]]:
        """The overrides of each job of the next batch."""
        return with_beside(super().get_job_batch(), self.beside)

    def validate_batch_is_legal(self, batch: Sequence[Sequence[str]]) -> None:
        """Nothing: `Guard` has composed and checked every job already, once for each choice."""
