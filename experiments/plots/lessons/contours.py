"""Lines of equal loss on a plane of weights, with the paths that trainings took on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import style
from . import Labels, legend, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = 16
Points = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Path:
    """Points (S, 2) in order, in the look of a role; a line goes through the first `joined`."""

    name: str
    role: str
    points_Sx2: Points
    joined: int


@dataclass(frozen=True, eq=False)
class Panel:
    """A surface, the paths on it, and points (C, 2) that are marked, with their meaning."""

    title: str
    across_A: Points
    up_B: Points
    loss_BxA: Points
    paths: tuple[Path, ...] = ()
    marked_Cx2: Points | None = None
    marked: str = ""


@dataclass(frozen=True, eq=False)
class Contours:
    """What is drawn, and the words at its axes.

    heights: colour lines from low to high. shared: all panels in one frame.
    """

    panels: tuple[Panel, ...]
    across: str
    up: str
    heights: bool = False
    shared: bool = True


def draw_contours(shown: Contours) -> Figure:
    """A panel a run: lines of equal loss, paths as dots in order, marks."""
    titles = [panel.title for panel in shown.panels]
    entries = len(shown.panels[0].paths) + bool(shown.panels[0].marked)
    figure, all_axes = panels(titles, Labels(shown.across, shown.up), entries, shown.shared)
    for axes, panel in zip(all_axes, shown.panels, strict=True):
        axes.grid(visible=False)
        _contour(axes, panel, shown.heights)
        for path in panel.paths:
            _path(axes, path)
        if panel.marked_Cx2 is not None:
            ink = style.role_color("ink")
            axes.plot(
                *panel.marked_Cx2.T, "*", label=panel.marked, color=ink, markersize=9, zorder=4
            )
        axes.set_xlim(panel.across_A[0], panel.across_A[-1])
        axes.set_ylim(panel.up_B[0], panel.up_B[-1])
    legend(figure, all_axes[0])
    return figure


def _contour(axes: Axes, panel: Panel, heights: bool) -> None:
    """Evenly spaced in the logarithm: a valley's floor and a far slope both have some."""
    low, high = float(panel.loss_BxA.min()), float(panel.loss_BxA.max())
    roles = ("scale_low", "scale_middle", "scale_high") if heights else ("training",)
    room = 1e-3 * (high - low)
    levels = low + np.geomspace(room, high - low, LEVELS + 1)[:-1]
    # From low to high in three colours, which a theme has for light and dark.
    colors = [style.role_color(roles[n * len(roles) // LEVELS]) for n in range(LEVELS)]
    axes.contour(
        panel.across_A, panel.up_B, panel.loss_BxA, levels=levels, colors=colors, linewidths=0.8
    )


def _path(axes: Axes, path: Path) -> None:
    look = style.look(path.role)
    line = path.points_Sx2[: path.joined]
    axes.plot(*line.T, linewidth=1.2, **look)
    axes.plot(*path.points_Sx2.T, "o", color=look["color"], markersize=3.5, label=path.name)
