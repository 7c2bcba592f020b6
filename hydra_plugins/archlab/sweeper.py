"""`hydra/sweeper=grid`, the default: Hydra's basic sweeper without its slow look at every job."""

from __future__ import annotations

from collections.abc import Sequence

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_store import ConfigStore

TARGET = {
    "_target_": "hydra_plugins.archlab.sweeper.GridSweeper",
    "max_batch_size": None,
    "params": None,
}
ConfigStore.instance().store("grid", TARGET, group="hydra/sweeper", provider="archlab")


class GridSweeper(BasicSweeper):
    """Makes one job for each combination of values."""

    def validate_batch_is_legal(self, batch: Sequence[Sequence[str]]) -> None:
        """Nothing: `Guard` has composed and checked every job already, once for each choice."""
