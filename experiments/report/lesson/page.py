"""The page of a lesson: a question, the reader's prediction, and then what came out.

Until the reader has predicted, the page shows nothing that gives the answer away. Without script
all of it follows the question, folded; on paper it is unfolded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import ArchlabError
from ...record import Spread, best_possible
from ...scoring.metrics import SPLITS
from ...storage import run_folder
from ...storage.guarded.content import PICTURE_BYTES, PNG, content_of
from ...storage.read_runs import Run
from ...text import number
from ..comparison_page import PAGE as COMPARISON
from ..html import filled, link
from ..payload.packing import packed
from ..policy import image_in_page
from ..scripts import bundle
from . import data
from .index import CoursePlace
from .stage import Shown, Stage


class RunFigure(NamedTuple):
    """One run: its name, its page, its pictures, its numbers in words.

    pictures: of each the relative link, and the image as an address that needs no file.
    became: what there is instead of numbers. errors: training and validation, each beside the
    Bayes-optimal; a dash for what is unknown.
    """

    name: str
    page: str
    pictures: tuple[tuple[str, str], ...]
    became: str
    errors: tuple[tuple[str, str], ...]


def render_lesson(
    sweep_folder: Path,
    lesson: Any,
    findings: Sequence[Any],
    stage: Stage,
    place: CoursePlace | None,
) -> str:
    """The page as HTML.

    Args:
        sweep_folder: of the lesson's runs.
        lesson: a `lessons.spec.Lesson`.
        findings: (held, messages) of each check.
        stage: the runs and drawings.
        place: where the lesson stands in the course, where that is known.
    """
    repeats = {one.run.metrics.repeats for one in stage.runs if one.run.metrics}
    held = all(finding.held for finding in findings)
    live = data.lesson_data(sweep_folder, lesson, stage, held)
    return filled(
        "lesson.html.j2",
        lesson=lesson,
        words=lesson.words,
        held=held,
        changed=stage.changed,
        fewer=any(word.startswith("training.repeats=") for word in stage.changed),
        excess=any("excess" in getattr(claim.arguments, "score", "") for claim in lesson.claims),
        findings=findings,
        figures=[_run_figure(sweep_folder, lesson.words.pictures, one) for one in stage.runs],
        splits=[SPLITS[split] for split in ("train", "val")],
        drawings=stage.drawings,
        sketched=stage.runs[stage.sketched].name if stage.sketched is not None else "",
        repeats=max(repeats, default=0),
        comparison=COMPARISON,
        place=place,
        payload=packed(live),
        script=bundle("lesson/main.js"),
    )


def _run_figure(sweep_folder: Path, pictures: Sequence[str], one: Shown) -> RunFigure:
    folder = one.folder.as_posix()
    names = [f"{picture}.png" for picture in pictures]
    images = {name: _page_image(sweep_folder / folder / name) for name in names}
    shown = tuple((link(folder, name), image) for name, image in images.items() if image)
    page = link(folder, run_folder.REPORT)
    return RunFigure(one.name, page, shown, _became(one.run), _beside_best(one.run))


def _page_image(path: Path) -> str:
    """A picture as text; nothing where there is none, or something else in its place."""
    try:
        content = content_of(path, PICTURE_BYTES)
    except (OSError, ArchlabError):
        return ""
    return image_in_page(content) if content.startswith(PNG) else ""


def _became(run: Run) -> str:
    """What became of a run that has no final numbers; nothing of one that has."""
    if run.state == "diverged" and run.about:
        at = [epoch for epoch in run.about.diverged_at if epoch is not None]
        told = f"{len(at)} of {len(run.about.diverged_at)} repeats diverged"
        return f"{told}, first at epoch {min(at)}"
    return f"{run.state}: {run.reason}".rstrip(": ") if run.metrics is None else ""


def _beside_best(run: Run) -> tuple[tuple[str, str], ...]:
    """(error, Bayes-optimal error) of the training and of the validation rows."""
    if run.metrics is None:
        return (("–", "–"),) * 2
    found = []
    for name in ("train/mse", "val/mse"):
        score = run.metrics.scores.get(name)
        best = best_possible(run.metrics.references, name) if score else None
        found.append((plus_minus(score) if score else "–", number(best)))
    return tuple(found)


def plus_minus(value: Spread) -> str:
    """Mean and standard deviation; the mean alone where its digits do not show the difference."""
    if value.mean is None or value.std is None or value.std < 5e-5 * abs(value.mean):
        return number(value.mean)
    return f"{number(value.mean)} ± {number(value.std, 2)}"
