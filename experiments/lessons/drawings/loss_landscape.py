"""The training loss on a plane through weight space: one bowl, or valleys between hills."""

from __future__ import annotations

from collections.abc import Sequence

from ...plots.lessons.contours import Contours, Panel, draw_contours
from .. import inside
from ..runs import Case, short_names


def numbers(cases: Sequence[Case]) -> Contours:
    """A panel a run, around its saved weights."""
    panels = []
    for name, case in zip(short_names(cases), cases, strict=True):
        found = inside.loss_plane(case)
        marked = "the saved network (also with units in another order)"
        panels.append(Panel(name, *found[:3], marked_Cx2=found.corners_Cx2, marked=marked))
    words = "one direction of weight space"
    return Contours(tuple(panels), words, "another direction", heights=True, shared=False)


def caption(shown: Contours) -> str:
    """How to read it."""
    ranges = "; ".join(
        f"{panel.title}: from {panel.loss_BxA.min():.3g} to {panel.loss_BxA.max():.3g}"
        for panel in shown.panels
    )
    return (
        "Lines of equal training loss on a plane through weight space, from low to high. "
        "A star is a place where the network is the saved one: with hidden units in "
        "another order the weights are others, and what it predicts is the same. Without hidden "
        f"layers the plane is that of slope and intercept. Loss, {ranges}."
    )


draw = draw_contours
