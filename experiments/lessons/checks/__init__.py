"""Lessons that check themselves: a sweep's folder -> is the claim true? -> `lesson.html`.

A check is a function of (runs, arguments) and an entry in CHECKS; its arguments stand in
`arguments` under the same name. It looks at every repeat, says what it saw in numbers, and can
fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ... import terminal, theme
from .. import drawings
from ..pages import write_pages
from ..runs import Case, read_cases
from ..spec import Lesson
from . import curves, errors, inner
from .finding import CheckResult

CHECKS: dict[str, Callable[[Sequence[Case], Any], CheckResult]] = {
    "equal_to_least_squares": errors.equal_to_least_squares,
    "below": errors.below,
    "above": errors.above,
    "worse_than": errors.worse_than,
    "diverges": errors.diverges,
    "stuck": errors.repeats_stuck,
    "agree": errors.agree,
    "units_equal": inner.units_equal,
    "dead_layers": inner.dead_layers,
    "signal": inner.signal,
    "loss_surface": inner.loss_surface,
    "bias_variance": curves.bias_variance,
    "beyond": curves.beyond,
    "flatter": curves.flatter,
}


def check_claims(cases: Sequence[Case], lesson: Lesson) -> list[CheckResult]:
    """What each of a lesson's checks comes to; none holds where a run is not finished."""
    broken = [case for case in cases if case.run.metrics is None]
    if broken or not cases:
        messages = [f"{case.name}: {case.run.state}. {case.run.reason}".strip() for case in broken]
        return [CheckResult(False, tuple(messages) or ("There are no runs.",))]
    return [CHECKS[claim.name](cases, claim.arguments) for claim in lesson.claims]


def conclude_lesson(sweep_folder: Path, lesson: Lesson) -> bool:
    """Check a lesson on the runs of a folder, write its page and print it; whether it holds."""
    cases = read_cases(sweep_folder)
    findings = check_claims(cases, lesson)
    held = all(finding.held for finding in findings)
    # Of runs that are not finished there is nothing to draw.
    whole = bool(cases) and all(case.run.metrics is not None for case in cases)
    drawn = drawings.draw_all(sweep_folder, lesson.words.drawing, cases) if whole else []
    page = write_pages(sweep_folder, lesson, cases, findings, drawn)
    console = terminal.console()
    verdict = "The claim holds." if held else "The claim does not hold on these runs."
    console.print(verdict, style="bold")
    console.print(f"lesson: {lesson.words.title}\nclaim: {lesson.words.claim}")
    for finding in findings:
        for sentence in finding.messages:
            style = None if finding.held else theme.TERMINAL_BAD
            console.print(f"{'  holds: ' if finding.held else '  fails: '}{sentence}", style=style)
    console.print("lesson page: ", terminal.place(page), "\n", sep="")
    return held
