"""`hydra/launcher=stacked`, the default of `-m`: jobs trained together, see `runner.launch`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import (
    JobReturn,
    JobRuntime,
    JobStatus,
    configure_log,
    run_job,
    setup_globals,
)
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from experiments.runner.engines import CARRIERS
from experiments.runner.session import current

if TYPE_CHECKING:
    from experiments.config.compose import Job


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
        from experiments.config.quick_job import QuickJobs
        from experiments.runner.launch import launch

        assert held.asked is not None
        self.jobs = held.asked.jobs
        self.quick = QuickJobs(self.jobs, self.context.callbacks.callbacks)
        setup_globals()
        self._log_as_hydra()
        return launch(held, job_overrides, initial_job_idx, self._run_job, _done)

    def _run_job(
        self, overrides: Sequence[str], number: int, folder: str, task: Callable[[Job], float]
    ) -> JobReturn:
        """What Hydra does around a job: its folder, its log, `.hydra/`, callbacks."""
        job = self.quick.begin(overrides, number, folder)
        if job is None:
            return self._run_by_hydra(overrides, number, folder, task)
        own = [str(one.input_line) for one in self.jobs.own_overrides(overrides)]
        name = JobRuntime.instance().get("name")
        returned = JobReturn(overrides=own, working_dir=str(Path.cwd()), task_name=name)
        try:
            returned.return_value, returned.status = task(job), JobStatus.COMPLETED
        except Exception as error:
            returned.return_value, returned.status = error, JobStatus.FAILED
        self._log_as_hydra()
        return returned

    def _run_by_hydra(
        self, overrides: Sequence[str], number: int, folder: str, task: Callable[[Job], float]
    ) -> JobReturn:
        from experiments.config.compose import current_job, where_started

        begun: list[Job] = []
        cfg = self.jobs.composed(overrides, number, folder)

        def run(_: DictConfig) -> float:
            begun.append(current_job())
            with where_started():
                return task(begun[0])

        returned = run_job(
            hydra_context=self.context,
            task_function=run,
            config=cfg,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
        self.quick.learn(cfg, overrides, number, folder, begun[0].folder)
        self._log_as_hydra()
        return returned

    def _log_as_hydra(self) -> None:
        configure_log(self.cfg.hydra.hydra_logging, self.cfg.hydra.verbose)


def _done(overrides: Sequence[str], score: float) -> JobReturn:
    """What Hydra is told of a run that it did not see."""
    done = JobReturn(overrides=overrides, status=JobStatus.COMPLETED)
    done.return_value = score
    return done


class EngineLauncher(StackedLauncher):
    """Has the workers of an engine train and write the jobs: `hydra/launcher=<engine>`."""

    def __init__(self, **settings: Any) -> None:
        """Take what the callback has checked already."""


def _node(launcher: type[Launcher], **settings: Any) -> dict[str, Any]:
    # What is a dictionary takes any key, as it is.
    open_ended = {
        key: OmegaConf.create(value, flags={"struct": False})
        for key, value in settings.items()
        if isinstance(value, dict)
    }
    target = f"{launcher.__module__}.{launcher.__qualname__}"
    return {"_target_": target, **settings, **open_ended}


NODES = {
    "stacked": _node(StackedLauncher),
    **{
        name: _node(EngineLauncher, engine=name, **asdict(settings()))
        for name, settings in CARRIERS.items()
    },
}
for name, node in NODES.items():
    ConfigStore.instance().store(name, node, group="hydra/launcher", provider="archlab")
