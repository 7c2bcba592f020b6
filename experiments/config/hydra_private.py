"""What of Hydra's private modules is used, in one file: a new version of Hydra may move any of it.

What Hydra does with overrides has no public function, and results must not differ from its own by a
letter. A config may name Hydra's basic sweeper, which has no public class.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

# `hydra._internal.core_plugins` is imported on use: Hydra runs those modules once more when it
# looks for plugins, and a class from before would be another one.


def set_values(cfg: DictConfig, overrides: Sequence[Override]) -> None:
    """Set the values of overrides in a composed config, in place, as composing would."""
    ConfigLoaderImpl._apply_overrides_to_config([*overrides], cfg)


def override_dirname(cfg: DictConfig, overrides: Sequence[Override]) -> str:
    """What `${hydra.job.override_dirname}` is of a config composed with these overrides."""
    names = cfg.hydra.job.config.override_dirname
    return get_overrides_dirname([*overrides], names.exclude_keys, names.item_sep, names.kv_sep)


def grid(overrides: Sequence[Override]) -> list[list[str]]:
    """The overrides of each job of a grid, in the order of Hydra's basic sweeper."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    (jobs,) = BasicSweeper.split_arguments([*overrides], max_batch_size=None)
    return jobs


def is_basic_sweeper(sweeper: type) -> bool:
    """Whether a class is Hydra's basic sweeper, which runs a grid, or derived from it."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    return issubclass(sweeper, BasicSweeper)
