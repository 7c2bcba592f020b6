"""From whatever ended the program to an exit code and a line for each problem."""

from __future__ import annotations

import sys
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from .config import find_problems
from .errors import EXIT_FAILED, EXIT_INTERRUPTED, ArchlabError, ConfigError, Problem


def explain(error: BaseException, arguments: list[str], train_config: Path) -> int:
    """Print what happened on standard error; returns the exit code."""
    if isinstance(error, KeyboardInterrupt):
        print("interrupted: finished runs are kept, the others are marked", file=sys.stderr)
        return EXIT_INTERRUPTED
    if isinstance(error, HydraException | OmegaConfBaseException):
        error = ConfigError(_composition_problems(error, arguments, train_config))
    if isinstance(error, ArchlabError):
        print(error, file=sys.stderr)
        return error.exit_code
    fix = "set HYDRA_FULL_ERROR=1 for the traceback"
    print(Problem(type(error).__name__, str(error) or "no message", fix), file=sys.stderr)
    return EXIT_FAILED


def _composition_problems(
    error: Exception, arguments: list[str], conf: Path
) -> list[Problem]:
    """What Hydra refused, override by override; its own words where that finds nothing."""
    overrides = [text for text in arguments if not text.startswith("-") and "=" in text or text.startswith("~")]
    with initialize_config_dir(str(conf.resolve()), version_base="1.3"):
        problems = find_problems(lambda chosen: compose("config", overrides=chosen), overrides)
    first = str(error).strip().splitlines()[0]
    return problems or [Problem("config", first, "see python run.py --help")]
