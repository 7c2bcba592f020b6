"""What a process holds while Hydra runs: the one object that its plugins and the door share.

Hydra makes callbacks and launchers itself, by class path, and hands nothing from one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config.jobs import Jobs
    from .sweep import Sweep


@dataclass(eq=False)
class Session:
    """sweep: the sweep that is under way; jobs: what composes its runs."""

    sweep: Sweep | None = None
    jobs: Jobs | None = None


_current: ContextVar[Session] = ContextVar("session")


@contextmanager
def session() -> Iterator[Session]:
    """Hold a session while the block runs; `current` finds it."""
    token = _current.set(Session())
    try:
        yield _current.get()
    finally:
        _current.reset(token)


def current() -> Session:
    """The session that is held; raises LookupError where there is none."""
    return _current.get()
