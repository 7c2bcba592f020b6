"""What a sweep's comparison is written out as: every module in this folder is an exporter.

Nothing else lists them: adding one is adding a file with `FILE` and `content`, and every
comparison writes it from then on.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Protocol, cast

from ...comparison.rows import Comparison


class Exporter(Protocol):
    """What a module in this folder has.

    FILE: the name of the file in the sweep's folder, other than that of any other exporter.
    """

    FILE: str

    def content(self, comparison: Comparison) -> bytes:
        """The file's bytes: a pure function of the comparison, equal for equal comparisons.

        Sweeps without any run, and runs that failed or diverged and have no numbers, give a file
        too. A run's own files lie in its `folder`, relative to the sweep's, and are not needed.
        """
        ...


def exporter_names() -> tuple[str, ...]:
    """The names of all exporters, in alphabetical order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def exporters() -> dict[str, Exporter]:
    """Every exporter by its name."""
    return {name: cast(Exporter, import_module(f"{__name__}.{name}")) for name in exporter_names()}


def export_files() -> tuple[str, ...]:
    """The names of all files that the exporters write."""
    return tuple(exporter.FILE for exporter in exporters().values())
