"""Folders of workers in the temporary folder: those whose worker was killed are cleared away.

Only where a folder can be held, as POSIX has it; on Windows they stay until somebody clears them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOLDS = os.name == "posix"
# Folders of shards under way, and of sources, which `bootstrap` makes.
MARKS = ("archlab-[0-9]*-*", "archlab-sources-*")


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder of this process for the block; another process can tell that it is in use."""
    place = Path(tempfile.mkdtemp(prefix="archlab-new-"))
    held = lock_open(place)
    place = place.rename(place.with_name(place.name.replace("new", str(os.getpid()), 1)))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if held is not None:
            os.close(held)


def lock_open(folder: Path) -> int | None:
    """Hold a folder until the file that is returned is closed, or the process ends in any way."""
    if not HOLDS:
        return None
    import fcntl

    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    return held


def clear_leftovers() -> None:
    """Remove folders that no living process holds."""
    for mark in MARKS if HOLDS else ():
        for folder in Path(tempfile.gettempdir()).glob(mark):
            _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    import fcntl

    try:
        # A pipe of that name, which anybody may put there, would be waited for.
        found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # another user's, gone, or no folder
        return
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # held
        pass
    finally:
        os.close(found)
