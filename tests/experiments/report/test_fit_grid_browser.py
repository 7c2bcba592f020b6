"""The fit grid in a real browser: what its cells show, where they lead, how wide it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from benchmarks.synthetic import make_record, write_run
from experiments import report
from experiments.report.run_page import render
from tests.experiments.report.test_explorer_browser import named


def grid(page):
    """The grid, drawn: nobody waits for it before it comes into sight."""
    page.locator("#fit-grid").scroll_into_view_if_needed()
    page.wait_for_selector("#grid-facets table")
    return page.locator("#grid-facets")


def test_a_cell_opens_the_explorer(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    cells = grid(page)
    assert cells.locator("caption").all_inner_texts() == ["activation relu", "activation tanh"]
    assert cells.locator("tbody td").count() == 12
    assert cells.locator("button").count() == 11
    cell = cells.get_by_role("button", name="depth 2, width 20, activation tanh")
    assert "times the Bayes-optimal prediction" in cell.get_attribute("aria-label")
    cell.focus()
    page.keyboard.press("Enter")
    assert named(page) == "20 tanh ×2"
    assert cells.locator("[aria-current]").get_attribute("aria-label") == cell.get_attribute(
        "aria-label"
    )
    box = page.locator("#explorer").bounding_box()
    assert box is not None
    assert abs(box["y"]) < 900


def test_arrow_keys_go_from_cell_to_cell_and_pass_over_what_was_not_run(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    first = grid(page).get_by_role("button", name="depth 1, width 5, activation tanh")
    first.focus()

    def where():
        return page.evaluate("document.activeElement.getAttribute('aria-label').split(':')[0]")

    page.keyboard.press("ArrowRight")
    assert where() == "depth 1, width 20, activation tanh"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # depth 3, width 20 was not run: nothing there
    assert where() == "depth 2, width 20, activation tanh"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert where() == "depth 2, width 5, activation tanh"


def test_the_same_grid_as_learning_curves_and_as_heat_map(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    cells = grid(page)
    curve = cells.locator("button .shown").first.get_attribute("d")
    page.locator("#grid-views").get_by_role("radio", name="learning curves").check(force=True)
    assert cells.locator("button .shown").count() == 0
    assert cells.locator("button svg path").first.get_attribute("d") != curve
    page.locator("#grid-views").get_by_role("radio", name="heat map").check(force=True)
    assert cells.locator("button svg").count() == 0
    assert cells.locator("button").first.inner_text() == "1.42"  # 0.2 over 0.14, about
    again = opened(grid_sweep / report.COMPARISON, "#" + page.url.partition("#")[2])
    assert grid(again).locator("button").first.inner_text() == "1.42"


def test_keys_that_a_cell_takes_together_are_named(opened, grid_sweep):
    page = opened(grid_sweep / report.COMPARISON)
    grid(page)
    assert "takes together" not in page.locator("#grid-caption").inner_text()
    page.locator("#grid-facet").select_option("")
    assert "that differ in activation" in page.locator("#grid-caption").inner_text()
    assert page.locator("#grid-facets table").count() == 1
    assert "2 runs" in page.locator("#grid-facets button").first.get_attribute("aria-label")
    page.locator("#grid-columns").select_option("model.activation")
    assert "that differ in width" in page.locator("#grid-caption").inner_text()


@pytest.mark.parametrize("width", [1440, 1024, 500, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_and_axe_finds_nothing(opened, grid_sweep, width, scheme):
    page = opened(
        grid_sweep / report.COMPARISON,
        "#g.view=heat",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    grid(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in page.locator("#fit-grid :is(table, button, fieldset, select, p)").all():
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 0.5
    found = Axe().run(page, context="#fit-grid").response["violations"]
    assert [one["id"] for one in found] == [], found


LONG = "深" * 2_000 + "x" * 3_000


@pytest.fixture(scope="module")
def long_names(tmp_path_factory):
    """A comparison and a run whose values, keys, labels and target are long words."""
    folder = tmp_path_factory.mktemp("long") / "sweep"
    keys = ("model.activation", "dataset.kind", f"model.{LONG}")
    for number, key in enumerate(keys):
        record = make_record([0.5, 0.6], {key: LONG})
        data = {**record.about.data, "target": LONG, "description": LONG}
        record = replace(record, about=replace(record.about, data=data, command=LONG))
        write_run(folder / str(number), record)
    report.compare(folder)
    (folder / "run.html").write_text(render(record, {}, has_diagram=False))
    return folder


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("page", [report.COMPARISON, "run.html"])
def test_a_long_word_makes_no_page_wide(browser, long_names, page, width):
    opened = browser.new_page(viewport={"width": width, "height": 900})
    opened.goto((long_names / page).as_uri())
    opened.locator("h1").wait_for()
    if page == report.COMPARISON:
        grid(opened)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.close()
