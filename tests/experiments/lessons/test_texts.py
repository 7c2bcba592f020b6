"""What a lesson asks for: a prediction, three exercises, a place; and how a bad one is refused."""

from __future__ import annotations

import pytest

from experiments.errors import ConfigError
from experiments.lessons.spec import check_lesson
from experiments.lessons.texts import EXERCISES, Choice, Exercise, Sketch

TASK = {"task": "try", "answer": "it works", "command": "python run.py"}
SECTION = {
    **{name: f"the {name}" for name in ("title", "question", "claim", "text")},
    "order": 20,
    "predict": {"choices": ["yes", "no"], "answer": 1},
    "exercises": [TASK] * EXERCISES,
    "checks": [{"check": "below", "reference": "least_squares"}],
}


def test_a_lesson_asks_for_a_choice_or_for_a_sketch():
    lesson = check_lesson(SECTION)
    assert lesson.predict == Choice(("yes", "no"), 1)
    assert lesson.exercises == (Exercise(**TASK),) * EXERCISES
    assert lesson.words.order == 20
    drawn = check_lesson({**SECTION, "predict": {"sketch": "model.depth=2", "ask": "Which?"}})
    assert drawn.predict == Sketch("model.depth=2", "Which?")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"order": "first"}, "lesson.order: must be a whole number from 1 to 10000"),
        ({"predict": "yes"}, "lesson.predict: must hold keys, received 'yes'"),
        ({"predict": {}}, "lesson.predict.answer: must be a whole number"),
        (
            {"predict": {"choices": ["yes"], "answer": 0}},
            "lesson.predict.choices: must hold two to five different texts, received ['yes']",
        ),
        (
            {"predict": {"choices": ["yes", "no"], "answer": 2}},
            "lesson.predict.answer: must be one of the 2 choices, counted from 0, received 2",
        ),
        ({"predict": {"sketch": "depth 2"}}, "lesson.predict.sketch: must be words key=value"),
        (
            {"predict": {"sketch": "a.b=1", "answer": 1}},
            "lesson.predict.answer: unknown key, received 1",
        ),
        ({"exercises": [TASK]}, "lesson.exercises: must be a list of 3 exercises, received 1"),
        (
            {"exercises": [TASK, TASK, {"task": "try"}]},
            "lesson.exercises[2].answer: must be a text, received nothing",
        ),
        ({"compare": ["a.b=1"] * 3}, "lesson.compare: must name two runs at most"),
        ({"compare": ["depth 2"]}, "lesson.compare: must be a list of values, each words key="),
    ],
)
def test_a_bad_lesson_is_refused(changes, line):
    with pytest.raises(ConfigError) as refused:
        check_lesson({**SECTION, **changes})
    assert str(refused.value).splitlines()[0].startswith(f"error: {line}")
