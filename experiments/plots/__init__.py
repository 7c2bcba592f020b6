"""Pictures of a run: per file numbers first (pure), then drawing -> Figure.

`pictures/` holds one file for each picture that is drawn from a record; `network` and `diagram`
draw the saved network, its weights and its layers; `style` and `fit_panels` are what they share.
Importing this loads no matplotlib.
"""

from __future__ import annotations

from . import pictures

NETWORK, DIAGRAM = "network", "model"


def picture_names() -> tuple[str, ...]:
    """The names of all pictures that a run has: those drawn from its record or its network."""
    return (*pictures.names(), NETWORK, DIAGRAM)


def picture_files() -> tuple[str, ...]:
    """Their file names in a run folder."""
    return tuple(f"{name}.png" for name in picture_names())
