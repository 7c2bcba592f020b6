"""`hydra/sweeper=optuna`: Optuna chooses the runs, batch by batch, see `runner.searching`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from experiments.runner.session import current


class OptunaSweeper(Sweeper):
    """A search in place of a grid; its config is `conf/hydra/sweeper/optuna.yaml`."""

    def __init__(self, **settings: Any) -> None:
        """Take what the callback has checked already."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """What Hydra hands a sweeper."""
        self.cfg = config
        launcher = Plugins.instance().instantiate_launcher(hydra_context, task_function, config)
        self.launch = launcher.launch

    def sweep(self, arguments: list[str]) -> list[Sequence[JobReturn]]:
        """Launch trials until all are told; raises what a job raised."""
        from experiments.runner.searching.batches import search

        held = current()
        assert held is not None
        folder = Path(self.cfg.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.cfg, folder / "multirun.yaml")
        returns: list[Sequence[JobReturn]] = []

        def launch(overrides: Sequence[Sequence[str]], first: int) -> None:
            returns.append(self.launch(overrides, initial_job_idx=first))
            for returned in returns[-1]:
                _ = returned.return_value

        search(held, launch)
        return returns
