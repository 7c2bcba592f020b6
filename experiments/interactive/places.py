"""Where results lie: in a named folder, or as long as the object that holds them lives."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from ..config.keywords import received
from ..errors import ConfigError, Problem


def named_folder(folder: object) -> Path:
    """The absolute path of a folder that somebody named; raises ConfigError for what names none."""
    if isinstance(folder, str | Path):
        return Path(folder).absolute()
    what = f"must be a path, received {received(folder)}"
    raise ConfigError([Problem("folder", what, "for example folder='results'")])


class TemporaryPlace:
    """A folder that goes with the last object that refers to it, at the latest with the program."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="archlab-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def __deepcopy__(self, memo: dict[int, Any]) -> TemporaryPlace:
        """The same: a copy of a result refers to it too."""
        return self
