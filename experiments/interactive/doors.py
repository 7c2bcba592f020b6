"""`compare` and `run`: the command line's words as keywords, from a notebook or a script."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datasets import Split
from models import Training

from ..config.field_text import fields
from ..config.keywords import DOT, override_texts, override_value, received
from ..config.schema import SPECS
from ..config.sweep_settings import SweepSettings
from ..errors import ConfigError, Problem
from .known import GROUPS
from .places import TemporaryPlace, named_folder
from .run_result import RunResult
from .spoken import in_keywords
from .sweep_result import SweepResult
from .training import train_one, train_sweep


def compare(
    *,
    name: str | None = None,
    folder: str | Path | None = None,
    extend: bool = False,
    **words: Any,
) -> SweepResult:
    """Train networks side by side, and say which differences are real.

    A list holds values that are tried one by one, each with each of the others; a tuple is one
    value, a number or a name for each layer. Two underscores stand for the dot of the command line.

    Args:
        name: keeps the results in `outputs/sweeps/<name>`; again with the same name trains only
            what is missing. Without name and folder they go with the object that is returned.
        folder: keeps the results in this folder, in the same way.
        extend: whether other runs may be added to those that are there; the result holds all.
        **words: what to compare: `dataset`, `model`, `training` and `experiment` choose by name,
            all else are keys such as `model__depth` and `training__epochs`; see docs/keys.md.

    Returns:
        The runs, their verdict, table, figures and networks.

    Raises:
        ConfigError: with all that is wrong, a line each; nothing is trained then.
        StorageError: where the folder cannot be written, or another sweep is using it.

    Ctrl-C ends the training early: what is trained by then is returned.

    >>> result = compare(
    ...     dataset="linear", model__depth=[0, 1], training__epochs=4, training__repeats=2
    ... )
    >>> len(result), sorted(result.table["state"])
    (2, ['done', 'done'])
    >>> compare(model__depth=[1, -1], training__optimizer="adm")
    Traceback (most recent call last):
    experiments.errors.ConfigError: error: training__optimizer: must be adam, ...
    error: model__depth: must be a whole number from 0 to 100, received -1; ...
    """
    with in_keywords(words, _keywords()):
        texts = override_texts(words, several=True)
        place = TemporaryPlace() if name is None and folder is None else None
        where = list(_kept_where(name, place.folder if place else folder, extend))
        at, interrupted = train_sweep([*texts, *where], texts if place else [*texts, *where])
    return SweepResult(at.absolute(), interrupted, place)


def run(*, folder: str | Path | None = None, **words: Any) -> RunResult:
    """Train one network from several seeds.

    Args:
        folder: keeps the run in this folder; the same run again is read from it, another one takes
            its place. Without it the run goes with the object that is returned.
        **words: as for `compare`, one value each.

    Returns:
        The run: its verdict, tables, figures and the network.

    Raises:
        ConfigError: with all that is wrong, a line each; nothing is trained then.
        StorageError: where the folder cannot be written.
        RunError: where the training broke.

    >>> one = run(dataset="sine", model__width=(4, 3), training__epochs=3, training__repeats=2)
    >>> one.label
    'sine: 4 sigmoid → 3 sigmoid'
    >>> len(one.predictions)
    500
    """
    place = TemporaryPlace() if folder is None else None
    with in_keywords(words, _keywords()):
        at = named_folder(folder) if place is None else place.folder
        train_one(override_texts(words, several=False), at)
    return RunResult(at, place)


def _kept_where(name: str | None, folder: str | Path | None, extend: bool) -> Iterator[str]:
    """The overrides that say where a sweep is kept."""
    if name is not None and folder is not None:
        what = f"gives the results two places, received {received(folder)} beside name={name!r}"
        raise ConfigError([Problem("folder", what, "leave one of them out")])
    if name is not None:
        yield f"sweep.name={override_value('sweep.name', name)}"
    else:
        at = named_folder(folder)
        yield f"hydra.sweep.dir={override_value('hydra.sweep.dir', at)}"
    if extend is not False:
        yield f"sweep.extend={override_value('sweep.extend', extend)}"


def _keywords() -> Iterator[str]:
    """Every keyword that is known, those of groups first."""
    yield from GROUPS
    specs: dict[str, Mapping[str, type[Any]]] = {
        **SPECS,
        "split": {"": Split},
        "training": {"": Training},
        "sweep": {"": SweepSettings},
    }
    for section, kinds in specs.items():
        keys = dict.fromkeys(field for spec in kinds.values() for field in fields(spec))
        yield from (f"{section}{DOT}{key}" for key in keys)


class _AsConfigured:
    """The default of a keyword: what `conf/` says."""

    def __repr__(self) -> str:
        return "..."


def _show_keywords(function: Any) -> None:
    """Have editors and notebooks complete the keywords of a function."""
    own = inspect.signature(function)
    known = [one for one in own.parameters.values() if one.kind is one.KEYWORD_ONLY]
    taken = {one.name for one in known} | {f"sweep{DOT}{one.name}" for one in known}
    more = [
        inspect.Parameter(word, inspect.Parameter.KEYWORD_ONLY, default=_AsConfigured())
        for word in _keywords()
        if word not in taken and not (function is run and word.startswith("sweep"))
    ]
    function.__signature__ = own.replace(parameters=[*more, *known])


for door in (compare, run):
    _show_keywords(door)
