"""Paths and names as a terminal shows them: short, and clickable where it can be."""

from __future__ import annotations

from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

LINE = 80  # columns that every terminal has


def place(path: Path, words: str | None = None) -> Text:
    """A path relative to the current folder where it is below it, as a link to the file.

    Args:
        path: of a file or a folder.
        words: what is shown in place of the path.

    Rich writes the link (OSC 8) only where standard output is a terminal, and no dumb one: what is
    piped is the bare path.
    """
    whole = path.absolute()
    here = Path.cwd()
    shown = whole.relative_to(here) if whole.is_relative_to(here) else whole
    return Text(str(shown) if words is None else words, Style(link=whole.as_uri()))


def shortened(name: str, width: int) -> str:
    """A name in at most so many columns: where it is longer, its middle is left out."""
    if cell_len(name) <= width:
        return name
    if width < 2:
        return "…"[:width]
    tail = (width - 1) // 2
    head = set_cell_size(name, width - 1 - tail).rstrip()
    end = name[-4 * width :]  # of an enormous name one column at a time would take minutes
    while cell_len(end) > tail:
        end = end[1:]
    return f"{head}…{end.lstrip()}"
