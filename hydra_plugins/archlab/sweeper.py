"""`hydra/sweeper=grid`, the default: launches the grid that the callback has composed and checked.

Hydra's basic sweeper would compose every job once more, only to see whether it can.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from experiments.runner.session import current


class GridSweeper(Sweeper):
    """One job for each combination of values, see `multirun.read` for `params` and `beside`."""

    def __init__(self, max_batch_size: int | None, params: Any = None, beside: Any = None) -> None:
        self.max_batch_size = max_batch_size

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """What Hydra hands a sweeper."""
        self.cfg = config
        launcher = Plugins.instance().instantiate_launcher(hydra_context, task_function, config)
        self.launch = launcher.launch

    def sweep(self, arguments: list[str]) -> list[Sequence[JobReturn]]:
        """Launch all jobs, `max_batch_size` at a time; raises what a job raised."""
        held = current()
        assert held is not None
        assert held.asked is not None
        jobs, returns = held.asked.overrides, []
        folder = Path(self.cfg.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.cfg, folder / "multirun.yaml")
        size = self.max_batch_size or len(jobs)
        for first in range(0, len(jobs), size):
            returns.append(self.launch(jobs[first : first + size], initial_job_idx=first))
            for returned in returns[-1]:
                _ = returned.return_value
        return returns


NODE = {
    "_target_": f"{GridSweeper.__module__}.{GridSweeper.__qualname__}",
    "max_batch_size": None,
    "params": None,
    "beside": None,
}
ConfigStore.instance().store("grid", NODE, group="hydra/sweeper", provider="archlab")
