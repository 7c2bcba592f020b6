"""What a measurement came to, and the table of all of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

HEAD = "| work | archlab | peer | ratio | required | met | what is counted |\n" + "|---" * 7 + "|"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    ours, peer: in `unit`; peer is None where there is nobody to stand beside. least: what peer /
    ours must reach; most: what ours may come to.
    """

    work: str
    ours: float
    peer: float | None = None
    least: float | None = None
    most: float | None = None
    unit: str = "s"
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times faster than the peer."""
        return None if self.peer is None else self.peer / self.ours

    @property
    def met(self) -> bool | None:
        """Whether what is required is reached; None where nothing is."""
        if self.least is None and self.most is None:
            return None
        fast = self.least is None or (self.ratio is not None and self.ratio >= self.least)
        return fast and (self.most is None or self.ours <= self.most)


def line(row: Row) -> str:
    """A row as Markdown."""
    required = [] if row.least is None else [f"{row.least:g} times"]
    required += [] if row.most is None else [f"at most {number(row.most)} {row.unit}"]
    cells = [
        row.work,
        f"{number(row.ours)} {row.unit}",
        "" if row.peer is None else f"{number(row.peer)} {row.unit}",
        "" if row.ratio is None else f"{number(row.ratio)} times",
        ", ".join(required),
        {None: "", True: "yes", False: "**no**"}[row.met],
        row.note,
    ]
    return f"| {' | '.join(cells)} |"


def number(value: float) -> str:
    """Three digits or more, without noise."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def page(rows: Iterable[Row], failures: Iterable[str], today: date) -> str:
    """The whole of `results.md`."""
    packages = ("tensorflow", "keras", "scikit-learn")
    lines = [
        "# Speed",
        "",
        f"{today:%Y-%m-%d}: {machine()}; Python {platform.python_version()}, "
        f"{', '.join(f'{name} {version(name)}' for name in packages)}.",
        "",
        "Made by `make bench`, in one run on one machine. Unless a row says otherwise archlab's",
        "time is that of the whole process: start, imports, compilation, training, every run",
        "folder and, for a sweep, the comparison page. The peers write nothing; starting Python,",
        "reading our configs and waking TensorFlow are not counted against them.",
        "",
        HEAD,
        *map(line, rows),
        "",
        *(f"Could not be measured: {failure}\n" for failure in failures),
    ]
    return "\n".join(lines)


def machine() -> str:
    """Processor, cores and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB"


def _processor() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [text.partition(":")[2] for text in said.splitlines() if text.startswith("model name")]
    return f"{platform.machine()} {names[0].strip()}" if names else platform.machine()
