"""`hydra/launcher=stacked`, the default of `-m`: all jobs of a batch trained as one sweep.

A thin shell over `experiments.sweep`: Hydra runs each job's task function, with the fit that the
sweep made for it, as its basic launcher would.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus, configure_log, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from experiments.runner.session import current

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
        """Check all jobs, train and write those that are not done; returns what each came to."""
        from experiments.config.jobs import check_jobs, folders
        from experiments.errors import StorageError
        from experiments.runner.sweep import batch, train

        sweep, jobs = current().sweep, current().jobs
        assert sweep is not None
        assert jobs is not None
        setup_globals()
        configure_log(self.cfg.hydra.hydra_logging, self.cfg.hydra.verbose)
        if sweep.stopped:  # an earlier batch failed, and sweep.fail_fast was asked for
            return []
        configs = check_jobs(jobs, job_overrides)
        named = folders(jobs, job_overrides, initial_job_idx)
        runs = batch(sweep, configs, job_overrides, named)
        returns = {p: _done(job_overrides[p], score) for p, score in runs.scores.items()}
        with train(runs) as trainings:
            for place, trained in trainings:
                cfg = jobs.composed(job_overrides[place], initial_job_idx + place)
                if cfg.hydra.sweep.subdir != runs.folders[place]:
                    cfg.hydra.sweep.subdir = runs.folders[place]
                try:
                    returns[place] = run_job(
                        hydra_context=self.context,
                        task_function=partial(self.task_function, trained=trained),
                        config=cfg,
                        job_dir_key="hydra.sweep.dir",
                        job_subdir_key="hydra.sweep.subdir",
                    )
                except OSError as error:  # no folder could be made: the other runs go on
                    print(StorageError.of(error, runs.folders[place]), file=sys.stderr)
                    returns[place] = _done(job_overrides[place], math.nan)
                configure_log(self.cfg.hydra.hydra_logging, self.cfg.hydra.verbose)
                if sweep.settings.fail_fast and math.isnan(returns[place].return_value):
                    sweep.stopped = True
                    break
        returns |= {place: returns[first] for place, first in runs.same.items() if first in returns}
        return [returns[place] for place in sorted(returns)]


def _done(overrides: Sequence[str], score: float) -> JobReturn:
    """What Hydra is told of a run that was done before."""
    told = JobReturn()
    told.overrides, told.status, told.return_value = overrides, JobStatus.COMPLETED, score
    return told
