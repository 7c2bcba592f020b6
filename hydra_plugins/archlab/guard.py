"""A Hydra callback: refuses a bad config before a folder is made, and remembers the sweep.

Hydra imports every module under `hydra_plugins` at each start, tab completion included, so what
takes time is imported on use.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from experiments.config.jobs import Jobs


class Sweep(NamedTuple):
    """A sweep under way: its folder, when it began (as `About.started`), and how many jobs.

    `jobs` composes them; `size` is None where the sweeper chooses them as it goes.
    """

    folder: Path
    started: str
    jobs: Jobs
    size: int | None


class Guard(Callback):
    """Called by Hydra around runs and sweeps."""

    sweep: Sweep | None = None

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check a single run."""
        from experiments.config import as_written, from_hydra

        _or_leave(lambda: from_hydra(config, as_written(config.hydra.overrides.task)))

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a sweep; other sweepers than Hydra's basic one choose jobs later."""
        from hydra.core.global_hydra import GlobalHydra

        from experiments.config.jobs import Jobs, check_jobs

        loader = GlobalHydra.instance().config_loader()
        jobs = Jobs(lambda overrides: loader.load_sweep_config(config, overrides))
        folder: Path = Path()
        size: int | None = None

        def look() -> None:
            nonlocal folder, size
            folder = Path(config.hydra.sweep.dir)  # its unique name is drawn now, once for all jobs
            if _is_grid(str(config.hydra.sweeper._target_)):
                size = len(check_jobs(jobs, _overrides(config)))

        _or_leave(look)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        Guard.sweep = Sweep(folder, started, jobs, size)


def _is_grid(sweeper: str) -> bool:
    """Whether a sweeper, by its class path, makes all combinations, as Hydra's basic one does."""
    from .sweeper import GridSweeper

    ours = f"{GridSweeper.__module__}.{GridSweeper.__qualname__}"
    return sweeper == ours or sweeper.endswith(".BasicSweeper")


def _overrides(config: DictConfig) -> Sequence[Sequence[str]]:
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

    from experiments.config.refused import explain

    try:
        look()
    except Exception as error:
        GlobalHydra.instance().clear()  # Hydra is done; explaining composes anew
        raise SystemExit(explain(error, sys.argv[1:], Path(sys.argv[0]).parent / "conf")) from error
