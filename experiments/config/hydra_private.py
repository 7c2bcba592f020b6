"""What of Hydra's private modules is used, in one file: a new version of Hydra may move any of it.

What Hydra does with overrides has no public function, and results must not differ from its own by a
letter. A config may name Hydra's basic sweeper, which has no public class.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import ConfigRepository
from hydra._internal.logging_config import configure_logging
from hydra._internal.utils import get_args_parser
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.singleton import Singleton
from hydra.plugins.completion_plugin import DefaultCompletionPlugin
from hydra.version import VersionBase
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.base import Container
from omegaconf.errors import InterpolationResolutionError

from .shell.variables import ENV_SET, in_place_of, is_set_at_once

__all__ = [
    "ALLOW",
    "HYDRAS_PLUGINS",
    "bound_interpolations",
    "configure_logging",
    "flags_parser",
    "grid",
    "guard_composing",
    "guard_reading",
    "hide_environment",
    "hydra_completes",
    "is_basic_sweeper",
    "other_hydra_kept",
    "override_dirname",
    "set_overrides",
    "typed_variables",
]

ALLOW = "--allow-plugins"  # archlab's own flag, which stands among Hydra's
HYDRAS_PLUGINS = "hydra._internal.core_plugins."

# `hydra._internal.core_plugins` is imported on use: Hydra runs those modules once more when it
# looks for plugins, and a class from before would be another one.


def hide_environment() -> None:
    """Have configs name the environment variables of jobs, here and in every file that is written.

    Hydra puts their values into each config that it composes, also those of `hydra.job.env_copy`,
    and writes them out. They are set in this process; those that it starts inherit them.
    """
    compose = ConfigLoaderImpl._load_configuration_impl

    @wraps(compose)
    def composed(
        self: ConfigLoaderImpl, config_name: Any, overrides: list[str], *args: Any, **named: Any
    ) -> DictConfig:
        cfg = compose(self, config_name, overrides, *args, **named)
        variables: Any = OmegaConf.to_container(cfg.hydra.job.env_set, resolve=False)
        typed = typed_variables(overrides)
        for name, value in variables.items():  # what is not set is refused or allowed by `trust`
            if is_set_at_once(name, value, typed) and not str(value).startswith("${"):
                os.environ[name] = str(value)
                cfg.hydra.job.env_set[name] = in_place_of(name)
        return cfg

    if not hasattr(compose, "__wrapped__"):
        ConfigLoaderImpl._load_configuration_impl = composed  # type: ignore[method-assign]


def typed_variables(overrides: Sequence[str]) -> set[str]:
    """The environment variables that the words of a command line set."""
    words = [word for word in overrides if ENV_SET in word]
    found: set[str] = set()
    for one in OverridesParser.create().parse_overrides(words):
        key, value = one.key_or_group, one.value()
        if key == ENV_SET and isinstance(value, dict):
            found.update(map(str, value))
        elif key.startswith(f"{ENV_SET}."):
            found.add(key.removeprefix(f"{ENV_SET}."))
    return found


def set_overrides(cfg: DictConfig, values: Sequence[Override], own: Sequence[Override]) -> None:
    """Set overrides in a config that was composed without them, in place, as composing would.

    Args:
        cfg: with its hydra section.
        values: those that set no choice.
        own: all of the command line's but those of Hydra's keys, which the config then lists.
    """
    ConfigLoaderImpl._apply_overrides_to_config([*values], cfg)
    with open_dict(cfg):
        cfg.hydra.overrides.task = [one.input_line for one in own]
        cfg.hydra.job.override_dirname = override_dirname(
            own, cfg.hydra.job.config.override_dirname
        )


def override_dirname(own: Sequence[Override], names: Mapping[str, Any]) -> str:
    """The overrides of a job in one word, as `hydra.job.config.override_dirname` has it."""
    parts = names["exclude_keys"], names["item_sep"], names["kv_sep"]
    return str(get_overrides_dirname([*own], *parts))


def grid(overrides: Sequence[Override]) -> list[list[str]]:
    """The overrides of each job of a grid, in the order of Hydra's basic sweeper."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    (jobs,) = BasicSweeper.split_arguments([*overrides], max_batch_size=None)
    return jobs


def is_basic_sweeper(sweeper: type) -> bool:
    """Whether a class is Hydra's basic sweeper, which runs a grid, or derived from it."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    return issubclass(sweeper, BasicSweeper)


def flags_parser() -> ArgumentParser:
    """What reads Hydra's flags and ours, and takes all else for overrides."""
    parser = get_args_parser()
    parser.add_argument(ALLOW, action="store_true", help="Make classes that are not archlab's")
    return parser


def guard_composing(
    check_search_path: Callable[[list[str]], None],
    check: Callable[[DictConfig, Sequence[str]], None],
) -> None:
    """Have every config checked that is composed from now on.

    Hydra has no hook there: its callbacks are made first, and logging is set up before them.

    Args:
        check_search_path: sees `hydra.searchpath`, before it is looked into.
        check: sees the config and the words of its command line, before anything of it is used.
    """
    compose = ConfigLoaderImpl.load_configuration
    search = ConfigLoaderImpl._process_config_searchpath

    def checked(
        self: ConfigLoaderImpl, config_name: Any, overrides: list[str], *args: Any, **options: Any
    ) -> DictConfig:
        cfg = compose(self, config_name, overrides, *args, **options)
        check(cfg, overrides)
        return cfg

    def searched(self: ConfigLoaderImpl, name: Any, overrides: Any, repo: Any) -> None:
        loaded = None if name is None else repo.load_config(config_path=name)
        asked = None if loaded is None else OmegaConf.select(loaded.config, "hydra.searchpath")
        for override in overrides:
            if override.get_key_element() == "hydra.searchpath":
                asked = override.value()
        if isinstance(asked, Sequence) and not isinstance(asked, str):  # Hydra refuses others
            check_search_path([str(one) for one in asked])
        search(self, name, overrides, repo)

    ConfigLoaderImpl.load_configuration = checked  # type: ignore[method-assign]
    ConfigLoaderImpl._process_config_searchpath = searched  # type: ignore[method-assign,assignment]


def guard_reading(check_file: Callable[[Path], None]) -> None:
    """Have every file of configs checked before it is read; the check sees its path."""
    load = ConfigRepository.load_config

    def checked(self: ConfigRepository, config_path: str) -> Any:
        source = self._find_object_source(config_path, ObjectType.CONFIG)
        if source is not None and source.scheme() == "file":
            check_file(Path(source.path, source._normalize_file_name(config_path)))
        return load(self, config_path)

    ConfigRepository.load_config = checked  # type: ignore[method-assign]


def bound_interpolations(most: int) -> None:
    """Have no value of a config cost more than so many letters to write out.

    Values that name each other, two or more at a time, grow twofold with each: OmegaConf has no
    limit, and writes each one out anew.
    """
    resolve = Container.resolve_parse_tree
    spent: ContextVar[list[int] | None] = ContextVar("spent", default=None)

    def bounded(self: Container, *arguments: Any, **named: Any) -> Any:
        letters = spent.get()
        if letters is None:
            token = spent.set([0])
            try:
                return bounded(self, *arguments, **named)
            finally:
                spent.reset(token)
        if letters[0] <= most:
            value = resolve(self, *arguments, **named)
            letters[0] += len(value) + 100 if isinstance(value, str) else 100
        if letters[0] > most:
            raise InterpolationResolutionError("an interpolation grows beyond all bounds")
        return value

    Container.resolve_parse_tree = bounded  # type: ignore[method-assign]


def hydra_completes(loader: ConfigLoader, name: str, line: str) -> list[str]:
    """What Hydra would complete the last word of a line to; the line is without the program."""
    return DefaultCompletionPlugin(loader)._query(name, line)


@contextmanager
def other_hydra_kept() -> Iterator[None]:
    """No Hydra is begun while the block runs; afterwards what the program had begun is back."""
    held = Singleton._instances  # what it found once, such as plugins, stays
    begun: tuple[type, ...] = (GlobalHydra, HydraConfig, VersionBase)
    before = {one: held.pop(one) for one in begun if one in held}
    try:
        yield
    finally:
        for one in begun:
            held.pop(one, None)
        held.update(before)
