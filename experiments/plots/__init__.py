"""Pictures of a run: per file numbers first (pure), then drawing -> Figure.

A picture is a module here with caption(record), numbers(record) and draw(numbers); its file name is
the picture's name. The report finds them by that.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType

_NOT_PICTURES = {"style", "diagram", "panels"}


def pictures() -> dict[str, ModuleType]:
    """Every picture that is drawn from a record, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {n: import_module(f"{__name__}.{n}") for n in names if n not in _NOT_PICTURES}
