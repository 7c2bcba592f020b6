"""Between Hydra and the checked config: composing (here), jobs of a sweep, and what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager, nullcontext
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ..errors import ConfigError, Problem
from . import CONF, resolvers  # noqa: F401, composing calls what is registered there
from .schema import SECTIONS, Config, check_config, check_section, resolve_defaults
from .sweep_settings import SweepSettings

# What a sweep may be made for: the groups of conf/ that are no part of a run. What each does stands
# in `runner.purposes`.
PURPOSE_GROUPS = tuple(
    sorted(
        group.name
        for group in CONF.iterdir()
        if group.is_dir() and group.name not in (*SECTIONS, "experiment", "hydra")
    )
)

OPEN = "open"  # whether a person's browser opens the page at the end
CACHE = "compilation_cache"  # whether compiled programs are kept for the next start
OF_THE_PROCESS = (OPEN, CACHE)  # they change no result, and no folder


def as_written(overrides: Any) -> list[str]:
    """Overrides (a ListConfig) as written: iterating would resolve their interpolations."""
    texts = OmegaConf.to_container(overrides, resolve=False)
    assert isinstance(texts, list)
    return [str(text) for text in texts]


def from_hydra(cfg: DictConfig, overrides: Iterable[str] = ()) -> Config:
    """The checked config of a composed tree.

    Args:
        cfg: the whole tree; the sections of other things than the run are left out.
        overrides: the command line's; see `schema.resolve_defaults` for what they decide.

    Raises:
        ConfigError: with all problems.
    """
    try:
        ours = of_the_run(cfg)
        plain = OmegaConf.to_container(ours, resolve=True)
    except OmegaConfBaseException as error:
        key = str(getattr(error, "full_key", None) or "config")
        raise ConfigError([Problem(key, first_line(error), "correct the interpolation")]) from None
    assert isinstance(plain, dict)
    tree = {str(key): value for key, value in plain.items()}
    resolve_defaults(tree, overrides)
    return check_config(tree)


def help_page(arguments: Sequence[str]) -> str:
    """What `--help` prints, as Hydra makes it, in half the time: Hydra lists every group twice."""
    overrides = [text for text in arguments if not text.startswith("-")]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=overrides, return_hydra_config=True)
    return Template(cfg.hydra.help.template).substitute()


def of_the_run(cfg: DictConfig) -> DictConfig:
    """The sections that say what a run is."""
    others = ("hydra", "sweep", *OF_THE_PROCESS, *PURPOSE_GROUPS)  # they change no result
    return OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in others])


def purposes(cfg: DictConfig) -> dict[str, Any]:
    """The sections that say what a sweep is made for, by name; empty for a plain one.

    Raises ConfigError where a sweep is to be made for two of a kind.
    """
    chosen = [key for key in PURPOSE_GROUPS if cfg.get(key) is not None]
    for override in as_written(cfg.hydra.overrides.task):
        key, _, value = override.partition("=")
        if key in PURPOSE_GROUPS and key not in chosen and value != "null":
            what = f"is one a sweep, received {value!r}"
            raise ConfigError([Problem(key, what, f"run them one by one: {key}=<name>")])
    return {key: OmegaConf.to_container(cfg[key], resolve=True) for key in chosen}


def of_the_process(cfg: DictConfig) -> dict[str, bool]:
    """The settings of this process, by name; raises ConfigError for what is not true or false."""
    found: dict[str, bool] = {}
    problems = []
    for name in OF_THE_PROCESS:
        found[name] = value = cfg.get(name)
        if not isinstance(value, bool):
            what = f"must be true or false, received {value!r}"
            problems.append(Problem(name, what, f"for example {name}=true"))
    if problems:
        raise ConfigError(problems)
    return found


def launcher_section(cfg: DictConfig) -> dict[str, Any]:
    """What `hydra.launcher` sets, without its class."""
    try:
        section: Any = OmegaConf.to_container(cfg.hydra.launcher, resolve=True)
    except OmegaConfBaseException as error:
        fix = "set the keys of hydra.launcher one by one"
        raise ConfigError([Problem("hydra.launcher", first_line(error), fix)]) from None
    return {str(key): value for key, value in section.items() if key != "_target_"}


class Job(NamedTuple):
    """A run as Hydra has composed it.

    number: its place among the jobs of a sweep, 0 of a single run. folder: an absolute path.
    overrides: those that say what the run is, as written, without what its sweep is made for.
    """

    number: int
    folder: Path
    overrides: list[str]
    in_sweep: bool


def current_job() -> Job:
    """The job that Hydra has begun in this process."""
    settings = HydraConfig.get()
    in_sweep = settings.mode == RunMode.MULTIRUN
    number = settings.job.num if in_sweep else 0
    overrides = run_overrides(settings.overrides.task)
    return Job(number, Path(settings.runtime.output_dir), overrides, in_sweep)


@contextmanager
def where_started() -> Iterator[None]:
    """Work in the folder of the command, from where paths are meant, despite hydra.job.chdir."""
    settings = HydraConfig.get()
    with chdir(settings.runtime.cwd) if settings.job.chdir else nullcontext():
        yield


def run_overrides(overrides: Any) -> list[str]:
    """Overrides (a ListConfig) that say what a run is, as written.

    Its sweep's purpose is no part of it, nor whether its page is opened.
    """
    return without_purpose(as_written(overrides))


def without_purpose(texts: Sequence[str]) -> list[str]:
    """The same of overrides that are plain texts."""
    roots = ((text, text.lstrip("+~").partition("=")[0].partition(".")[0]) for text in texts)
    return [text for text, root in roots if root not in (*OF_THE_PROCESS, *PURPOSE_GROUPS)]


def sweep_settings(cfg: DictConfig) -> SweepSettings:
    """The checked settings of a sweep; raises ConfigError with all problems."""
    try:
        section: Any = cfg.get("sweep")
        if OmegaConf.is_config(section):
            section = OmegaConf.to_container(section, resolve=True)
    except OmegaConfBaseException as error:
        fix = "set the keys of sweep one by one, such as sweep.name"
        raise ConfigError([Problem("sweep", first_line(error), fix)]) from None
    if isinstance(section, dict) and type(section.get("name")) is int:  # sweep.name=2026
        section["name"] = str(section["name"])
    return check_section("sweep", section, SweepSettings)


def first_line(error: BaseException) -> str:
    """What an exception says, or what led to it, without the lines that explain it."""
    if not str(error).strip() and error.__cause__ is not None:
        return first_line(error.__cause__)
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
