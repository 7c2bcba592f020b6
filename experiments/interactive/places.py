"""Where results lie that nobody named a folder for: as long as the object that holds them lives."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any


class TemporaryPlace:
    """A folder that goes with the last object that refers to it, at the latest with the program."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="archlab-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def __deepcopy__(self, memo: dict[int, Any]) -> TemporaryPlace:
        """The same: a copy of a result refers to it too."""
        return self
