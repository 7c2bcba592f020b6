"""How much memory there is, and how much of it a table takes that is read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# What a container may use, as the two versions of Linux' control groups tell it.
LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory() -> int | None:
    """Bytes of memory that there are, those of the container where it has fewer; None: unknown."""
    found = []
    with suppress(AttributeError, OSError, ValueError):  # Windows knows no such names
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in LIMITS:
        with suppress(OSError, ValueError):  # "max" is no limit
            found.append(int(path.read_text(encoding="ascii")))
    return min(found, default=None)


def at_most(stated: int, times: int) -> int:
    """The bytes that are read of a file: those stated, or fewer where so many times do not fit."""
    there_are = memory()
    return stated if there_are is None else min(stated, there_are // times)
