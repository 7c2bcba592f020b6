"""A Hydra callback: refuses a bad config before a folder is made, and remembers the sweep.

Hydra imports every module under `hydra_plugins` at each start, tab completion included, so what
takes time is imported on use.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from experiments.runner.session import current


class Guard(Callback):
    """Called by Hydra around runs and sweeps."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check a single run."""
        from experiments.config.compose import as_written, from_hydra
        from experiments.task import refuse_unusable

        overrides = as_written(config.hydra.overrides.task)
        _or_leave(lambda: refuse_unusable([from_hydra(config, overrides)]))

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a sweep, then hold its folder.

        Other sweepers than Hydra's basic one choose jobs later: the launcher checks those.
        """
        _or_leave(lambda: _begin(config))


def _begin(config: DictConfig) -> None:
    from hydra.core.global_hydra import GlobalHydra

    from experiments.config.compose import purposes, sweep_settings
    from experiments.config.jobs import Jobs, check_jobs, folders
    from experiments.task import refuse_unusable

    settings, made_for = sweep_settings(config), purposes(config)
    if made_for:
        from experiments.runner.purposes import PURPOSES

        made_for = {name: PURPOSES[name].check(section) for name, section in made_for.items()}
    _check_hydra(config)
    folder = Path(config.hydra.sweep.dir)  # its unique name is drawn now, once for all jobs
    loader = GlobalHydra.instance().config_loader()
    jobs = Jobs(lambda overrides: loader.load_sweep_config(config, overrides))
    grid = _overrides(config) if _is_grid(str(config.hydra.sweeper._target_)) else None
    configs = [] if grid is None else check_jobs(jobs, grid)
    named = folders(jobs, grid, 0) if grid else None
    refuse_unusable(configs)

    from experiments.runner.sweep import (
        begin,
    )  # takes a while: only now is it clear that it is needed

    alone = not str(config.hydra.launcher._target_).endswith(".StackedLauncher")
    if alone and settings.settle:
        from experiments.errors import ConfigError, Problem

        what = "needs the launcher that trains all runs together, received true with another one"
        raise ConfigError([Problem("sweep.settle", what, "leave hydra/launcher out")])
    command = shlex.join(["python", "run.py", *sys.argv[1:]])
    if alone and grid and named is None:
        named = [str(number) for number in range(len(grid))]
    with begin(folder, settings, command, goes_on=not alone) as sweep:
        sweep.purposes.update(made_for)
        if grid is not None:
            sweep.admit(configs, grid, named, settings.extend)
    held = current()
    held.sweep, held.jobs = sweep, jobs


def _check_hydra(config: DictConfig) -> None:
    """Raises ConfigError for settings of Hydra's own that it would stumble over later."""
    from experiments.errors import ConfigError, Problem

    size = config.hydra.sweeper.get("max_batch_size")
    if size is not None and (type(size) is not int or size < 1):
        what = f"must be a whole number from 1, or null, received {size!r}"
        fix = "for example hydra.sweeper.max_batch_size=10"
        raise ConfigError([Problem("hydra.sweeper.max_batch_size", what, fix)])
    if not str(config.hydra.sweep.dir or ""):
        fix = "for example hydra.sweep.dir=outputs/mine"
        raise ConfigError([Problem("hydra.sweep.dir", "must be a folder, received nothing", fix)])


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

    from experiments.config.compose import as_written

    from .sweeper import with_beside

    parameters = config.hydra.sweeper.params or OmegaConf.create()
    texts = [f"{key!s}={value}" for key, value in parameters.items()]
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    overrides = parser.parse_overrides([*texts, *as_written(config.hydra.overrides.task)])
    (jobs,) = BasicSweeper.split_arguments(overrides, max_batch_size=None)
    return with_beside(jobs, config.hydra.sweeper.get("beside"))


def _or_leave(look: Callable[[], object]) -> None:
    """Look, and leave the program with the lines and the exit code of whatever is refused.

    Hydra turns an exception of a callback into a warning, but lets SystemExit pass.
    """
    from hydra.core.global_hydra import GlobalHydra

    from experiments.config.explain import explain

    try:
        look()
    except Exception as error:
        GlobalHydra.instance().clear()  # Hydra is done; explaining composes anew
        raise SystemExit(explain(error, sys.argv[1:], Path(sys.argv[0]).parent / "conf")) from error
