"""A Hydra callback: refuses a bad config before a folder is made, and remembers the sweep.

Hydra imports every module under `hydra_plugins` at each start, tab completion included, so what
takes time is imported on use.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf


class Sweep(NamedTuple):
    """A sweep under way: its folder, when it began (as `About.started`), and its jobs if known."""

    folder: Path
    started: str
    jobs: int | None


class Guard(Callback):
    """Called by Hydra around runs and sweeps."""

    sweep: Sweep | None = None

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check a single run."""
        from experiments.config import as_written, from_hydra
        from experiments.data import refuse_unusable

        overrides = as_written(config.hydra.overrides.task)
        _or_leave(lambda: refuse_unusable(from_hydra(config, overrides)))

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a sweep; other sweepers than Hydra's basic one choose jobs later."""
        from hydra import compose

        from experiments.config import as_written, check_jobs

        def compose_job(overrides: list[str]) -> DictConfig:
            # The launcher counts the jobs later; until then their folders need some number.
            chosen = ["hydra.job.num=0", *as_written(config.hydra.overrides.hydra), *overrides]
            return compose(kwargs["config_name"], chosen, return_hydra_config=True)

        jobs: Sequence[Sequence[str]] | None = None

        def look() -> None:
            nonlocal jobs
            if str(config.hydra.sweeper._target_).endswith(".BasicSweeper"):
                jobs = _jobs(config)
                check_jobs(compose_job, jobs)

        _or_leave(look)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        jobs_known = None if jobs is None else len(jobs)
        Guard.sweep = Sweep(Path(config.hydra.sweep.dir), started, jobs_known)


def _jobs(config: DictConfig) -> Sequence[Sequence[str]]:
    """The overrides of each job, as Hydra's basic sweeper splits them."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    from experiments.config import as_written

    parameters = OmegaConf.to_container(config.hydra.sweeper.params or OmegaConf.create())
    assert isinstance(parameters, dict)
    texts = [f"{key!s}={value}" for key, value in parameters.items()]
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    overrides = parser.parse_overrides([*texts, *as_written(config.hydra.overrides.task)])
    (jobs,) = BasicSweeper.split_arguments(overrides, max_batch_size=None)
    return jobs


def _or_leave(look: Callable[[], object]) -> None:
    """Look, and leave the program with the lines and the exit code of whatever is refused.

    Hydra turns an exception of a callback into a warning, but lets SystemExit pass.
    """
    from hydra.core.global_hydra import GlobalHydra

    from experiments.config import explain

    try:
        look()
    except Exception as error:
        GlobalHydra.instance().clear()  # Hydra is done; explaining composes anew
        raise SystemExit(explain(error, sys.argv[1:], Path(sys.argv[0]).parent / "conf")) from error
