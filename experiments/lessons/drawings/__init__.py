"""The drawings that lessons have of their own: every module in this folder is one.

Its file name is the drawing's name, which a lesson's `drawing` lists. Adding one is adding a file
with the three functions of `Drawing`; how it looks stands in `plots.lessons`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from ...report.lesson.stage import Drawn
from ...storage import files
from ..runs import Case


class Drawing(Protocol):
    """What a module in this folder has."""

    def numbers(self, cases: Sequence[Case]) -> Any:
        """Everything that is drawn, as one frozen dataclass; pure, so that tests can compare it.

        None where the runs hold nothing to draw, as those of an earlier version may.
        """
        ...

    def caption(self, shown: Any) -> str:
        """What the drawing shows, in a few sentences, numbers included."""
        ...

    def draw(self, shown: Any) -> Any:
        """What `numbers` returned as a matplotlib Figure, in the looks of `plots.style`."""
        ...


def drawing_names() -> tuple[str, ...]:
    """The names of all drawings, in alphabetical order; none is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def drawings_by_name() -> dict[str, Drawing]:
    """Every drawing by its name."""
    return {name: cast(Drawing, import_module(f"{__name__}.{name}")) for name in drawing_names()}


def draw_all(sweep_folder: Path, wanted: Sequence[str], cases: Sequence[Case]) -> list[Drawn]:
    """Draw what a lesson asks for, as `<name>.png` beside its page and as an element in it."""
    from ...plots import style

    known, found = drawings_by_name(), []
    for name in wanted:
        shown = known[name].numbers(cases)
        if shown is None:
            continue
        figure, words = known[name].draw(shown), known[name].caption(shown)
        files.write_bytes(sweep_folder / f"{name}.png", style.png(figure))
        found.append(Drawn(style.svg(figure, name, words), f"./{name}.png", words))
    return found
