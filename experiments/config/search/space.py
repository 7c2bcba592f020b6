"""What a search may choose, in the words that users of Hydra's Optuna sweeper know.

`interval(5,50)`, `range(1,5)`, `choice(tanh,relu)` or `tanh,relu`, `tag(log, interval(1e-4,1))`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep

from ...errors import ConfigError, Problem
from ...record import Dimension
from ..field_text import fields, takes_fractions
from ..jobs import Jobs, check_jobs
from ..schema import FIXED, SPECS, Config, check_section
from .settings import SearchSettings

SEARCHED = ("model", "training")
# What changes how well an error is measured, and not the error.
MEASURING = ("training.seed", "training.repeats", "training.vary")
LISTED_STEPS = 100_000  # of a range; they are listed


@dataclass(frozen=True)
class SearchPlan:
    """A search as a command line asks for it.

    space: sorted by key. fixed: the overrides that all trials share. edges: the checked configs of
    trials at the edges of the space.
    """

    settings: SearchSettings
    space: tuple[Dimension, ...]
    fixed: tuple[str, ...]
    edges: Sequence[Config]


def read_plan(section: Mapping[str, Any], overrides: Sequence[Override], jobs: Jobs) -> SearchPlan:
    """The search that is asked for, its space checked at its edges.

    Args:
        section: `hydra.sweeper` as plain data.
        overrides: of the whole sweep, those of `hydra.sweeper.params` first.
        jobs: what composes trials.

    Raises:
        ConfigError: with all that is wrong.
    """
    keys = {key: value for key, value in section.items() if key not in ("_target_", "params")}
    settings = check_section("hydra.sweeper", keys, SearchSettings)
    by_key = {one.key_or_group: one for one in overrides}  # the command line comes last, and wins
    found = [_dimension(one) for one in by_key.values() if one.is_sweep_override()]
    problems = [one for one in found if isinstance(one, Problem)]
    if problems:
        raise ConfigError(problems)
    space = sorted((one for one in found if isinstance(one, Dimension)), key=lambda one: one.key)
    if not space:
        what = "has nothing to choose, received one value for every key"
        fix = "give a key several, for example 'model.width=interval(5,50)'"
        raise ConfigError([Problem("hydra/sweeper=optuna", what, fix)])
    fixed = [str(one.input_line) for one in by_key.values() if not one.is_sweep_override()]
    edges = check_jobs(jobs, [trial_overrides(fixed, params) for params in _edges(space)])
    return SearchPlan(settings, tuple(space), tuple(fixed), edges)


def trial_overrides(fixed: Sequence[str], params: Mapping[str, int | float | str]) -> list[str]:
    """The overrides of a trial's job."""
    return [*fixed, *(f"{key}={value}" for key, value in params.items())]


def _edges(space: Sequence[Dimension]) -> list[dict[str, int | float | str]]:
    """Every choice and both ends of each key, the other keys at their first."""
    ends = {one.key: _both_ends(one) for one in space}
    first = {key: values[0] for key, values in ends.items()}
    return [{**first, key: value} for key, values in ends.items() for value in values]


def _both_ends(one: Dimension) -> list[int | float | str]:
    if one.choices:
        return [*one.choices]
    return [int(end) if one.whole else end for end in (one.low, one.high)]


def _dimension(override: Override) -> Dimension | Problem:
    """What an override leaves to the search."""
    key, text = override.key_or_group, str(override.input_line).partition("=")[2]
    if key.partition(".")[0] not in SEARCHED or key in MEASURING:
        what = f"is no key to search: errors are compared on one measure, received {text!r}"
        return Problem(key, what, f"give {key} one value, and search keys of model and training")
    value: Any = override.value()
    if isinstance(value, IntervalSweep):
        return _interval(key, text, value)
    if isinstance(value, RangeSweep) and (wrong := _uncountable(key, text, value)):
        return wrong
    if isinstance(value, RangeSweep) and not value.shuffle:
        return _stepped(key, text, list(value.range()))
    if isinstance(value, ChoiceSweep | RangeSweep):
        found = tuple(dict.fromkeys(override.sweep_string_iterator()))
        return Dimension(key, text, found) if found else _empty(key, text)
    fix = "for example choice(tanh,relu), range(1,5) or interval(5,50)"
    return Problem(key, f"cannot be searched, received {text!r}", fix)


def _empty(key: str, text: str) -> Problem:
    return Problem(key, f"leaves nothing to choose, received {text!r}", "for example range(1,5)")


def _uncountable(key: str, text: str, value: RangeSweep) -> Problem | None:
    """What is wrong with a range whose numbers cannot be listed."""
    if value.step == 0:
        return Problem(key, f"takes no step, received {text!r}", "for example range(5,50,5)")
    try:
        steps = abs(((value.stop or 0) - (value.start or 0)) / value.step)
    except OverflowError:  # whole numbers beyond floats
        steps = math.inf
    if not steps <= LISTED_STEPS:  # also where it is not a number
        what = f"has more than {LISTED_STEPS:,} steps, received {text!r}"
        return Problem(key, what, "for example interval(5,50), which holds every number")
    return None


def _stepped(key: str, text: str, values: list[Any]) -> Dimension | Problem:
    """A number in steps; the end is left out, as in a grid."""
    if not values:
        return _empty(key, text)
    low, high = min(values), max(values)
    step = abs(values[1] - values[0]) if len(values) > 1 else None
    whole = all(type(value) is int for value in values)
    return Dimension(key, text, (), low, high, step, whole)


def _interval(key: str, text: str, value: IntervalSweep) -> Dimension | Problem:
    """Any number between two, whole where the key takes no other."""
    assert value.start is not None
    assert value.end is not None
    low, high, log = float(value.start), float(value.end), "log" in value.tags
    asked_whole = type(value.start) is int and type(value.end) is int  # by int(interval(5,50))
    whole = asked_whole or not _takes_fractions(key)
    if not (math.isfinite(low) and math.isfinite(high)):
        return Problem(key, f"must have two ends, received {text!r}", "for example interval(5,50)")
    if low >= high:
        fix = f"for example {key}=interval({high:g},{low:g})"
        return Problem(key, f"must grow from its first number, received {text!r}", fix)
    if whole and not (low.is_integer() and high.is_integer()):
        fix = f"for example {key}=interval({int(low)},{int(high) + 1})"
        return Problem(key, f"takes whole numbers alone, received {text!r}", fix)
    if log and low <= 0:
        what = f"has a logarithm above zero alone, received {text!r}"
        return Problem(key, what, f"for example {key}=tag(log, interval({high / 1000:g},{high:g}))")
    return Dimension(key, text, (), low, high, None, whole, log)


def _takes_fractions(key: str) -> bool:
    """Whether a key takes other numbers than whole ones, by the specs that know it."""
    section, _, field = key.partition(".")
    kinds = SPECS[section].values() if section in SPECS else [FIXED[section]]
    specs = [spec for spec in kinds if field in fields(spec)]
    return not specs or any(takes_fractions(spec, field) for spec in specs)
