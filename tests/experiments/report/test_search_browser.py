"""The part of the comparison page that shows a search, from its files alone."""

from __future__ import annotations

import pytest

from benchmarks.synthetic import make_record, write_run
from experiments import report
from experiments.record import Dimension, Planned, Search, Sweep, Trial
from experiments.search.kept import write_search
from tests.experiments.report.conftest import NASTY

COMMAND = "python run.py -m hydra/sweeper=optuna 'model.width=interval(2,40)'"
# Errors of the trials in their order; the fifth diverged, the sixth was never trained.
ERRORS = [3.0, 900.0, 0.5, 0.5, None, None, 0.31, 0.4]


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched") / "s"
    trials, planned = [], []
    for number, error in enumerate(ERRORS):
        width, state = 2 + number, "done"
        if number == 3:  # chosen twice
            trials.append(Trial(3, trials[2].params, "done", 0.5, trials[2].folder))
            continue
        name = f"{number:04d}-width"
        if error is None:
            state, name = ("diverged", name) if number == 4 else ("asked", "")
        else:
            write_run(folder / name, make_record([error, error * 1.1], {"model.width": width}))
            planned.append(Planned(name, (), str(number)))
        trials.append(Trial(number, {"model.width": width, "x": NASTY}, state, error, name))
    space = (Dimension("model.width", "interval(2,40)"), Dimension("x", NASTY))
    importance = {"model.width": 0.9, "x": 0.1}
    fixed = ("dataset=sine", "training.seed=7")
    write_search(folder, Search(space, fixed, "tpe", 42, tuple(trials), importance))
    report.compare(folder, Sweep("s", COMMAND, "2026-01-01", tuple(planned)))
    return folder / report.COMPARISON


def test_history_importance_and_what_was_chosen(opened, searched):
    page = opened(searched)
    part = page.locator("#trials")
    assert (
        "chose 8 trials: 6 done, 1 diverged, 1 asked for and not trained yet" in part.inner_text()
    )
    dots = part.locator("#search-history svg.plot .dot")
    assert dots.count() == 6
    heights = [float(dot.get_attribute("cy")) for dot in dots.all()]
    assert heights[2] == heights[3], "one run"
    assert heights[1] == min(heights), "at the upper edge"
    assert "1 at the upper edge" in part.inner_text()
    crosses = part.locator("#search-history path title").all_text_contents()
    assert any(text.startswith("trial 4 diverged: width 6") for text in crosses)
    assert part.locator(".bars tr").first.inner_text().split() == ["width", "90", "%"]
    assert part.locator(".wide td").first.inner_text() == "interval(2,40)"
    assert "best (trial 6)" in part.inner_text()
    command = part.locator("#anew").inner_text()
    assert command.startswith("python run.py dataset=sine model.width=8 ")
    assert "training.seed=7" not in command
    assert "picked for being low" in part.inner_text()
    assert "sweep.settle" not in page.locator("#verdict").inner_text()
    assert page.locator("#settling").count() == 0
    chosen = part.locator("#search-history .chosen")
    before = chosen.count()
    unchosen = part.locator("#search-history .dot:not(.chosen)")
    unchosen.last.dispatch_event("click")
    assert chosen.count() == before + 2, "two trials share the run"


def test_a_grid_has_no_such_part(opened, grid_sweep):
    assert opened(grid_sweep / report.COMPARISON).locator("#trials").count() == 0


@pytest.mark.parametrize("width", [1280, 360])
def test_it_is_no_wider_than_the_screen(opened, searched, width):
    page = opened(searched, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_its_words_are_there(opened, searched):
    part = opened(searched, java_script_enabled=False).locator("#trials")
    assert "interval(2,40)" in part.inner_text()
    assert part.locator(".halves").is_hidden()
