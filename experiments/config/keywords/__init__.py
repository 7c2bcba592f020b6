"""Keywords of Python as words of the command line: `model__depth=[1, 2]` is `model.depth=1,2`.

As in scikit-learn's grids, two underscores stand for the dot, a list holds values that are tried
one by one, and a tuple is a single value: one number a layer.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from ...errors import ConfigError, Problem
from .. import CONF
from ..compose import PURPOSE_GROUPS
from ..explain import HYDRA_REFUSES, composed, explain
from ..hydra_private import other_hydra_kept
from ..jobs import is_bare_word
from ..schema import Config
from ..trust.bounds import CONFIG_VALUES

DOT = "__"
ONLY_THERE = {*PURPOSE_GROUPS, "hydra", "open"}  # of the command line
TAKEN = "a number, a text, true or false, or a tuple of them"
OF_COMPARE = ("name", "extend")
# What a key looks like; Hydra takes `-m` for a flag, and other signs for more of the value.
KEYWORD = re.compile(r"\+{0,2}[^\W\d][\w./@]*")


def override_texts(words: Mapping[str, Any], several: bool) -> list[str]:
    """Keywords as overrides.

    Args:
        words: values by key.
        several: whether a list is a sweep; else it is refused.

    Raises:
        ConfigError: with every keyword that cannot be written as an override.
    """
    texts, problems = [], []
    for name, value in words.items():
        key = name.replace(DOT, ".")
        if not KEYWORD.fullmatch(key):
            what = f"is no key, received {received(value)}"
            problems.append(Problem(repr(name), what, "give keys such as model__depth"))
            continue
        if not several and key in OF_COMPARE:
            what = f"is an argument of compare, received {received(value)}"
            problems.append(Problem(key, what, "write folder='...' to keep a run"))
            continue
        if re.split("[./]", key)[0] in ONLY_THERE or key in ("sweep.name", "sweep.extend"):
            problems.append(_not_a_keyword(key, value))
            continue
        try:
            texts.append(f"{key}={_swept(key, value, several)}")
        except ConfigError as error:
            problems.extend(error.problems)
        except Exception as error:  # whatever an object that somebody made raises
            what = f"cannot be read ({type(error).__name__}), received {received(value)}"
            problems.append(Problem(key, what, f"give {TAKEN}"))
    if problems:
        raise ConfigError(problems)
    return texts


def received(value: object) -> str:
    """A value as Python writes it; objects that refuse to be written are named by their class."""
    try:
        return repr(value)
    except Exception:  # whatever an object that somebody made raises
        return f"a {type(value).__name__} that cannot be shown"


def _not_a_keyword(key: str, value: Any) -> Problem:
    """A key that has no meaning as a keyword."""
    section, _, last = key.partition(".")
    if section == "sweep":
        fix = f"write {last}={received(value)}"
        return Problem(key, f"is an argument of compare itself, received {received(value)}", fix)
    fix = f"run python run.py {key}={value if isinstance(value, str) else received(value)}"
    return Problem(key, f"is for the command line, received {received(value)}", fix)


def _swept(key: str, value: Any, several: bool) -> str:
    """The right side of an override."""
    choices = _tried(value)
    if choices is None:
        return override_value(key, value)
    if not choices:
        raise ConfigError(
            [Problem(key, f"has no value, received {received(value)}", "give one or more")]
        )
    if not several:
        what = f"is one value for a run, received {received(value)}"
        fix = "compare(...) tries each of a list; a tuple holds one value a layer"
        raise ConfigError([Problem(key, what, fix)])
    return ",".join(override_value(key, choice) for choice in choices)


def _tried(value: Any) -> list[Any] | None:
    """The values that are to be tried one by one; None of a single value."""
    if hasattr(value, "tolist"):  # an array, a Series, a number of NumPy's
        value = value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | tuple):
        return list(value)
    return None


def override_value(key: str, value: Any) -> str:
    """One value as Hydra's grammar reads it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, numbers.Real):
        return _number(key, value)
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        return value if is_bare_word(value) else QuotedString(value, Quote.single).with_quotes()
    if isinstance(value, tuple):
        if len(value) > CONFIG_VALUES:  # Hydra would read it for minutes
            what = f"holds more than a config can, received {len(value):,} values"
            raise ConfigError([Problem(key, what, f"leave it at {CONFIG_VALUES:,}")])
        return f"[{','.join(override_value(key, part) for part in value)}]"
    what = f"must be {TAKEN}, received {received(value)}"
    fix = "a list holds the values that are tried one by one"
    raise ConfigError([Problem(key, what, fix)])


def _number(key: str, value: numbers.Real) -> str:
    """A number as Hydra's grammar reads it; raises ConfigError for whole ones beyond floats."""
    try:
        return repr(value) if math.isfinite(value) else str(float(value))
    except OverflowError:
        what = "must be a number that a float can hold, received a larger whole number"
        raise ConfigError([Problem(key, what, "give a number below 1e308")]) from None


@contextmanager
def composed_sweep(texts: Sequence[str]) -> Iterator[DictConfig]:
    """The config of a whole sweep, Hydra's own section included, while the block runs.

    Hydra as its caller may use it, in this process too, is as it was afterwards.

    Raises:
        ConfigError: for what Hydra does not compose, with all problems; also from the block.
    """
    with _our_hydra():
        loader = GlobalHydra.instance().config_loader()
        try:
            cfg = loader.load_configuration(
                "config", [*texts], run_mode=RunMode.MULTIRUN, from_shell=False
            )
        except HYDRA_REFUSES as error:
            raise _refused(error, texts) from None
        try:
            yield cfg
        except (HydraException, OmegaConfBaseException) as error:
            raise _refused(error, texts) from None


def _refused(error: Exception, texts: Sequence[str]) -> ConfigError:
    """What Hydra did not compose, with all problems."""
    GlobalHydra.instance().clear()  # explaining composes anew
    return ConfigError(explain(error, ["-m", *texts]).problems)


def composed_run(texts: Sequence[str]) -> Config:
    """The checked config of a single run; raises ConfigError with all problems."""
    with other_hydra_kept():
        return composed(texts)


@contextmanager
def _our_hydra() -> Iterator[None]:
    with other_hydra_kept(), initialize_config_dir(str(CONF), version_base="1.3"):
        yield
