"""What a lesson is, as its YAML says it: words for people, and checks with their arguments.

The words stand in `texts`; the functions that check in `checks`, by the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field
from pydantic.dataclasses import dataclass as pydantic_dataclass

from datasets.spec import STRICT

from ..config.schema import checked
from ..errors import ConfigError, Problem, known_names
from ..scoring.metrics import METRICS, SPLITS
from ..scoring.references import REFERENCES
from .texts import EXERCISES, Choice, Exercise, Sketch, Texts, Words, prediction_spec

SCORES = ("final", *(f"{split}/{name}" for name in METRICS for split in SPLITS), "excess/mse")
if TYPE_CHECKING:
    Score: TypeAlias = str
    ReferenceName: TypeAlias = str
else:
    Score = Literal[SCORES]
    ReferenceName = Literal[tuple(REFERENCES)]  # on the very rows of the score
Share = Annotated[float, Field(gt=0, le=1, examples=[0.01])]
Part = Annotated[float, Field(ge=0, le=1, examples=[0.5])]
Times = Annotated[float, Field(gt=0, le=1e6, examples=[1.0])]


@pydantic_dataclass(frozen=True, config=STRICT)
class EqualToLeastSquares:
    """In every repeat the training error is that of least squares, but for a share `within`."""

    within: Share
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class Beside:
    """The whole 95 % interval of the typical error is on one side of `times` the reference."""

    reference: Annotated[ReferenceName, Field(examples=["bayes"])]
    runs: Words = ""
    score: Annotated[Score, Field(examples=["val/mse"])] = "final"
    times: Times = 1.0


@pydantic_dataclass(frozen=True, config=STRICT)
class WorseThan:
    """The error of `run` is more than `times` that of `than`: the whole 95 % interval is."""

    run: Words
    than: Words
    times: Annotated[float, Field(ge=1, le=1e6, examples=[1.0])] = 1.0
    score: Annotated[Score, Field(examples=["val/mse"])] = "final"


@pydantic_dataclass(frozen=True, config=STRICT)
class Runs:
    """Every repeat of the runs does it."""

    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class Stuck:
    """The share of repeats that got stuck (see `stuck`) is in a range, for each run."""

    runs: Words = ""
    at_least: Part = 0.0
    at_most: Part = 1.0
    score: Annotated[Score, Field(examples=["val/mse"])] = "final"


@pydantic_dataclass(frozen=True, config=STRICT)
class Agree:
    """No two predictions of a row, of any run or repeat, differ by more than a share of the std."""

    within: Share
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class UnitsEqual:
    """Units of one hidden layer put out the same on all rows, but for `within`."""

    within: Share
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class DeadLayers:
    """At least so many relu layers of the saved network put out nothing but zeros."""

    at_least: Annotated[int, Field(ge=1, le=10_000, examples=[1])]
    runs: Words = ""


ARGUMENTS: dict[str, type[Any]] = {
    "equal_to_least_squares": EqualToLeastSquares,
    "below": Beside,
    "above": Beside,
    "worse_than": WorseThan,
    "diverges": Runs,
    "stuck": Stuck,
    "agree": Agree,
    "units_equal": UnitsEqual,
    "dead_layers": DeadLayers,
}


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
    predict: Choice | Sketch | None = None
    exercises: tuple[Exercise, ...] = ()


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
    predict = _prediction(asked, problems)
    exercises = _exercises(tasks, problems)
    if problems:
        raise ConfigError(problems)
    return Lesson(words, tuple(claim for claim in claims if claim), predict, exercises)


def _prediction(section: Any, problems: list[Problem]) -> Any:
    if section is None:
        return None
    return checked("lesson.predict", section, prediction_spec(section), problems)


def _exercises(tasks: Any, problems: list[Problem]) -> tuple[Exercise, ...]:
    if tasks is None:
        return ()
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
