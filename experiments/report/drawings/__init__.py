"""What a run's page draws itself, as numbers and paths for inline SVG: quick, sharp, themed.

`Drawings` are all of one run's; each module makes one kind, `drawing.html.j2` places them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...record import Record
from .growth import Growth, growing
from .losses import LossChart, loss_chart
from .repeats import RepeatDots, repeat_dots
from .surface import SurfaceDrawing, surface_drawing
from .units import UnitPicture, unit_pictures

__all__ = ["Drawings", "Growth", "UnitPicture", "page_drawings"]


@dataclass(frozen=True)
class Drawings:
    """The drawings of one run; what it cannot have is None or empty.

    `instead` names the pictures in the folder that these take the place of on the page.
    """

    growth: Growth | None = None
    surface: SurfaceDrawing | None = None
    losses: LossChart | None = None
    repeats: RepeatDots | None = None
    units: tuple[UnitPicture, ...] = ()

    @property
    def instead(self) -> tuple[str, ...]:
        """The names of the pictures that need not be shown as files."""
        drawn = {"fit": self.growth, "loss_curves": self.losses}
        return tuple(name for name, drawing in drawn.items() if drawing is not None)


def page_drawings(record: Record, network: Any) -> Drawings:
    """Every drawing of a run. `network` is the one that the record shows."""
    return Drawings(
        growth=growing(record),
        surface=surface_drawing(record),
        losses=loss_chart(record),
        repeats=repeat_dots(record),
        units=tuple(unit_pictures(record, network)),
    )
