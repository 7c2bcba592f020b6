"""The way of each run through the bowl that the loss of a straight line is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...plots.lessons.contours import Contours, Panel, Path, draw_contours
from ..paths import Way, bowl, way_of
from ..runs import Case, short_names

ROOM = 1.15  # of the frame, beyond what must be seen
WIDEST = 3.0  # standardised units from the lowest point: further out a path has left the picture


def numbers(cases: Sequence[Case]) -> Contours:
    """A panel a run, all in one frame around the lowest point."""
    ways = [way_of(case) for case in cases]
    low_2, high_2 = square_around(ways)
    panels = tuple(
        Panel(
            name,
            *bowl(low_2, high_2, way),
            paths=tuple(_paths_of(way)),
            marked_Cx2=way.best_2[None, :],
            marked="lowest point: least squares",
        )
        for name, way in zip(short_names(cases), ways, strict=True)
    )
    return Contours(panels, "slope (standardised)", "intercept (standardised)")


def square_around(ways: Sequence[Way]) -> tuple[NDArray[Any], NDArray[Any]]:
    """A square around the lowest point that holds the paths, as far as they stay near."""
    best_2 = ways[0].best_2
    points = np.concatenate([way.at_Sx2 for way in ways])
    far = np.abs(points - best_2)
    near = far[np.isfinite(far).all(axis=1) & (far.max(axis=1) <= WIDEST)]
    half = ROOM * max(float(near.max(initial=0.0)), 0.3)
    return best_2 - half, best_2 + half


def first_steps(way: Way) -> int:
    """How many points are one epoch apart: between later ones lie others that were not kept."""
    apart = np.diff(way.epochs_S) > 1
    return int(apart.argmax()) + 1 if apart.any() else len(way.epochs_S)


def _paths_of(way: Way) -> list[Path]:
    found = [Path("the shown repeat, after each epoch", "prediction", way.at_Sx2, first_steps(way))]
    if way.ends_Rx2 is not None:
        ends = Path("where each repeat ended", "validation", way.ends_Rx2, 0)
        found.append(ends)
    return found


def caption(shown: Contours) -> str:
    """How to read it."""
    return (
        "Lines of equal training loss over the slope and the intercept of a line, of feature and "
        "target standardised: a round bowl, whose lowest point is least squares. The dots are the "
        "first epochs one by one, joined by a line, and some of the later ones; a path that leaves "
        f"the frame is cut there. From the left: {', '.join(p.title for p in shown.panels)}."
    )


draw = draw_contours
