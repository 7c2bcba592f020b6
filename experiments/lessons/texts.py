"""What a lesson says and asks, as its YAML has it: its words, a prediction, exercises."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic_core import PydanticCustomError

from datasets.spec import STRICT

from .. import plots

Text = Annotated[str, Field(pattern=r"\S", examples=["…"], description="a text")]
AnyText = Annotated[str, Field(examples=["python run.py"])]
# Words such as `dataset=sine model.depth=2`, which a run's config must match; none: every run.
Words = Annotated[
    str,
    Field(
        pattern=r"^(\S+=\S+( \S+=\S+)*)?$",
        examples=["model.depth=2"],
        description="words key=value with a space between, as on the command line",
    ),
]
EXERCISES = 3


def _known_pictures(names: tuple[str, ...]) -> tuple[str, ...]:
    if set(names) <= set(plots.picture_names()):
        return names
    raise PydanticCustomError(
        "names", f"must name pictures of a run: {', '.join(plots.picture_names())}"
    )


def _known_drawings(names: tuple[str, ...]) -> tuple[str, ...]:
    from . import drawings  # what it needs to draw is not needed to check a config

    if set(names) <= set(drawings.drawing_names()):
        return names
    raise PydanticCustomError("names", f"must name drawings: {', '.join(drawings.drawing_names())}")


def _two_at_most(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) <= 2:
        return words
    raise PydanticCustomError("names", "must name two runs at most")


def _to_choose_from(texts: tuple[str, ...]) -> tuple[str, ...]:
    if 2 <= len(texts) <= 5 and len(set(texts)) == len(texts):
        return texts
    raise PydanticCustomError("names", "must hold two to five different texts")


@pydantic_dataclass(frozen=True, config=STRICT)
class Texts:
    """What a lesson says, whatever comes out of it.

    Neither title nor question gives the answer away: the reader predicts it first. order: the
    lesson's place in the course, smallest first. pictures: which of each run's pictures are
    shown. compare: the runs that stand side by side first; the first and the last run without.
    drawing: names of drawings of the lesson's own.
    """

    order: Annotated[int, Field(ge=1, le=10_000, examples=[10])]
    title: Text
    question: Text
    claim: Text
    text: Text
    pictures: Annotated[
        tuple[Text, ...], AfterValidator(_known_pictures), Field(examples=["[fit]"])
    ] = ("fit",)
    compare: Annotated[
        tuple[Words, ...],
        AfterValidator(_two_at_most),
        Field(examples=["[model.depth=1,model.depth=3]"]),
    ] = ()
    drawing: Annotated[
        tuple[Text, ...], AfterValidator(_known_drawings), Field(examples=["[loss_bowl]"])
    ] = ()


@pydantic_dataclass(frozen=True, config=STRICT)
class Choice:
    """The reader predicts by choosing; answer: which text is right, counted from 0."""

    choices: Annotated[
        tuple[Text, ...], AfterValidator(_to_choose_from), Field(examples=["[yes,no]"])
    ]
    answer: Annotated[int, Field(ge=0, examples=[0])]
    ask: AnyText = ""

    @model_validator(mode="after")
    def _answer_is_a_choice(self) -> Self:
        if self.answer >= len(self.choices):
            what = f"must be one of the {len(self.choices)} choices, counted from 0"
            context = {
                "field": "answer",
                "what": what,
                "fix": "for example lesson.predict.answer=0",
            }
            raise PydanticCustomError("conflict", "{what}", context)
        return self


@pydantic_dataclass(frozen=True, config=STRICT)
class Sketch:
    """The reader predicts by drawing the fit of a run, which `sketch` names."""

    sketch: Words
    ask: AnyText = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class Exercise:
    """Something to do, and what comes of it; command: the command line that does it, if any."""

    task: Text
    answer: Text
    command: AnyText = ""


def prediction_spec(section: Any) -> type[Any]:
    """The class of a `predict` section: a curve is drawn where it says `sketch`."""
    return Sketch if isinstance(section, dict) and "sketch" in section else Choice
