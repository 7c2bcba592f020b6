"""The libraries of engines, which nobody needs who trains on one machine."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ...errors import ConfigError, Problem


def library(name: str, package: str) -> Any:
    """A library by its name; raises ConfigError with the package to install."""
    try:
        return import_module(name)
    except ImportError as error:
        what = f"needs the library {name}, which is not installed ({error})"
        fix = f"install it: python -m pip install '{package}'"
        raise ConfigError([Problem("hydra/launcher", what, fix)]) from None
