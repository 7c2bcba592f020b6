"""Where runs can be sent to: every module in this folder is a destination.

Nothing else lists them: adding one is adding a file with `DESTINATION`, and the command line knows
its name from then on. The first line of its docstring stands in the documentation.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from ..shipment import Shipment


@dataclass(frozen=True)
class Sending:
    """What a person asked for.

    to: where to, in the words of the destination; None for its default. name: what the sweep is
    called there. step: is called after each run.
    """

    to: str | None
    name: str
    step: Callable[[], None]


@dataclass(frozen=True)
class Receipt:
    """What came of it: runs that are new there, runs that were there already, where, how to look.

    look: a command, an address or a few words.
    """

    added: int
    known: int
    where: str
    look: str


@dataclass(frozen=True)
class Destination:
    """Another program's format or server.

    needs: the library that has to be installed, by the name by which pip and Python know it; empty
    where archlab brings everything. send: sends the runs; said twice, nothing is there twice, and
    what was interrupted is completed. It raises ConfigError where what was asked for cannot be
    used, and StorageError or OSError where the place takes nothing.
    """

    needs: str
    send: Callable[[Shipment, Sending], Receipt]


def destination_names() -> tuple[str, ...]:
    """The names of all destinations, in alphabetical order; none is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def destination_module(name: str) -> Any:
    """The module of one of them."""
    return import_module(f"{__name__}.{name}")


def destination(name: str) -> Destination:
    """One of them by its name."""
    return cast(Destination, destination_module(name).DESTINATION)
