"""`hydra/launcher=stacked`, the default of `-m`: all jobs of a batch trained as one sweep.

A thin shell over `experiments.sweep`: Hydra runs each job's task function, with the fit that the
sweep made for it, as its basic launcher would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, configure_log, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from . import guard

TARGET = {"_target_": "hydra_plugins.archlab.launcher.StackedLauncher"}
ConfigStore.instance().store("stacked", TARGET, group="hydra/launcher", provider="archlab")


class StackedLauncher(Launcher):
    """Trains the jobs together and writes each run's folder as soon as it is trained."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """What Hydra hands a launcher before it launches."""
        self.context, self.cfg = hydra_context, config
        self.task_function: Callable[..., Any] = task_function

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Check, train and write every job; returns what each came to, in order."""
        from experiments.config.jobs import check_jobs
        from experiments.sweep import train

        sweep = guard.Guard.sweep
        assert sweep is not None
        setup_globals()
        configure_log(self.cfg.hydra.hydra_logging, self.cfg.hydra.verbose)
        Path(self.cfg.hydra.sweep.dir).mkdir(parents=True, exist_ok=True)
        jobs = sweep.jobs
        configs = check_jobs(jobs, job_overrides, initial_job_idx)
        returns: dict[int, JobReturn] = {}
        with train(configs, sweep.folder) as trainings:
            for place, trained in trainings:
                returns[place] = run_job(
                    hydra_context=self.context,
                    task_function=partial(self.task_function, trained=trained),
                    config=jobs.composed(job_overrides[place], initial_job_idx + place),
                    job_dir_key="hydra.sweep.dir",
                    job_subdir_key="hydra.sweep.subdir",
                )
                configure_log(self.cfg.hydra.hydra_logging, self.cfg.hydra.verbose)
        return [returns[place] for place in range(len(configs))]
