"""Outcomes as others need them: Hydra a number, a shell an exit code, a person a line a problem."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import EXIT_CODES, EXIT_DONE, EXIT_FAILED
from ..storage.outcome import Outcome


@dataclass(frozen=True)
class Conclusion:
    """What a whole sweep came to.

    states: of its runs, done earlier or now. may_diverge: whether those that diverged are no
    failures. passed: whether what it was made for holds; true of a plain sweep. page: what a person
    looks at first.
    """

    states: frozenset[str]
    may_diverge: bool = False
    passed: bool = True
    page: Path | None = None


def exit_code(outcomes: Iterable[Outcome], conclusion: Conclusion | None = None) -> int:
    """The exit code of the program.

    Args:
        outcomes: of the runs of this process, and of whatever else ended early.
        conclusion: of the sweep, which judges the runs that diverged; None of a single run.

    Returns:
        The largest of the codes that each comes to.
    """
    states = [outcome.state for outcome in outcomes]
    if conclusion is None:
        return max((EXIT_CODES[state] for state in states), default=EXIT_DONE)
    good = {"done", "diverged"} if conclusion.may_diverge else {"done"}
    held = bool(conclusion.states) and conclusion.states <= good and conclusion.passed
    ended_early = [EXIT_CODES[state] for state in states if state != "diverged"]
    return max([EXIT_DONE if held else EXIT_FAILED, *ended_early])


def hydra_value(outcome: Outcome) -> float:
    """The score as Hydra and its sweepers take it: nan where there is none."""
    return math.nan if outcome.score is None else outcome.score


def message(outcome: Outcome, again: str = "") -> str:
    """What is told on standard error of an outcome that is not as asked for, a line a problem.

    again: what goes on with the sweep; nothing of a single run.
    """
    if outcome.state == "interrupted":
        return "interrupted" + (f": finished runs are kept, {again} goes on" if again else "")
    return "\n".join(map(str, outcome.problems))
