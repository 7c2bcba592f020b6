"""Environment variables that a command sets for its jobs: no file says what they hold."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from .variables import ENV_SET, in_place_of, is_deciding


def with_environment(words: Sequence[str]) -> list[str]:
    """A command line that names variables in place of their values, which are set here at once.

    Hydra writes the command line into every folder, and so do we: `hydra.job.env_set.TOKEN=abc`
    becomes `hydra.job.env_set.TOKEN=${oc.env:TOKEN}`. What cannot be read stays, to be refused, as
    does what decides which programs run.
    """
    return [_without_value(word) for word in words]


def _without_value(word: str) -> str:
    key, equals, written = word.partition("=")
    name = key.lstrip("+").removeprefix(f"{ENV_SET}.")
    if not equals or not key.lstrip("+").startswith(f"{ENV_SET}.") or not name.isidentifier():
        return word
    if is_deciding(name):
        return word
    try:
        override = OverridesParser.create().parse_override(word)
        tree = OmegaConf.create(
            {"value": None if override.is_sweep_override() else override.value()}
        )
        value = tree.value
    except (HydraException, OmegaConfBaseException):
        return word
    if value is None or written.startswith("${oc.env:"):
        return word
    os.environ[name] = str(value)
    return f"{key}={in_place_of(name)}"
