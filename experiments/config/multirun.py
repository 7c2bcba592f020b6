"""A sweep as the command line asks for it: its folder, and its jobs as far as they are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep
from omegaconf import DictConfig, OmegaConf

from ..errors import ConfigError, Problem
from .compose import as_written
from .hydra_private import grid
from .jobs import DEFAULT_SUBDIR, Jobs, check_jobs, folders
from .schema import Config
from .search.space import SearchPlan, read_plan
from .size import MOST_JOBS

# All combinations of values, as a search goes along, or as another sweeper does.
Choosing = Literal["grid", "search", "otherwise"]


@dataclass(frozen=True, eq=False)
class Multirun:
    """A sweep that is asked for.

    jobs: what composes its runs. overrides and configs: of each run, in order; empty where the
    sweeper chooses runs as it goes. named: their folders, None where these have no names of a
    person's own. plan: of a search, what it may choose.
    """

    folder: Path
    jobs: Jobs
    overrides: Sequence[Sequence[str]] = ()
    configs: Sequence[Config] = ()
    named: Sequence[str] | None = None
    plan: SearchPlan | None = None


def read_multirun(config: DictConfig, choosing: Choosing) -> Multirun:
    """What the config of a whole sweep asks for, its jobs checked.

    Args:
        config: with Hydra's own section.
        choosing: how the sweeper chooses runs; those of a grid are known now.

    Raises:
        ConfigError: with all that is wrong with any job, or with Hydra's settings of the sweep.
    """
    _check_hydra(config, choosing)
    folder = Path(config.hydra.sweep.dir)  # its unique name is drawn now, once for all jobs
    loader = GlobalHydra.instance().config_loader()
    jobs = Jobs(lambda overrides: loader.load_sweep_config(config, overrides))
    if choosing == "otherwise":
        return Multirun(folder, jobs)
    if choosing == "search":
        section: Any = OmegaConf.to_container(config.hydra.sweeper, resolve=True)
        return Multirun(folder, jobs, plan=read_plan(section, _sweep_overrides(config), jobs))
    asked = _sweep_overrides(config)
    _check_count(asked)
    overrides = with_beside(grid(asked), config.hydra.sweeper.get("beside"))
    configs = check_jobs(jobs, overrides)
    return Multirun(folder, jobs, overrides, configs, folders(jobs, overrides, 0))


def _check_hydra(config: DictConfig, choosing: Choosing) -> None:
    """Raises ConfigError for settings of Hydra's own that it would stumble over later."""
    size = config.hydra.sweeper.get("max_batch_size")
    if size is not None and (type(size) is not int or size < 1):
        what = f"must be a whole number from 1, or null, received {size!r}"
        fix = "for example hydra.sweeper.max_batch_size=10"
        raise ConfigError([Problem("hydra.sweeper.max_batch_size", what, fix)])
    if config.hydra.launcher.get("n_jobs") == 0:  # joblib's
        what = "must be a whole number other than 0, received 0"
        raise ConfigError([Problem("hydra.launcher.n_jobs", what, "leave it out for all cores")])
    if not str(config.hydra.sweep.dir or ""):
        fix = "for example hydra.sweep.dir=outputs/mine"
        raise ConfigError([Problem("hydra.sweep.dir", "must be a folder, received nothing", fix)])
    named: Any = OmegaConf.to_container(config.hydra.sweep, resolve=False)
    if choosing == "search" and named["subdir"] != DEFAULT_SUBDIR:
        what = f"cannot name the runs of a search, received {named['subdir']!r}"
        raise ConfigError([Problem("hydra.sweep.subdir", what, "leave it out")])


def _sweep_overrides(config: DictConfig) -> list[Override]:
    """The overrides of the whole sweep, those of `hydra.sweeper.params` first."""
    parameters = config.hydra.sweeper.params or OmegaConf.create()
    texts = [f"{key!s}={value}" for key, value in parameters.items()]
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    return parser.parse_overrides([*texts, *as_written(config.hydra.overrides.task)])


def _check_count(overrides: Sequence[Override]) -> None:
    """Raise ConfigError for a grid of more runs than a sweep may have, before any is made."""
    runs = 1
    for one in overrides:
        value = one.value()
        if isinstance(value, ChoiceSweep):
            runs *= len(value.list)
        elif isinstance(value, RangeSweep):
            start, stop = float(value.start or 0), float(value.stop or 0)
            if not value.step:
                what = f"a range needs a step other than 0, received {one.input_line!r}"
                raise ConfigError([Problem(one.key_or_group, what, "for example range(0,10,2)")])
            runs *= max(math.ceil((stop - start) / value.step), 0)
    if runs > MOST_JOBS:
        what = f"asks for more than {MOST_JOBS:,} runs, received {runs:,}"
        raise ConfigError([Problem("sweep", what, "give some key fewer values")])


def with_beside(jobs: Sequence[Sequence[str]], beside: Any) -> list[list[str]]:
    """Jobs whose `experiment` is among the `experiment` of an entry get its `overrides` too.

    Args:
        jobs: the overrides of each.
        beside: such entries, or None. Their overrides take the place of those of the same keys: a
            grid alone gives every job the same.
    """
    found = [list(job) for job in jobs]
    for entry in beside or ():
        chosen = {f"experiment={name}" for name in entry["experiment"]}
        extra = [str(text) for text in entry["overrides"]]
        keys = {text.partition("=")[0] for text in extra}
        found = [
            [*(text for text in job if text.partition("=")[0] not in keys), *extra]
            if chosen & set(job)
            else job
            for job in found
        ]
    return found
