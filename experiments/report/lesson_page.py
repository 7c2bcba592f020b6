"""The page of a lesson: question, pictures side by side, claim, and what the runs say to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..record import Spread, best_possible
from ..scoring.metrics import SPLITS
from ..storage import run_folder
from ..storage.read_runs import Run
from ..text import number
from .comparison_page import PAGE as COMPARISON
from .html import environment, link


class Figure(NamedTuple):
    """One run: its name, its numbers in words, its page and its pictures, as relative links."""

    name: str
    numbers: str
    page: str
    pictures: tuple[str, ...]


def render_lesson(
    sweep_folder: Path,
    words: Any,
    held: bool,
    findings: Sequence[Any],
    shown: Sequence[tuple[str, Path, Run]],
) -> str:
    """The page as HTML. words: a `claims.Texts`; findings: (held, sentences) of each check.

    shown: name, folder relative to the sweep's, and what its files say, of each run.
    """
    repeats = {run.metrics.repeats for _, _, run in shown if run.metrics}
    return (
        environment()
        .get_template("lesson.html.j2")
        .render(
            words=words,
            held=held,
            findings=findings,
            figures=[
                _figure(sweep_folder, words.pictures, name, at, run) for name, at, run in shown
            ],
            repeats=max(repeats, default=0),
            comparison=COMPARISON,
        )
    )


def _figure(
    sweep_folder: Path, pictures: Sequence[str], name: str, folder: Path, run: Run
) -> Figure:
    names = [f"{picture}.png" for picture in pictures]
    found = [n for n in names if (sweep_folder / folder / n).is_file()]
    links = tuple(link(folder.as_posix(), n) for n in found)
    return Figure(name, _errors_in_words(run), link(folder.as_posix(), run_folder.REPORT), links)


def _errors_in_words(run: Run) -> str:
    """Training and validation error, each beside the Bayes-optimal; or what became of the run."""
    if run.state == "diverged" and run.about:
        at = [epoch for epoch in run.about.diverged_at if epoch is not None]
        return (
            f"{len(at)} of {len(run.about.diverged_at)} repeats diverged, first at epoch {min(at)}"
        )
    if run.metrics is None:
        return f"{run.state}: {run.reason}".rstrip(": ")
    scores = run.metrics.scores
    sides = [side for side in ("train", "val") if f"{side}/mse" in scores]
    parts = []
    for side in sides:
        best = best_possible(run.metrics.references, f"{side}/mse")
        beside = "" if best is None else f" (Bayes-optimal {number(best)})"
        parts.append(f"{SPLITS[side]} error {plus_minus(scores[f'{side}/mse'])}{beside}")
    return "; ".join(parts)


def plus_minus(value: Spread) -> str:
    """Mean and standard deviation; the mean alone where its digits do not show the difference."""
    if value.mean is None or value.std is None or value.std < 5e-5 * abs(value.mean):
        return number(value.mean)
    return f"{number(value.mean)} ± {number(value.std, 2)}"
