"""What is given to the page of a lesson to show: its runs and its drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ...storage.read_runs import Run


class Shown(NamedTuple):
    """A run of the lesson: its name, its folder relative to the sweep's, what its files say."""

    name: str
    folder: Path
    run: Run


class Drawn(NamedTuple):
    """A drawing of the lesson's own: an SVG element, the same as a file beside the page, words."""

    svg: str
    png: str
    caption: str


@dataclass(frozen=True)
class Stage:
    """What a lesson shows, and what of it first.

    runs: every run. pair: the numbers of those that stand side by side first; the first and the
    last run without. sketched: the number of the run whose fit the reader sketches. drawings: of
    the lesson's own. changed: the `key=value` words by which these runs are not those that the
    claim is about.
    """

    runs: Sequence[Shown]
    pair: Sequence[int] = ()
    sketched: int | None = None
    drawings: Sequence[Drawn] = ()
    changed: Sequence[str] = ()
