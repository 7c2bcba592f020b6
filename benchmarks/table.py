"""What a measurement came to, and the table of all of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

from .process import Cost

COLUMNS = (
    "work",
    "archlab",
    "CPU",
    "peer",
    "its CPU",
    "ratio",
    "required",
    "met",
    "limit",
    "above it",
    "what is counted",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n" + "|---" * len(COLUMNS) + "|"


class Rounds(NamedTuple):
    """One number a round, and beside it CPU seconds (in the same unit) where they are known."""

    values: tuple[float, ...]
    cpu: tuple[float, ...] = ()

    @property
    def middle(self) -> float:
        """The median of the rounds."""
        return median(self.values)


def rounds(costs: Iterable[Cost], factor: float = 1.0) -> Rounds:
    """Costs of some rounds, times a factor that makes the unit of a row."""
    scaled = [cost.times(factor) for cost in costs]
    return Rounds(tuple(one.seconds for one in scaled), tuple(one.cpu for one in scaled))


class Point(NamedTuple):
    """One measurement of how a cost grows: what grows to what size, CPU seconds and gigabytes."""

    what: str
    size: int
    cpu: float
    gigabytes: float


@dataclass(frozen=True)
class Row:
    """One line of the table.

    ours, peer: in `unit`; peer is None where there is nobody to stand beside. least: what peer /
    ours must reach; most: what ours may come to. limit: what the machine needs at least, in `unit`.
    point: what the row says about growing costs.
    """

    work: str
    ours: Rounds
    peer: Rounds | None = None
    least: float | None = None
    most: float | None = None
    unit: str = "s"
    note: str = ""
    limit: float | None = None
    point: Point | None = None

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times faster than the peer, in each round."""
        if self.peer is None:
            return ()
        pairs = zip(self.peer.values, self.ours.values, strict=True)
        return tuple(peer / ours for peer, ours in pairs)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios."""
        return median(self.ratios) if self.ratios else None

    @property
    def met(self) -> bool | None:
        """Whether what is required is reached; None where nothing is."""
        if self.least is None and self.most is None:
            return None
        fast = self.least is None or (self.ratio is not None and self.ratio >= self.least)
        return fast and (self.most is None or self.ours.middle <= self.most)


def line(row: Row) -> str:
    """A row as Markdown."""
    required = [] if row.least is None else [f"{row.least:g} times"]
    required += [] if row.most is None else [f"at most {number(row.most)} {row.unit}".strip()]
    peer = row.peer or Rounds(())
    over = None if row.limit is None else row.ours.middle / row.limit
    cells = [
        row.work,
        spread(row.ours.values, row.unit),
        spread(row.ours.cpu, row.unit),
        spread(peer.values, row.unit),
        spread(peer.cpu, row.unit),
        spread(row.ratios, "times"),
        ", ".join(required),
        {None: "", True: "yes", False: "**no**"}[row.met],
        "" if row.limit is None else f"{number(row.limit)} {row.unit}",
        "" if over is None else f"{number(over)} times",
        row.note,
    ]
    return f"| {' | '.join(cells)} |"


def spread(values: Sequence[float], unit: str) -> str:
    """The median, and the lowest and the highest where there are several; nothing for none."""
    if not values:
        return ""
    shown = f"{number(median(values))} {unit}".strip()
    if len(values) == 1:
        return shown
    return f"{shown} ({number(min(values))}–{number(max(values))})"


def number(value: float) -> str:
    """Three digits or more, without noise."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 or not value else f"{value:.2g}"


def page(
    rows: Iterable[Row], failures: Iterable[str], today: date, missing: Sequence[str] = ()
) -> str:
    """The whole of `results.md`, or of so much as there is while parts are missing."""
    packages = ("tensorflow", "keras", "scikit-learn")
    lines = [
        "# Speed",
        "",
        f"{today:%Y-%m-%d}: {machine()}; Python {platform.python_version()}, "
        f"{', '.join(f'{name} {version(name)}' for name in packages)}.",
        "",
        INTRODUCTION,
        "",
        HEAD,
        *map(line, rows),
        "",
        *([f"Not measured yet: {', '.join(missing)}.\n"] if missing else []),
        *(f"Could not be measured: {failure}\n" for failure in failures),
        GROWTH,
    ]
    return "\n".join(lines)


INTRODUCTION = """\
Made by `make bench`, in one run on one machine. Unless a row says otherwise archlab's time is that
of the whole process: start, imports, compilation, training, every run folder and, for a sweep, the
comparison page. The peers write nothing; starting Python, reading our configs and waking TensorFlow
are not counted against them.

Every figure is the median of its rounds, with the lowest and the highest in brackets. A round
measures both sides one after the other, and its ratio is its own, so that a machine that gets
slower makes both slower. CPU seconds are those of a process and of all that it waited for.

The limit is what the machine needs at least: the start of Python and, where a network is trained,
of TensorFlow and Keras (measured), the matrix products of training (real units, rows and epochs,
nothing padded) at the speed of a large float32 product on all cores (measured), and the bytes
written at the speed of a large file (measured)."""

GROWTH = """\
![CPU seconds and memory over the number of runs and of networks](growth.png)

The exponent of a cost is the slope, in logarithms, of what it is above that of the cheapest size,
over how much larger the size is: 1 where each run or network costs as much as the one before."""


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
