"""Where archlab keeps what it can make again, outside of any project."""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.metadata import version
from pathlib import Path

from .machine import gpus, processor


def user_cache() -> Path:
    """The user's cache folder of this program, as the system has it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "archlab"


def compiled_programs() -> Path | None:
    """The folder of programs that this version of TensorFlow compiled for this processor.

    None where there is a GPU: it has never been tried there.
    """
    if gpus():
        return None
    made_by = f"{version('tensorflow')} {processor()}"
    return user_cache() / "programs" / hashlib.sha256(made_by.encode()).hexdigest()[:16]
