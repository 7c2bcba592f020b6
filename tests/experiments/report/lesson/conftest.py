"""Pages of invented lessons, and how their tests look at them."""

from __future__ import annotations

import pytest

from benchmarks.synthetic import make_record, write_run
from experiments.config.help.course import course
from experiments.lessons import checks
from experiments.lessons.spec import check_lesson
from experiments.record import Sweep
from experiments.storage.sweep_folder import write_sweep
from tests.experiments.lessons.test_texts import SECTION

CHOICES = ("it stays a line", "it bends")
CHOOSE = {"predict": {"choices": list(CHOICES), "answer": 1}}
SKETCH = {"predict": {"sketch": "model.depth=3"}}
CHECK = {"check": "below", "reference": "least_squares", "runs": "model.depth=3"}
BOTH = {"pictures": ["fit", "loss_curves"]}
# What a reader must not see before predicting.
ANSWERS = ("the claim", "holds", "0.2033", "the answer of")


def invented(folder, records=None, **words):
    """The page of an invented lesson with three runs."""
    records = records or [
        make_record(values, {"model.depth": depth})
        for depth, values in (
            (1, [0.5, 0.52, 0.49]),
            (2, [0.3, 0.33, 0.28]),
            (3, [0.2, 0.22, 0.19]),
        )
    ]
    for number, record in enumerate(records, start=1):
        write_run(folder / str(number), record)
    command = f"python run.py lesson={course()[0].name}"
    write_sweep(folder, Sweep(folder.name, command, "2026-01-02T03:04:05+00:00", ()))
    tasks = [{"task": f"task {k}", "answer": f"the answer of {k}"} for k in range(3)]
    checks.conclude_lesson(
        folder, check_lesson({**SECTION, "checks": [CHECK], "exercises": tasks, **words})
    )
    return folder / "lesson.html"


@pytest.fixture(scope="session")
def choosing(tmp_path_factory):
    return invented(tmp_path_factory.mktemp("sweeps") / "choosing", **CHOOSE, **BOTH)


@pytest.fixture(scope="session")
def sketching(tmp_path_factory):
    return invented(tmp_path_factory.mktemp("sweeps") / "sketching", **SKETCH)


def shown(page):
    return page.locator("body").inner_text()


def paths(page, kind):
    """The `d` of every line of a kind, left to right."""
    found = page.locator(f"#stage svg.plot .{kind}")
    return [one.get_attribute("d") for one in found.all()]


def slide(page, place):
    page.locator("#epoch").evaluate(
        "(e, place) => { e.value = place; e.dispatchEvent(new Event('input')); }", place
    )
