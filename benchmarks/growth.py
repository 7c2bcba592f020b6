"""How costs grow with runs and with networks: real sweeps, the exponents, and the picture."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .limits import machine, operations, size_of
from .process import COLD, python
from .table import Point, Rounds, Row, number, rounds
from .work import Size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = {
    "sweep": "a sweep, by runs",
    "page": "its page, by runs",
    "resume": "asked for again, by runs",
    "head": "carried by an engine, by runs",
    "networks": "one run, by networks",
}
LINEAR = 1.1  # an exponent at most


def sweeps(size: Size) -> Iterator[Row]:
    """Sweeps over the seed, more and more runs of one small network: mostly folders."""
    job = ["dataset=linear", "training.repeats=2", "training.epochs=20", COLD]
    for runs in size.grown:
        found, written = [], 0.0
        for _ in range(size.rounds):
            with tempfile.TemporaryDirectory() as temporary:
                own = [f"training.seed=range(0,{runs})", f"hydra.sweep.dir={temporary}/sweep"]
                found.append(python(["run.py", "-m", *job, *own]))
                written = size_of(Path(temporary))
        memory = max(took.gigabytes for took in found)
        cpu = statistics.median(took.cpu_seconds for took in found)
        yield Row(
            f"a sweep of {runs:,} small runs",
            rounds(took.cost for took in found),
            note=f"whole process, 2 repeats, 20 epochs; {1000 * cpu / runs:.0f} CPU ms a run; "
            f"{memory:.2f} GB",
            limit=machine(size).needs(runs * operations((" ".join(job),)), written),
            point=Point("sweep", runs, cpu, memory),
        )


def exponents(rows: Sequence[Row]) -> Iterator[Row]:
    """How fast each cost grows, of those that were measured at three sizes or more."""
    for what, points in series(rows).items():
        if len(points) > 2:
            cpu = exponent([p.size for p in points], [p.cpu for p in points])
            first, last = points[0], points[-1]
            more = (last.gigabytes - first.gigabytes) / (last.size - first.size)
            yield Row(
                f"exponent of CPU seconds of {NAMES[what]}",
                Rounds((cpu,)),
                most=LINEAR,
                unit="",
                note=f"{first.size:,} to {last.size:,}; memory {first.gigabytes:.2f} to "
                f"{last.gigabytes:.2f} GB, {number(1e6 * more)} kB more for each",
            )


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of log cost over log size, of both what is above the cheapest size.

    What a start costs, the same at every size, so plays no part; by chance the smallest size need
    not be the cheapest. nan where the cheapest leaves fewer than two larger ones.
    """
    cheapest = max(range(len(costs)), key=lambda n: (-costs[n], n))
    more_N = np.array(sizes[cheapest + 1 :], float) - sizes[cheapest]
    above_N = np.array(costs[cheapest + 1 :]) - costs[cheapest]
    if len(more_N) < 2:
        return float("nan")
    return float(np.polyfit(np.log(more_N), np.log(above_N), 1)[0])


def series(rows: Sequence[Row]) -> dict[str, list[Point]]:
    """The points of all rows, by what they measure, the smallest first."""
    points = [row.point for row in rows if row.point is not None]
    return {
        what: found
        for what in NAMES
        if (found := sorted((p for p in points if p.what == what), key=lambda p: p.size))
    }


def picture(rows: Sequence[Row]) -> bytes:
    """CPU seconds and memory over the number of runs and of networks, as a PNG file."""
    from experiments import theme
    from experiments.plots import style

    figure = style.figure(2 * style.SIZE[0], style.SIZE[1])
    figure.subplots_adjust(wspace=0.22)
    axes = figure.subplots(1, 2)
    colors = cycle(theme.PIGMENTS[name].light for name in theme.SERIES)
    for (what, points), color in zip(series(rows).items(), colors, strict=False):
        sizes = [point.size for point in points]
        look: dict[str, Any] = {"color": color, "marker": "o", "label": NAMES[what]}
        axes[0].loglog(sizes, [point.cpu for point in points], **look)
        axes[1].loglog(sizes, [point.gigabytes for point in points], **look)
    style.label_axes(axes[0], "runs or networks", "CPU seconds", "CPU seconds of the process")
    style.label_axes(axes[1], "runs or networks", "GB", "Memory of its largest process at most")
    for one in axes:
        _finish(one)
    axes[0].legend(frameon=False)
    return style.png(figure)


def _finish(axes: Axes) -> None:
    """Plain numbers, and faint lines of cost in proportion to size, to see by."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    from experiments import theme

    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    ends = np.array([low, high])
    for each in 10.0 ** np.arange(-6, 3):
        axes.loglog(ends, each * ends, color=theme.color("grid"), linewidth=0.8, zorder=0)
    axes.set(xlim=(low, high), ylim=(bottom, top))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axis.set_minor_formatter(NullFormatter())
