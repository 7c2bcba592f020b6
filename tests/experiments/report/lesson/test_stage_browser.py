"""Two runs side by side under one slider, and what else a lesson shows, in a browser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from benchmarks.synthetic import EPOCHS, make_record
from experiments.lessons.pages import write_pages
from experiments.lessons.runs import read_cases
from experiments.lessons.spec import check_lesson
from experiments.report.lesson.stage import Drawn
from tests.experiments.lessons.test_texts import SECTION
from tests.experiments.report.browsing import until
from tests.experiments.report.lesson.conftest import CHOOSE, invented, paths, shown, slide


def test_the_keyboard_is_enough(opened, choosing):
    page = opened(choosing)
    page.locator("input[name=choice]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#outcome").inner_text().startswith("You predicted it")
    page.locator("#epoch").focus()
    before = paths(page, "main")
    page.keyboard.press("ArrowLeft")
    assert paths(page, "main") != before


def test_one_slider_moves_both_runs_on_shared_axes(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    assert page.locator(".pair > div").count() == 2
    ticks = [
        page.locator(".pair > div").nth(side).locator("svg .word").all_text_contents()
        for side in (0, 1)
    ]
    assert ticks[0] == ticks[1]
    assert page.locator(".epochs output").inner_text() == str(EPOCHS)
    assert page.locator("#stage g.thin path").count() == 2 * 2
    end = paths(page, "role-prediction.main")
    slide(page, 0)
    assert page.locator(".epochs output").inner_text() == "0"
    start = paths(page, "role-prediction.main")
    assert len(start) == len(end) == 2
    assert all(one != other for one, other in zip(start, end, strict=True))
    assert start[0] == start[1]  # untrained networks that put out nothing, on the same axes
    assert page.locator("#stage g.thin").first.is_hidden()


def test_play_goes_to_the_end_and_stops(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    button = page.locator(".epochs button")
    slide(page, int(page.locator("#epoch").get_attribute("max")) - 2)
    button.click()
    assert button.inner_text() == "Pause"
    until(page, "document.querySelector('.epochs button').textContent === 'Play'")
    assert page.locator(".epochs output").inner_text() == str(EPOCHS)


def test_another_run_can_be_set_beside(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    selects = page.locator(".pair select")
    assert [one.input_value() for one in selects.all()] == ["0", "2"]
    before = paths(page, "role-prediction.main")
    selects.nth(1).select_option("1")
    after = paths(page, "role-prediction.main")
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert page.evaluate("document.activeElement.id") == "side-1"


@pytest.mark.parametrize(("old", "plots", "images"), [((1, 2), 0, 2), ((2,), 1, 1)])
def test_runs_without_a_grid_are_shown_by_their_pictures(opened, tmp_path, old, plots, images):
    """Those of an earlier version; a run that has a grid is drawn beside them."""
    records = []
    for depth, values in ((1, [0.5, 0.52]), (2, [0.3, 0.33])):
        record = make_record(values, {"model.depth": depth})
        records.append(replace(record, grid=None) if depth in old else record)
        (tmp_path / f"old/{depth}").mkdir(parents=True)
        Image.new("RGB", (80, 60)).save(tmp_path / f"old/{depth}/fit.png")
    page = opened(invented(tmp_path / "old", records, **CHOOSE))
    page.locator("#show").click()
    assert page.locator("svg.plot:visible").count() == plots
    assert page.locator("img:visible").count() == images
    assert "the claim does not hold" in shown(page)  # there is no third run


def test_learning_curves_stand_in_place_of_fits(opened, tmp_path):
    page = opened(invented(tmp_path / "curves", **CHOOSE, pictures=["loss_curves"]))
    page.locator("#show").click()
    assert page.locator("#stage svg.plot").count() == 2
    assert "epoch" in page.locator("#stage .title").all_text_contents()
    cursor = page.locator("#stage .cursor").first.get_attribute("d")
    slide(page, 3)
    assert page.locator("#stage .cursor").first.get_attribute("d") != cursor


def test_at_the_end_stand_the_final_errors_and_what_early_stopping_kept(opened, tmp_path):
    record = make_record([0.2, 0.3], {"model.depth": 1})
    about = replace(record.about, shown_repeat=1, best_epoch=(4, 3))
    scores = {"train/mse": 0.111, "val/mse": 0.222}
    found = {
        name: replace(record.metrics.scores[name], values=(9.0, value))
        for name, value in scores.items()
    }
    metrics = replace(record.metrics, scores={**record.metrics.scores, **found}, epochs=EPOCHS + 9)
    stopped = replace(record, about=about, metrics=metrics)
    folder = tmp_path / "stopped"
    other = make_record([0.2, 0.2], {"model.depth": 2})
    page = opened(invented(folder, [stopped, other], **CHOOSE, pictures=["fit", "loss_curves"]))
    page.locator("#show").click()
    told = page.locator(".pair .numbers")
    words = f"stopped at epoch {EPOCHS}; the weights of epoch 3 are kept"
    assert "training error 0.111 · validation error 0.222 · " + words in told.first.inner_text()
    assert "kept" not in told.nth(1).inner_text()
    ends = paths(page, "cursor")
    assert ends[0] != ends[1]
    slide(page, 1)
    assert "0.111" not in told.first.inner_text()
    assert "kept" not in told.first.inner_text()


def test_a_loss_that_grows_without_end_leaves_the_picture_and_is_told(opened, tmp_path):
    tame, wild = (make_record([0.2, 0.2], {"model.depth": depth}) for depth in (1, 2))
    grown = np.tile(np.geomspace(2, 1e30, EPOCHS), 2)
    table = wild.history.assign(**dict.fromkeys(("mse", "val_mse", "loss", "val_loss"), grown))
    wild = replace(
        wild, history=table, about=replace(wild.about, diverged_at=(EPOCHS, None), shown_repeat=0)
    )
    folder = tmp_path / "diverged"
    page = opened(invented(folder, [tame, wild], **CHOOSE, pictures=["loss_curves"]))
    page.locator("#show").click()
    told = page.locator(".pair .numbers").all_inner_texts()
    assert "diverged" not in told[0]
    assert told[1].endswith(f"diverged: not finite from epoch {EPOCHS}")
    ticks = page.locator("#stage svg .word[text-anchor=end]").all_text_contents()
    assert ticks
    assert all(float(tick) < 1e5 for tick in ticks)


def test_drawings_of_the_lesson_wait_for_the_prediction_too(opened, tmp_path):
    path = invented(tmp_path / "drawn", **CHOOSE)
    drawn = Drawn(
        '<svg width="900" height="60" role="img" aria-label="D"></svg>', "./d.png", "A bowl."
    )
    (path.parent / "d.png").write_bytes(b"")
    lesson = check_lesson({**SECTION, **CHOOSE})
    write_pages(path.parent, lesson, read_cases(path.parent), [], [drawn])
    page = opened(path, viewport={"width": 360, "height": 800})
    assert "A bowl." not in shown(page)
    page.locator("#show").click()
    assert page.locator(".drawn svg").is_visible()
    assert page.locator(".drawn a").get_attribute("href") == "./d.png"
    assert "A bowl." in shown(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_real_lesson(opened, ask, tmp_path):
    """Few repeats and epochs: whether its claim holds is not asked here."""
    less = ["training.repeats=2", "training.epochs=20", "hydra.sweep.dir=here"]
    done = ask(tmp_path, ["lesson=bend", *less])
    assert "lesson page: " in done.stdout, done
    page = opened(tmp_path / "here" / "lesson.html")
    assert page.locator("#results").is_hidden()
    page.locator("#show").click()
    lines = [d for d in paths(page, "role-prediction.main") if d]
    assert len(lines) == 2
    assert all(d.count("L") > 50 and "NaN" not in d for d in lines)
    assert page.locator("#stage g.thin path").count() == 2
