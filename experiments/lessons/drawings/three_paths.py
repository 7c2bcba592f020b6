"""The ways of several runs through the same bowl, in one picture."""

from __future__ import annotations

from collections.abc import Sequence

from ...plots.lessons.contours import Contours, Panel, Path, draw_contours
from ..paths import bowl, way_of
from ..runs import Case, short_names
from .loss_bowl import first_steps, square_around

PATH_ROLES = ("prediction", "scale_high", "least_squares", "validation")


def numbers(cases: Sequence[Case]) -> Contours:
    """One panel with a path a run; what takes no steps is a point."""
    ways = [way_of(case) for case in cases]
    across_A, up_B, loss_BxA = bowl(*square_around(ways), ways[0])
    paths = tuple(
        Path(name, PATH_ROLES[number % len(PATH_ROLES)], way.at_Sx2, first_steps(way))
        for number, (name, way) in enumerate(zip(short_names(cases), ways, strict=True))
    )
    panel = Panel("", across_A, up_B, loss_BxA, paths)
    return Contours((panel,), "slope (standardised)", "intercept (standardised)")


def caption(shown: Contours) -> str:
    """How to read it."""
    names = [path.name for path in shown.panels[0].paths]
    return (
        "Lines of equal training loss over the slope and the intercept of a line, of feature and "
        "target standardised. A dot is where a run stood after an epoch (the repeat shown); the "
        f"formula is one point. From different starts, {', '.join(names)} end at the same place."
    )


draw = draw_contours
