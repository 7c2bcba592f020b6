"""From whatever ended the program to an exit code and a line for each problem."""

from __future__ import annotations

import sys
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from .config import find_problems
from .errors import (
    EXIT_INTERRUPTED,
    ArchlabError,
    ConfigError,
    Problem,
    RunError,
    StorageError,
)


def explain(error: BaseException, arguments: list[str], conf: Path) -> int:
    """Print what happened on standard error; returns the exit code."""
    if isinstance(error, KeyboardInterrupt):
        print("interrupted: finished runs are kept, the others are marked", file=sys.stderr)
        return EXIT_INTERRUPTED
    if isinstance(error, OSError) and not isinstance(error, HydraException):
        fix = "choose a folder that can be written with hydra.run.dir or hydra.sweep.dir"
        what = error.strerror or str(error)
        error = StorageError([Problem(str(error.filename or "folder"), what, fix)])
    if not isinstance(error, ArchlabError):
        error = _not_composed(error, arguments, conf)
    print(error, file=sys.stderr)
    return error.exit_code


def _not_composed(error: BaseException, arguments: list[str], conf: Path) -> ArchlabError:
    """What Hydra refused, override by override; the error's own words where that finds nothing."""
    overrides = [text for text in arguments if text[:1] == "~" or ("=" in text and text[:1] != "-")]
    with initialize_config_dir(str(conf.resolve()), version_base="1.3"):
        problems = find_problems(lambda chosen: compose("config", overrides=chosen), overrides)
    if problems:
        return ConfigError(problems)
    what = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, HydraException | OmegaConfBaseException):
        return ConfigError([Problem("config", what, "see python run.py --help")])
    fix = "set HYDRA_FULL_ERROR=1 for the traceback"
    return RunError([Problem(type(error).__name__, what, fix)])
