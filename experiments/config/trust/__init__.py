"""What a config may have Hydra make: callbacks, launchers, sweepers and loggers of our lists.

Hydra imports and calls whatever class a config names, so that an experiment file of a stranger
could run what it likes. Every config is looked at as soon as it is composed, before anything that
it names is imported, in this process and in those that a launcher starts. What is on no list takes
`--allow-plugins` on the command line; SECURITY.md says why.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from omegaconf import DictConfig

from ...errors import ConfigError, Problem
from ..hydra_private import (
    ALLOW,
    bound_interpolations,
    guard_composing,
    guard_reading,
    typed_variables,
)
from ..shell.variables import ALLOWED
from . import bounds, loggers, surroundings, targets
from .in_a_run import as_in_a_run


def without_allowing(arguments: Sequence[str]) -> list[str]:
    """A command line without `--allow-plugins`; from now on it holds for this process."""
    os.environ.pop(ALLOWED, None)
    if ALLOW in arguments:
        os.environ[ALLOWED] = "1"
    return [text for text in arguments if text != ALLOW]


def check_composed(cfg: DictConfig, overrides: Sequence[str]) -> None:
    """Raise ConfigError for what is on none of our lists.

    Args:
        cfg: a composed config.
        overrides: the words of the command line that it was composed with.
    """
    hydra = cfg.hydra
    _refuse_config(surroundings.claimed_words(hydra, overrides), allowable=False)
    with as_in_a_run(hydra):
        impossible = [*targets.unmakeable(hydra), *surroundings.of_verbose(hydra)]
        found = [
            *targets.of_classes(hydra),
            *loggers.of_loggers(hydra),
            *surroundings.of_surroundings(hydra, typed_variables(overrides)),
        ]
    _refuse_config(impossible, allowable=False)
    _refuse_config(found)


def check_search_path(addresses: Sequence[str]) -> None:
    """Raise ConfigError where configs are to come from a Python package, which is imported."""
    _refuse_config(surroundings.search_path_problems(addresses))


def _refuse_config(problems: Iterable[Problem], *, allowable: bool = True) -> None:
    found = list(problems)
    if found and not (allowable and os.environ.get(ALLOWED)):
        raise ConfigError(found)


guard_composing(check_search_path, check_composed)
guard_reading(bounds.check_file)
bound_interpolations(bounds.LETTERS)
