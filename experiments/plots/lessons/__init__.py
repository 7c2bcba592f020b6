"""How the drawings of lessons look: panels beside each other, one a run, on shared axes.

Each file holds what is drawn as a frozen dataclass, and the function that draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ... import theme
from .. import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BESIDE = 4  # of panels at most; a page is about this wide
MARGINS = style.Margins(left=0.85, right=0.15, bottom=0.65, top=0.45)
NARROW = 6.0  # inches: a legend in one line needs more
BETWEEN = 0.55  # inches between rows of panels, for titles and ticks


class Labels(NamedTuple):
    """The words at the axes that all panels share."""

    across: str
    up: str


def panels(
    titles: Sequence[str], labels: Labels, entries: int = 0, shared: bool = True
) -> tuple[Figure, list[Axes]]:
    """An empty figure with one set of axes for each title.

    entries: how many the legend below has; 0 where there is none. shared: whether all have the
    same scales.
    """
    columns = min(len(titles), MOST_BESIDE)
    rows = -(-len(titles) // columns)
    side = 3.6 if columns < 3 else 2.75
    width = MARGINS.left + MARGINS.right + columns * side + (columns - 1) * 0.15
    lines = min(entries, 1) if width > NARROW else entries
    below = MARGINS.bottom + 0.1 * bool(entries) + 0.22 * lines
    height = below + MARGINS.top + rows * side * 0.85 + (rows - 1) * BETWEEN
    figure = style.figure(width, height, MARGINS._replace(bottom=below))
    figure.subplots_adjust(wspace=(0.15 if shared else 0.4) / side, hspace=BETWEEN / (side * 0.85))
    grid = figure.subplots(rows, columns, sharex=shared, sharey=shared, squeeze=False)
    found = list(grid.ravel())
    for unused in found[len(titles) :]:
        unused.set_visible(False)
    for number, (axes, title) in enumerate(zip(found, titles, strict=False)):
        last_row = number + columns >= len(titles)
        up = labels.up if number % columns == 0 else ""
        style.label_axes(axes, labels.across if last_row else "", up, "")
        ink = style.role_color("ink")
        axes.set_title(title, loc="left", fontsize=theme.LABEL, color=ink, **style.LITERAL)
    return figure, found[: len(titles)]


def legend(figure: Figure, axes: Axes) -> None:
    """The legend of one panel, below all of them."""
    handles, names = axes.get_legend_handles_labels()
    shown = figure.legend(
        handles,
        names,
        loc="lower center",
        ncols=len(names) if figure.get_figwidth() > NARROW else 1,
        frameon=False,
        fontsize=theme.NOTE,
        labelcolor=style.role_color("ink"),
    )
    style.literal(shown)
