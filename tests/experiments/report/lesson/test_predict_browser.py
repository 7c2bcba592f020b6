"""A lesson's page in a browser: nothing is shown before the reader predicts, and then all of it."""

from __future__ import annotations

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from benchmarks.synthetic import make_record
from experiments.lessons.pages import INDEX
from experiments.text import number
from tests.experiments.report.lesson.conftest import (
    ANSWERS,
    CHOICES,
    CHOOSE,
    invented,
    paths,
    shown,
)

WIDTHS = (1440, 1024, 500, 360)


def test_nothing_is_given_away_before_the_reader_predicts(opened, choosing):
    page = opened(choosing)
    for words in ANSWERS:
        assert words not in shown(page)
    assert page.title() == "the title – archlab"
    assert page.locator("#results").is_hidden()
    assert page.locator("#reveal").is_disabled()


@pytest.mark.parametrize(("chosen", "verdict"), [(1, "You predicted it"), (0, "You predicted “")])
def test_a_choice_is_judged_and_everything_is_shown(opened, choosing, chosen, verdict):
    page = opened(choosing)
    page.locator("input[name=choice]").nth(chosen).check()
    page.locator("#reveal").click()
    assert page.locator("#outcome").inner_text().startswith(verdict)
    assert CHOICES[1] in page.locator("#outcome").inner_text()
    assert page.locator(".choice.right").inner_text().startswith(CHOICES[1])
    assert page.locator(".choice.wrong").count() == (chosen == 0)
    for words in ("the claim holds", "0.2033", "task 2"):
        assert words in shown(page)
    assert page.locator(".exercises details[open]").count() == 0
    assert page.evaluate("document.activeElement.id") == "results-head"


def test_show_me_needs_no_prediction(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    assert page.locator("#outcome").is_hidden()
    assert "the claim holds" in shown(page)
    assert page.locator(".choice.right").all_inner_texts() == [CHOICES[1]]


def test_a_sketch_reaches_beyond_the_rows_and_both_ends_of_them_are_marked(opened, sketching):
    page = opened(sketching)
    ends = [one.bounding_box()["x"] for one in page.locator(".pad .end-row").all()]
    handles = [one.bounding_box()["x"] for one in page.locator(".handle").all()]
    assert len(ends) == 2
    assert min(handles) < min(ends) < max(ends) < max(handles)
    assert {"first row", "last row"} <= set(page.locator(".pad .word").all_text_contents())


def rows_held():
    """The validation rows of the run that is sketched."""
    table = make_record([0.2, 0.22, 0.19], {"model.depth": 3}).predictions
    return table[table["split"] == "val"]


def test_a_sketch_is_drawn_with_the_pointer_and_measured(opened, sketching):
    page = opened(sketching)
    box = page.locator(".pad").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, middle - 80, steps=12)
    page.mouse.up()
    page.locator("#reveal").click()
    said = page.locator("#outcome").inner_text()
    assert "Your curve has a mean squared error of" in said
    held = rows_held()
    own = np.mean((held["y"] - held["prediction"]) ** 2)
    best = np.mean((held["y"] - held["y_optimal"]) ** 2)
    assert f"comes to {number(own)}" in said  # the repeat that is shown, on these very rows
    assert f"the Bayes-optimal prediction to {number(best)}." in said
    assert len([d for d in paths(page, "sketched") if d]) == 1


def test_the_error_of_a_sketch_is_its_mean_squared_distance_to_the_rows(opened, sketching):
    """A sketch that is nearly the flat line at the mean of the rows."""
    page = opened(sketching)
    page.locator(".handle").first.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.locator("#reveal").click()
    flat = float(np.mean((rows_held()["y"] - make_record([0.2]).predictions["y"].mean()) ** 2))
    said = page.locator("#outcome").inner_text()
    found = float(said.partition("error of ")[2].split()[0])
    assert found == pytest.approx(flat, rel=1e-2)


def test_a_sketch_is_made_with_the_keyboard(opened, sketching):
    page = opened(sketching)
    assert page.locator("#reveal").is_disabled()
    first = page.locator(".handle").first
    first.focus()
    before = page.locator(".pad .sketched").get_attribute("d")
    low = float(first.get_attribute("aria-valuenow"))
    page.keyboard.press("PageUp")
    assert float(first.get_attribute("aria-valuenow")) > low
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") != (
        first.get_attribute("aria-label")
    )
    page.keyboard.press("ArrowDown")
    assert page.locator(".pad .sketched").get_attribute("d") != before
    page.locator("#reveal").click()
    assert page.locator("#results").is_visible()


def test_without_script_the_results_are_folded_below_the_question(opened, choosing):
    page = opened(choosing, java_script_enabled=False)
    text = shown(page)
    assert text.index("the question") < text.index(CHOICES[0]) < text.index("What came out")
    assert "the claim holds" not in text
    page.locator("#results > summary").click()
    assert "the claim holds" in shown(page)
    assert page.locator("#reveal").is_hidden()


def test_print_shows_all(opened, choosing):
    page = opened(choosing)
    page.emulate_media(media="print")
    for words in ("the claim holds", "0.2033", "the answer of 2", "task 0"):
        assert words in shown(page)
    assert page.locator("#stage svg.plot").first.is_visible()
    assert page.locator(".epochs").is_hidden()
    page.emulate_media(media="screen")
    page.pdf()
    for words in ANSWERS:
        assert words not in shown(page)
    page.locator("#show").click()
    assert page.locator(".exercises details[open]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("step", ["before", "after"])
def test_axe_finds_nothing(opened, choosing, sketching, scheme, step):
    for path in (choosing, sketching):
        page = opened(path, color_scheme=scheme)
        if step == "after":
            page.locator("#show").click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_index(opened, choosing, scheme):
    found = Axe().run(opened(choosing.parents[1] / INDEX, color_scheme=scheme))
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_part_is_cut_at_any_width(opened, choosing, sketching, width):
    for path in (choosing, sketching, choosing.parents[1] / INDEX):
        page = opened(path, viewport={"width": width, "height": 800})
        if path.name != INDEX:
            page.locator("#show").click()
            sides = [one.bounding_box() for one in page.locator(".pair > div").all()]
            assert (sides[0]["y"] == sides[1]["y"]) == (width >= 1024)
            for plot in page.locator("svg.plot").all():
                box = plot.bounding_box()
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_choice_is_not_called_right_where_the_claim_does_not_hold(opened, tmp_path):
    check = {"check": "above", "reference": "least_squares"}
    page = opened(invented(tmp_path / "other", **CHOOSE, checks=[check]))
    page.locator("input[name=choice]").nth(1).check()
    page.locator("#reveal").click()
    assert "These runs do not bear it out." in page.locator("#outcome").inner_text()
    assert page.locator(".choice.right").count() == 0
    assert "the claim does not hold" in shown(page)
    page.reload()
    page.locator("html[data-ready]").wait_for()
    page.locator("#show").click()
    assert page.locator(".choice.right").count() == 0
