"""What is told before training of how many repeats there are, and why."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from experiments.report.run_page import render
from experiments.runner.notices import messages
from experiments.task import prepare
from tests.experiments.records import make_record

DEEP = "experiment=sine_deep"
WHY = (
    "5 repeats (not 20: 40,801 parameters × 11,000 steps take long; training.repeats=20 overrules)"
)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([DEEP], WHY),
        ([DEEP, "training.repeats=5"], "5 repeats"),
        (["experiment=sine_sigmoid2"], "20 repeats"),
        (["model=gradient_descent"], "20 repeats"),
        (["training.repeats=1"], "1 repeat"),
    ],
)
def test_a_run_tells_its_repeats_and_why_they_are_few(configured, overrides, said):
    config = configured(*overrides)
    assert messages.announcement(config, prepare(config)[1]).endswith(f"epochs, {said}")


def test_a_sweep_tells_of_the_runs_with_few_repeats(configured):
    jobs = [], [DEEP], [DEEP, "training.epochs=500"], ["model=pinv"], [DEEP, "training.repeats=3"]
    tasks = [prepare(configured(*job))[1] for job in jobs]
    said = "5 runs: 37 trainings, 22,000 epochs; 2 runs of large networks: 5 to 8 repeats, not 20"
    assert messages.sweep_announcement(tasks) == said
    assert (
        messages.sweep_announcement(tasks[:1], 7)
        == "1 run, 7 done before: 20 trainings, 10,000 epochs"
    )
    staged = [replace(task, count=2) for task in tasks[:2]]
    assert messages.sweep_announcement(staged) == "2 runs: 4 trainings, 3,000 epochs"


def test_the_page_says_that_the_number_was_left_to_archlab(configured):
    def page(*overrides):
        return render(make_record(configured(*overrides))[0], {}, has_diagram=False)

    large = ["model.width=100", "model.depth=3"]
    shown = r"14 \(repeat \d+, the median of 14, is shown and saved\); auto: 20, and fewer for"
    assert re.search(shown, page(*large))
    assert "auto: 20" not in page(*large, "training.repeats=2")
    assert "auto: 20" not in page()
