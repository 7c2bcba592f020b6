"""Write what a reader opens after a lesson: its page, and the index of all lessons above it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..comparison.run_names import words_of
from ..config.help.course import course
from ..report.html import link
from ..report.lesson.index import INDEX, CoursePlace, Taken, place_of, render_index
from ..report.lesson.page import render_lesson
from ..report.lesson.stage import Drawn, Shown, Stage
from ..storage import files
from ..storage.sweep_folder import read_sweep
from .runs import Case, runs_named
from .spec import Lesson
from .texts import Sketch

LESSON_PAGE = "lesson.html"
# Sections that leave what is trained as it is.
NO_CHANGE = ("lesson", "hydra", "sweep", "open", "compilation_cache")


def write_pages(
    sweep_folder: Path,
    lesson: Lesson,
    cases: Sequence[Case],
    findings: Sequence[Any],
    drawings: Sequence[Drawn] = (),
) -> Path:
    """Write the page of a lesson into its sweep's folder, and the index beside that folder.

    Args:
        sweep_folder: of the lesson's runs.
        lesson: what it says and asks.
        cases: its runs.
        findings: what each check came to: whether it held, and the sentences that say why.
        drawings: what the lesson draws of its own, in the order of the page.

    Returns:
        Where the lesson's page is.
    """
    pair = [_first(cases, words) for words in lesson.words.compare]
    sketch = lesson.predict.sketch if isinstance(lesson.predict, Sketch) else None
    stage = Stage(
        [Shown(case.name, case.folder.relative_to(sweep_folder), case.run) for case in cases],
        [number for number in pair if number is not None],
        None if sketch is None else _first(cases, sketch),
        drawings,
        _changed_words(sweep_folder),
    )
    place = _write_index(sweep_folder)
    page = render_lesson(sweep_folder, lesson, findings, stage, place)
    files.write_bytes(sweep_folder / LESSON_PAGE, page.encode(errors="replace"))
    return sweep_folder / LESSON_PAGE


def lessons_taken(sweeps: Path) -> dict[str, Taken]:
    """The lessons whose sweeps lie in a folder, by name; of several of one, the last.

    Args:
        sweeps: the folder above those of sweeps.
    """
    found: dict[str, tuple[str, Taken]] = {}
    for folder in (page.parent for page in sorted(sweeps.glob(f"*/{LESSON_PAGE}"))):
        name, started = _lesson_of(folder)
        if name and (name not in found or found[name][0] <= started):
            found[name] = started, Taken(link(folder.name, LESSON_PAGE), started[:10])
    return {name: taken for name, (_, taken) in found.items()}


def _lesson_of(sweep_folder: Path) -> tuple[str, str]:
    """The lesson that a sweep was asked for by, and when it was."""
    sweep = read_sweep(sweep_folder)
    return (words_of(sweep.command).get("lesson", ""), sweep.started) if sweep else ("", "")


def _changed_words(sweep_folder: Path) -> list[str]:
    """The words of the command by which the sweep is not the lesson as it is written."""
    sweep = read_sweep(sweep_folder)
    words = words_of(sweep.command) if sweep else {}
    return [f"{key}={value}" for key, value in words.items() if key.split(".")[0] not in NO_CHANGE]


def _write_index(sweep_folder: Path) -> CoursePlace | None:
    """Write the index; where the sweep's lesson stands in it.

    None where nobody can say, or where the index cannot be written: no lesson fails for that.
    """
    above = sweep_folder.resolve().parent
    name, started = _lesson_of(sweep_folder)
    own = {name: Taken(link(sweep_folder.resolve().name, LESSON_PAGE), started[:10])}
    taken = lessons_taken(above) | (own if name else {})
    place = place_of(name, course(), taken, "../")
    if place is None:
        return None
    try:
        index = render_index(course(), taken)
        files.write_bytes(above / INDEX, index.encode(errors="replace"))
    except OSError as error:
        logging.getLogger(__name__).warning("%s: %s", above / INDEX, error)
        return None
    return place


def _first(cases: Sequence[Case], words: str) -> int | None:
    """The number of the first run that is meant."""
    found = runs_named(cases, words)
    return list(cases).index(found[0]) if found else None
