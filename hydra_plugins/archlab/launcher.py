"""`hydra/launcher=stacked`, the default of `-m`: jobs trained together, see `runner.launch`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus, configure_log, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from experiments.runner.session import current


class StackedLauncher(Launcher):
    """Trains the jobs together and writes each run's folder as soon as it is trained."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """What Hydra hands a launcher; writing a training takes the place of the task function."""
        self.context, self.cfg = hydra_context, config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Check all jobs, train and write those that are not done; returns what each came to."""
        held = current()
        assert held is not None
        held.line.say("loading libraries")
        from experiments.runner.launch import launch

        setup_globals()
        self._log_as_hydra()
        return launch(held, job_overrides, initial_job_idx, self._run_job, _done)

    def _run_job(self, cfg: DictConfig, task: Callable[[], float]) -> JobReturn:
        """What Hydra does around a job: its folder, its log, `.hydra/`, callbacks."""
        returned = run_job(
            hydra_context=self.context,
            task_function=lambda _: task(),
            config=cfg,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
        self._log_as_hydra()
        return returned

    def _log_as_hydra(self) -> None:
        configure_log(self.cfg.hydra.hydra_logging, self.cfg.hydra.verbose)


def _done(overrides: Sequence[str], score: float) -> JobReturn:
    """What Hydra is told of a run that it did not see."""
    done = JobReturn(overrides=overrides, status=JobStatus.COMPLETED)
    done.return_value = score
    return done


NODE = {"_target_": f"{StackedLauncher.__module__}.{StackedLauncher.__qualname__}"}
ConfigStore.instance().store("stacked", NODE, group="hydra/launcher", provider="archlab")
