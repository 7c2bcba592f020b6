"""Kinds of models: a file each, with spec and fitter. A new file here is a new kind.

Every module of this package holds a `KIND`; nothing lists them.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..fitters.protocol import Fitter, Kind
from ..spec import Model
from ..task import Task

_FOUND: list[Kind] = [
    import_module(f"{__name__}.{module.name}").KIND for module in iter_modules(__path__)
]
# By `model.kind`.
KINDS: dict[str, Kind] = {name: kind for kind in _FOUND for name in kind.names}
MODELS: dict[str, type[Model]] = {name: kind.spec for name, kind in KINDS.items()}


def fitter(task: Task) -> Fitter:
    """What fits a task: its kind's fitter, or the one that the kind chooses for it."""
    return KINDS[task.model.kind].fitter(task)
