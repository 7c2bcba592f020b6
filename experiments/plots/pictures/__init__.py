"""The pictures that are drawn from a record: every module in this folder is one.

Its file name is the picture's name, `fit.py` draws `fit.png`; nothing else lists it. Adding one is
adding a file with the three functions of `Picture`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...record import Record


T = TypeVar("T")


def once_a_record(numbers: Callable[[Record], T]) -> Callable[[Record], T]:
    """Compute the numbers of a record once, and keep them for as long as there is that record.

    Caption, file and page all ask for them.
    """
    known: WeakKeyDictionary[Record, T] = WeakKeyDictionary()

    @wraps(numbers)
    def of(record: Record) -> T:
        if record not in known:
            known[record] = numbers(record)
        return known[record]

    return of


class Picture(Protocol):
    """What a module in this folder has."""

    def caption(self, record: Record) -> str:
        """What the picture shows of this run, in a few sentences: the text below it."""
        ...

    def numbers(self, record: Record) -> Any:
        """Everything that is drawn, as one frozen dataclass; pure, so that tests can compare it.

        A run that diverged, did not train, or has no validation rows has a picture too.
        """
        ...

    def draw(self, shown: Any) -> Figure:
        """The picture of what `numbers` returned, in the looks of `plots.style`.

        A figure made by `figures.sheet` may have been another run's, and becomes the next one's.
        """
        ...


def names() -> tuple[str, ...]:
    """The names of all pictures, in alphabetical order; none is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def by_name() -> dict[str, Picture]:
    """Every picture by its name."""
    return {name: cast(Picture, import_module(f"{__name__}.{name}")) for name in names()}
