"""The explorer in a real browser: sliders, buttons, epochs, keyboard, what a link holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from benchmarks.synthetic import make_record, write_run
from experiments import report
from experiments.record import Grid
from tests.experiments.report.browsing import until

SETTLED = 400  # milliseconds, twice the motion


def asked(page):
    return page.locator("#explorer-controls")


def named(page):
    return page.locator("#explorer-run").inner_text()


def curve(page):
    page.wait_for_timeout(SETTLED)
    return page.locator("#explorer-fit path.shown").first.get_attribute("d")


def test_each_control_leads_to_the_run_that_it_says(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    assert named(page) == "5 relu ×1"  # the best
    assert (
        "Drawn in full: repeat 0, the median of 3, whose error is 0.2."
        in page.locator("#explorer-says").inner_text()
    )
    first = curve(page)
    asked(page).get_by_label("depth").focus()
    page.keyboard.press("ArrowRight")
    assert named(page) == "5 relu ×2"
    assert page.locator("#explorer-key-0 + .stops").count() == 1
    assert asked(page).get_by_label("depth").get_attribute("aria-valuetext") == "2"
    assert curve(page) != first
    asked(page).get_by_role("radio", name="tanh").check(force=True)
    assert named(page) == "5 tanh ×2"
    page.keyboard.press("ArrowLeft")  # arrow keys move among the buttons
    assert named(page) == "5 relu ×2"


def test_what_was_not_run_cannot_be_chosen(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    asked(page).get_by_label("depth").focus()
    page.keyboard.press("End")
    asked(page).get_by_label("width").focus()
    page.keyboard.press("End")
    assert named(page) == "20 relu ×3"
    tanh = asked(page).get_by_role("radio", name="tanh")
    assert tanh.is_disabled()
    asked(page).get_by_label("depth").focus()
    page.keyboard.press("ArrowLeft")
    assert tanh.is_enabled()
    tanh.check(force=True)
    asked(page).get_by_label("depth").focus()
    page.keyboard.press("End")  # stays: 20 tanh ×3 was not run
    assert named(page) == "20 tanh ×2"
    assert page.locator(".stops .not-run").all_inner_texts() == ["3"]


def test_the_epoch_has_a_slider_and_play(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    said, at_end = page.locator("#explorer-epoch-said"), curve(page)
    assert said.inner_text() == "epoch 50"
    assert page.locator("#explorer-learning .now:visible").count() == 2
    page.locator("#explorer-epoch").focus()
    page.keyboard.press("Home")
    assert said.inner_text() == "epoch 0"
    flat = curve(page)
    assert flat != at_end
    cursor = page.locator("#explorer-learning .cursor")
    assert cursor.get_attribute("d").startswith("M56 ")  # the left end
    assert page.locator("#explorer-learning .now:visible").count() == 0  # no loss is known there
    page.locator("#explorer-play").click()
    until(page, "document.getElementById('explorer-epoch-said').textContent !== 'epoch 0'")
    assert page.locator("#explorer-play").inner_text() == "Pause"
    page.locator("#explorer-play").click()
    page.locator("#explorer-epoch").focus()
    page.keyboard.press("End")
    assert curve(page) == at_end


def test_the_address_holds_the_state(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    asked(page).get_by_label("depth").focus()
    page.keyboard.press("End")
    page.locator("#explorer-epoch").focus()
    page.keyboard.press("ArrowLeft")
    state = named(page), page.locator("#explorer-epoch-said").inner_text(), curve(page)
    again = opened(grid_sweep / report.COMPARISON, "#" + page.url.partition("#")[2])
    assert (named(again), again.locator("#explorer-epoch-said").inner_text()) == state[:2]
    assert curve(again) == state[2]


def test_motion_is_short_and_can_be_switched_off(opened, grid_sweep):
    def heights(page):
        """The path one frame after a step, and when it has settled."""
        asked(page).get_by_label("depth").focus()
        early = page.evaluate(
            """() => { const slider = document.getElementById("explorer-key-0");
            slider.value = 2; slider.dispatchEvent(new Event("input"));
            return document.querySelector("#explorer-fit path.shown").getAttribute("d"); }"""
        )
        return early, curve(page)

    early, late = heights(opened(grid_sweep / report.COMPARISON))
    assert early != late
    still = opened(grid_sweep / report.COMPARISON, reduced_motion="reduce")
    early, still_late = heights(still)
    assert early == still_late == late


def test_a_diverged_run_is_a_sentence_without_axes(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    asked(page).get_by_label("width").focus()
    page.keyboard.press("End")
    asked(page).get_by_role("radio", name="tanh").check(force=True)
    assert named(page) == "20 tanh ×1"
    assert page.locator("#explorer-note").inner_text().startswith("This run diverged")
    assert page.locator("#explorer-pictures").is_hidden()
    asked(page).get_by_role("radio", name="relu").check(force=True)
    assert page.locator("#explorer-note").is_hidden()
    assert page.locator("#explorer-fit svg").is_visible()


def test_runs_of_an_earlier_version_show_prediction_against_target(opened, tmp_path):
    for width in (5, 10):
        record = make_record([0.2, 0.3], {"model.width": width})
        write_run(tmp_path / str(width), replace(record, grid=None))
    report.compare(tmp_path)
    page = opened(tmp_path / report.COMPARISON)
    assert "earlier version" in page.locator("#explorer-note").inner_text()
    assert page.locator("#explorer-fit .diagonal").count() == 1
    dots = page.locator("#explorer-fit path.rows").first
    before = dots.get_attribute("d")
    page.locator("#explorer-epoch").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(SETTLED)
    assert dots.get_attribute("d") != before


def test_a_closed_form_has_a_fit_and_no_empty_axes(opened, tmp_path):
    for kind in ("pinv", "svd"):
        record = make_record([0.5], {"model.kind": kind})
        write_run(tmp_path / kind, replace(record, history=record.history.iloc[:0]))
    report.compare(tmp_path)
    page = opened(tmp_path / report.COMPARISON)
    assert "no learning curves" in page.locator("#explorer-note").inner_text()
    assert page.locator("#explorer-learning").is_hidden()
    assert page.locator("#explorer .legend li").filter(visible=True).count() == 4
    assert curve(page)


def test_a_repeat_that_is_no_number_somewhere_breaks_nothing(opened, tmp_path):
    record = make_record([0.2, 0.3])
    assert record.grid is not None
    broken = np.array(record.grid.prediction_RxG)
    broken[1] = np.nan
    grid = Grid(record.grid.x_GxF, broken, None, record.grid.snapshots_SxG)
    write_run(tmp_path / "a", replace(record, grid=grid))
    report.compare(tmp_path)
    page = opened(tmp_path / report.COMPARISON)
    assert curve(page)
    assert page.locator("#explorer-fit .thin").get_attribute("d") == ""
    assert page.locator("#explorer-controls .control").count() == 0


@pytest.mark.parametrize("width", [1440, 1024, 500, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_and_axe_finds_nothing(opened, grid_sweep, width, scheme):
    page = opened(
        grid_sweep / report.COMPARISON,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in page.locator("#explorer :is(svg.plot, fieldset, input, output, p, ul)").all():
        box = part.bounding_box()
        if box and part.is_visible():
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width + 0.5
    found = Axe().run(page, context="#explorer").response["violations"]
    assert [one["id"] for one in found] == [], found
