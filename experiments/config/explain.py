"""What Hydra or a check refused, in one line each: override by override, with the fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from .. import ctrl_c
from ..errors import (
    ArchlabError,
    ConfigError,
    Problem,
    RunError,
    StorageError,
    known_names,
    refusal,
)
from ..storage.outcome import Outcome
from . import CONF
from .compose import first_line, from_hydra
from .hydra_private import flags_parser
from .schema import SECTIONS, Config
from .shell.arguments import NAME_A_PICKLE, RERUN, check_working_folder

Compose = Callable[[list[str]], DictConfig]
SHOWN_LETTERS = 60  # of a value that is nested too deep
SEVERAL = "is one value or a list"
# What Hydra raises for overrides that it does not compose: names that are no text or no file name,
# lists within lists that are more than it can follow.
HYDRA_REFUSES = (
    HydraException,
    OmegaConfBaseException,
    ValueError,
    TypeError,
    OSError,
    RecursionError,
)
TOO_DEEP, FLAT = "is nested too deep", "write a value, or a list of values"


def composed(overrides: Iterable[str]) -> Config:
    """The checked config of a command line's overrides, outside of Hydra's program.

    Raises ConfigError with all problems.
    """
    texts = list(overrides)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        try:
            return from_hydra(compose("config", overrides=texts), texts)
        except HYDRA_REFUSES:
            found = find_problems(lambda chosen: compose("config", overrides=chosen), texts)
            if not found:
                raise
            raise ConfigError(found) from None


def find_problems(compose_job: Compose, overrides: Sequence[str]) -> list[Problem]:
    """Why these overrides do not compose, one problem for each bad one, and what else is wrong.

    Overrides are added one at a time, group choices first, and those that Hydra refuses are set
    aside; what is left is then checked as usual.
    """
    check_working_folder()
    kept: list[str] = []
    problems: list[Problem] = []
    for override in sorted(overrides, key=lambda text: "." in text.split("=")[0]):
        try:
            compose_job([*kept, override])
            kept.append(override)
        except RecursionError:
            problems.append(_too_deep(override))
        except Exception as error:  # Hydra refuses some overrides with a ValueError
            problems.append(_refused_override(lambda: compose_job(kept), override, error))
    try:
        from_hydra(compose_job(kept), kept)
    except ConfigError as error:
        # What was set aside left its key without a value, which is no other problem.
        told = {problem.key for problem in problems}
        problems.extend(problem for problem in error.problems if problem.key not in told)
    except (HydraException, OmegaConfBaseException) as error:
        problems.append(Problem("config", first_line(error), "see python run.py --help"))
    except RecursionError:
        problems.append(Problem("config", TOO_DEEP, FLAT))
    return list(dict.fromkeys(problems))


def _refused_override(
    composed: Callable[[], DictConfig], override: str, error: Exception
) -> Problem:
    """One override that Hydra does not take."""
    key, _, value = override.lstrip("+~").partition("=")
    key = key or repr(override)
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        what = f"cannot be read, received {override!r}"
        return Problem(key, what, "write key=value, with quotes around special characters")
    options = getattr(error, "options", None)
    if options:
        group, _, name = str(getattr(error, "missing_cfg_file", key)).rpartition("/")
        what = f"unknown {group or key}, received {name or value!r}"
        fix = known_names(name or value, options)
        if group == "hydra/launcher" and name.startswith("submitit_"):
            fix = "archlab's own takes its place: hydra/launcher=submitit"
        return Problem(group or key, what, fix)
    if str(error).startswith("Ambiguous value") or "requires --multirun" in str(error):
        what = f"{SEVERAL}, received {value!r}"
        return Problem(key, what, f"add -m to run each value, or write {key}=[{value}] for a list")
    if str(error).startswith("Could not append"):
        what = f"exists already, received {override!r}"
        return Problem(key, what, f"leave the + out: {key}={value}")
    tree = OmegaConf.to_container(composed())
    assert isinstance(tree, dict)
    tree.pop("hydra", None)
    names = [*_paths(tree), *SECTIONS, "experiment"]
    unknown = str(error).startswith("Could not override") and key not in names
    if unknown and not key.startswith("hydra"):
        section, dot, _ = key.rpartition(".")
        near = [name for name in names if name.startswith(section + dot)] or names
        meant = next((name for name in names if name.replace(".", "_") == key), key)
        return Problem(key, f"unknown key, received {value!r}", known_names(meant, near))
    return Problem(key, f"{first_line(error)}, received {value!r}", "see python run.py --help")


def _too_deep(override: str) -> Problem:
    """An override that Hydra cannot follow to its end."""
    key, _, value = override.lstrip("+~").partition("=")
    shown = value if len(value) <= SHOWN_LETTERS else f"{value[:SHOWN_LETTERS]}…"
    return Problem(key, f"{TOO_DEEP}, received {shown!r}", FLAT)


def _paths(tree: Mapping[Any, Any], prefix: str = "") -> list[str]:
    paths: list[str] = []
    for key, value in tree.items():
        path = f"{prefix}{key}"
        paths += _paths(value, f"{path}.") if isinstance(value, Mapping) else [path]
    return paths


def explain(error: BaseException, arguments: list[str]) -> Outcome:
    """What the program comes to where this ended it.

    Args:
        error: an exception, expected or not, or KeyboardInterrupt.
        arguments: those of the command line; what Hydra refused is explained override by override.
    """
    if ctrl_c.is_interrupt(error):
        return Outcome("interrupted")
    refused = refusal(error)
    if refused is not None and not isinstance(error, ArchlabError | HydraException):
        error = StorageError.of(refused)
    if not isinstance(error, ArchlabError):
        try:
            error = _not_composed(error, arguments)
        except ArchlabError as found:
            error = found
    return Outcome.of(error)


def _not_composed(error: BaseException, arguments: list[str]) -> ArchlabError:
    """What Hydra refused, override by override; the error's own words where that finds nothing."""
    flags = flags_parser().parse_intermixed_args(arguments)
    name, main = flags.config_name or "config", CONF.parent / (flags.config_path or CONF.name)
    extra = Path(flags.config_dir or main).resolve()
    # The folder of the config that is composed comes first.
    first, then = (extra, main) if (extra / f"{name}.yaml").is_file() else (main, extra)
    path = [f"hydra.searchpath=[file://{then}]"]
    with initialize_config_dir(str(first), version_base="1.3"):
        problems = find_problems(
            lambda chosen: compose(name, overrides=[*path, *chosen]), flags.overrides
        )
    if flags.multirun:  # several values are what a sweep is for
        problems = [problem for problem in problems if not problem.what.startswith(SEVERAL)]
    if problems:
        return ConfigError(problems)
    what = (str(error).strip() or type(error).__name__).splitlines()[0]
    if flags.experimental_rerun is not None:  # a run's own failures are told where it is trained
        what = f"holds no config of a run ({what}), received {flags.experimental_rerun!r}"
        return ConfigError([Problem(RERUN, what, NAME_A_PICKLE)])
    if isinstance(error, HydraException | OmegaConfBaseException):
        return ConfigError([Problem("config", what, "see python run.py --help")])
    fix = "set HYDRA_FULL_ERROR=1 for the traceback"
    return RunError([Problem(type(error).__name__, what, fix)])
