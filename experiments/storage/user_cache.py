"""Where archlab keeps what it can make again, outside of any project."""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.metadata import version
from pathlib import Path

from .machine import OURS, gpus, instructions, processor


def user_cache() -> Path:
    """The user's cache folder of this program, as the system has it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        named = Path(os.environ.get("XDG_CACHE_HOME", ""))
        # One that is relative does not count: https://specifications.freedesktop.org/basedir-spec
        base = named if named.is_absolute() else Path.home() / ".cache"
    return base / "archlab"


def compiled_programs() -> Path | None:
    """The folder of programs that this version of TensorFlow compiled for this processor.

    None where there is a GPU, for it has never been tried there, and where there is no home.
    """
    try:
        base = user_cache()
    except RuntimeError:  # nobody's home
        return None
    if gpus():
        return None
    made_by = f"{version('tensorflow')} {OURS} {processor()} {instructions()}"
    return base / "programs" / hashlib.sha256(made_by.encode()).hexdigest()[:16]
