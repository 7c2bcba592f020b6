"""Experiments: composition and every side effect. From Python: `compare`, `run` and `names`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import ctrl_c

if TYPE_CHECKING:
    from .interactive import compare as compare
    from .interactive import names as names
    from .interactive import run as run

if sys.argv[:1] == ["-m"]:  # a program beside `run.py` is about to load
    ctrl_c.loading()

__all__ = ["compare", "names", "run"]


def __getattr__(name: str) -> Any:
    """The Python interface, imported when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import interactive

    return getattr(interactive, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
