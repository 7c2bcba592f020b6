"""What a lesson is, as its YAML says it: words for people, and checks with their arguments.

The words stand in `texts`, the arguments of checks in `arguments`; the functions that check in
`checks`, by the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..config.schema import checked
from ..errors import ConfigError, Problem, known_names
from .arguments import ARGUMENTS
from .texts import EXERCISES, Choice, Exercise, Sketch, Texts, prediction_spec


@dataclass(frozen=True)
class Claim:
    """One check of a lesson, by its name, with its arguments: an instance of ARGUMENTS[name]."""

    name: str
    arguments: Any


@dataclass(frozen=True)
class Lesson:
    """A lesson: its words, what must hold, what the reader predicts, and what there is to try."""

    words: Texts
    claims: tuple[Claim, ...]
    predict: Choice | Sketch
    exercises: tuple[Exercise, ...]


def check_lesson(section: Any) -> Lesson:
    """The checked `lesson` section; raises ConfigError with all problems."""
    problems: list[Problem] = []
    tree = dict(section) if isinstance(section, Mapping) else section
    parts = tree if isinstance(tree, dict) else {}
    steps, asked, tasks = (parts.pop(name, None) for name in ("checks", "predict", "exercises"))
    words = checked("lesson", tree, Texts, problems)
    if not isinstance(tree, dict):
        raise ConfigError(problems)
    if not isinstance(steps, list) or not steps:
        fix = "for example lesson.checks=[{check: below, reference: least_squares}]"
        problems.append(Problem("lesson.checks", f"must be a list, received {steps!r}", fix))
        steps = []
    claims = [_claim(f"lesson.checks[{index}]", step, problems) for index, step in enumerate(steps)]
    predict = checked("lesson.predict", asked, prediction_spec(asked), problems)
    exercises = _exercises(tasks, problems)
    if problems:
        raise ConfigError(problems)
    return Lesson(words, tuple(claim for claim in claims if claim), predict, exercises)


def _exercises(tasks: Any, problems: list[Problem]) -> tuple[Exercise, ...]:
    if not isinstance(tasks, list) or len(tasks) != EXERCISES:
        fix = "for example lesson.exercises=[{task: ..., answer: ...}, ...]"
        received = len(tasks) if isinstance(tasks, list) else repr(tasks)
        what = f"must be a list of {EXERCISES} exercises, received {received}"
        problems.append(Problem("lesson.exercises", what, fix))
        return ()
    each = enumerate(tasks)
    return tuple(checked(f"lesson.exercises[{n}]", t, Exercise, problems) for n, t in each)


def _claim(key: str, step: Any, problems: list[Problem]) -> Claim | None:
    name = step.get("check") if isinstance(step, Mapping) else None
    if not isinstance(name, str) or name not in ARGUMENTS:
        what = f"unknown check, received {step if name is None else name!r}"
        problems.append(Problem(f"{key}.check", what, known_names(name, ARGUMENTS)))
        return None
    rest = {key: value for key, value in step.items() if key != "check"}
    arguments = checked(key, rest, ARGUMENTS[name], problems)
    return Claim(name, arguments) if arguments else None
