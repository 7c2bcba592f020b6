"""The libraries of engines, which nobody needs who trains on one machine."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ...errors import ConfigError, Problem


def library(name: str, group: str) -> Any:
    """A library by its name; raises ConfigError with the dependency group that has it."""
    try:
        return import_module(name)
    except ImportError as error:
        what = f"needs the library {name}, received {group!r} ({error})"
        fix = f"install it: pip install --group {group}"
        raise ConfigError([Problem("hydra/launcher", what, fix)]) from None
