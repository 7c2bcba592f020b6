"""What of Hydra's private modules is used, in one file: a new version of Hydra may move any of it.

What Hydra does with overrides has no public function, and results must not differ from its own by a
letter. A config may name Hydra's basic sweeper, which has no public class.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.logging_config import configure_logging
from hydra._internal.utils import get_args_parser
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.core.singleton import Singleton
from hydra.plugins.completion_plugin import DefaultCompletionPlugin
from hydra.version import VersionBase
from omegaconf import DictConfig, open_dict

__all__ = [
    "configure_logging",
    "flags_parser",
    "grid",
    "hydra_completes",
    "is_basic_sweeper",
    "other_hydra_kept",
    "override_dirname",
    "set_overrides",
]

# `hydra._internal.core_plugins` is imported on use: Hydra runs those modules once more when it
# looks for plugins, and a class from before would be another one.


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
    """What reads Hydra's flags, and takes all else for overrides."""
    return get_args_parser()


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
