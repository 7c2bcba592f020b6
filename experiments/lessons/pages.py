"""Write what a reader opens after a lesson: its page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..report import lesson_page
from ..report.lesson_page import Drawn, Shown, Stage
from ..storage import files
from .runs import Case, runs_named
from .spec import Lesson
from .texts import Sketch

LESSON_PAGE = "lesson.html"


def write_pages(
    sweep_folder: Path,
    lesson: Lesson,
    cases: Sequence[Case],
    findings: Sequence[Any],
    drawings: Sequence[Drawn] = (),
) -> Path:
    """Write the page of a lesson into its sweep's folder; returns where it is.

    Args:
        sweep_folder: of the lesson's runs.
        lesson: what it says and asks.
        cases: its runs.
        findings: what each check came to: whether it held, and the sentences that say why.
        drawings: what the lesson draws of its own, in the order of the page.
    """
    pair = [_first(cases, words) for words in lesson.words.compare]
    sketch = lesson.predict.sketch if isinstance(lesson.predict, Sketch) else None
    stage = Stage(
        [Shown(case.name, case.folder.relative_to(sweep_folder), case.run) for case in cases],
        [number for number in pair if number is not None],
        None if sketch is None else _first(cases, sketch),
        drawings,
    )
    page = lesson_page.render_lesson(sweep_folder, lesson, findings, stage)
    files.write_bytes(sweep_folder / LESSON_PAGE, page.encode(errors="replace"))
    return sweep_folder / LESSON_PAGE


def _first(cases: Sequence[Case], words: str) -> int | None:
    """The number of the first run that is meant."""
    found = runs_named(cases, words)
    return list(cases).index(found[0]) if found else None
