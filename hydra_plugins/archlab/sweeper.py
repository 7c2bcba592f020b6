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


class LaunchingSweeper(Sweeper):
    """What sweepers of ours share: jobs that were checked already go to the launcher."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """What Hydra hands a sweeper."""
        self.cfg = config
        launcher = Plugins.instance().instantiate_launcher(hydra_context, task_function, config)
        self.launch = launcher.launch
        self.returns: list[Sequence[JobReturn]] = []

    def begin(self) -> None:
        """Make the sweep's folder, with the config as Hydra leaves it there."""
        folder = Path(self.cfg.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.cfg, folder / "multirun.yaml")

    def launch_batch(self, overrides: Sequence[Sequence[str]], first: int) -> None:
        """Launch jobs, the first of this number; raises what a job raised."""
        self.returns.append(self.launch(overrides, initial_job_idx=first))
        for returned in self.returns[-1]:
            _ = returned.return_value


class GridSweeper(LaunchingSweeper):
    """One job for each combination of values, see `multirun.read` for `params` and `beside`."""

    def __init__(self, max_batch_size: int | None, params: Any = None, beside: Any = None) -> None:
        self.max_batch_size = max_batch_size

    def sweep(self, arguments: list[str]) -> list[Sequence[JobReturn]]:
        """Launch all jobs, `max_batch_size` at a time; raises what a job raised."""
        held = current()
        assert held is not None
        assert held.asked is not None
        jobs = held.asked.overrides
        self.begin()
        size = self.max_batch_size or len(jobs)
        for first in range(0, len(jobs), size):
            self.launch_batch(jobs[first : first + size], first)
        return self.returns


NODE = {
    "_target_": f"{GridSweeper.__module__}.{GridSweeper.__qualname__}",
    "max_batch_size": None,
    "params": None,
    "beside": None,
}
ConfigStore.instance().store("grid", NODE, group="hydra/sweeper", provider="archlab")
