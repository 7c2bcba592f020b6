"""The page of a run in Chromium: slider, widths, dark mode, print, no script, accessibility."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic import make_record
from experiments import theme
from experiments.plots.pictures import by_name
from experiments.record import Grid
from experiments.report.drawings import Drawings, growth, losses, repeats, surface
from experiments.report.html import PagePicture
from experiments.report.run_page import BesideLink, render
from tests.experiments.report.browsing import until

KINDS = ("curve", "surface", "rows", "dots", "diverged")
WIDTHS = (1440, 1024, 500, 360)
SCROLLING = """(selector) => [...document.querySelectorAll(selector)]
  .filter((part) => part.scrollWidth > part.clientWidth + 1).length"""


def record_of(kind):
    """A record whose fit is drawn in this way."""
    record = make_record([0.3, 0.2, 0.25])
    if kind == "dots":
        return replace(record, grid=None)
    if kind == "diverged":
        return replace(record, about=replace(record.about, diverged_at=(9, None, None)))
    if kind == "curve":
        return record
    rng = np.random.default_rng(0)
    names = ["x0", "x1", "x2"] if kind == "rows" else ["x0", "x1"]
    columns = {name: rng.normal(size=len(record.predictions)) for name in names}
    first, second = np.meshgrid(*[np.linspace(-3, 3, 120)] * 2, indexing="ij")
    x_GxF = np.stack([first.ravel(), second.ravel()], axis=1)
    prediction_RxG = np.stack([x_GxF.sum(axis=1)] * 3).astype(np.float32)
    about = replace(record.about, data={**record.about.data, "features": names})
    table = record.predictions.assign(**columns)
    return replace(record, about=about, predictions=table, grid=Grid(x_GxF, prediction_RxG))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page of every kind, by kind."""
    folder, made = tmp_path_factory.mktemp("pages"), {}
    for kind in KINDS:
        record = record_of(kind)
        drawn = Drawings(
            growth=growth.growing(record),
            surface=surface.surface_drawing(record),
            losses=losses.loss_chart(record),
            repeats=repeats.repeat_dots(record),
        )
        shown = {
            name: PagePicture(f"{name}.png", "", picture.caption(record))
            for name, picture in by_name().items()
        }
        made[kind] = folder / f"{kind}.html"
        made[kind].write_text(render(record, shown, False, drawn, BesideLink("../comparison.html")))
    return made


@pytest.fixture
def opened(browser):
    """opened(path, ...) -> the page; a message of the browser's is a failure."""
    contexts, said = [], []

    def open_page(path, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_slider_moves_prediction_and_residuals_and_comes_back(opened, pages, kind):
    page = opened(pages[kind])
    moved = "g > path.prediction:not(.beyond)"
    if kind in ("rows", "surface"):
        moved = "g:not(.residuals) > path.training"
    curve = page.locator(f"#growth svg[role] {moved}")
    said, slider = page.locator("#growth output"), page.locator("#growth input")
    first = curve.get_attribute("d")
    lost = ": no finite prediction" * (kind == "diverged")
    assert said.inner_text() == f"epoch 50{lost}"
    slider.focus()
    page.keyboard.press("Home")
    assert said.inner_text() == "epoch 0"
    assert slider.get_attribute("aria-valuetext") == "epoch 0"
    assert curve.get_attribute("d") not in ("", first)
    page.keyboard.press("ArrowRight")
    assert said.inner_text() == "epoch 1"
    page.keyboard.press("End")
    assert curve.get_attribute("d") == first
    assert said.inner_text() == f"epoch 50{lost}"
    if kind != "diverged":
        residual = page.locator("#growth .residuals path.training")
        last = residual.get_attribute("d")
        page.keyboard.press("Home")
        assert residual.get_attribute("d") != last
    page.locator("#growth button").click()
    until(page, "document.querySelector('#growth input').value !== '0'")


def test_the_last_frame_of_the_slider_is_what_the_page_came_with(opened, pages):
    """The frame before the end is close to it; the residuals between points of the curve too."""
    page = opened(pages["curve"])
    residual = page.locator("#growth .residuals path.training")
    exact = places(residual.get_attribute("d"))
    page.locator("#growth input").focus()
    page.keyboard.press("ArrowLeft")
    near = places(residual.get_attribute("d"))
    assert near.shape == exact.shape
    np.testing.assert_allclose(near[:, 0], exact[:, 0], atol=0.1)
    record = record_of("curve")
    share = record.snapshot_epochs[-2] / record.snapshot_epochs[-1]
    shown = growth.growing(record)
    table = record.predictions[record.predictions["split"] == "train"]
    wanted = shown.strip.up((table["y"] - share * table["prediction"]).to_numpy())
    np.testing.assert_allclose(near[:, 1], wanted, atol=0.7)


def places(path):
    return np.array([part.split("h")[0].split() for part in path.split("M")[1:]], dtype=float)


def test_who_wants_less_motion_sees_a_state_a_second(opened, pages):
    page = opened(pages["curve"], reduced_motion="reduce")
    page.locator("#growth button").click()
    page.wait_for_timeout(500)
    assert page.locator("#growth input").input_value() == "0"
    until(page, "document.querySelector('#growth input').value === '1'")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_part_is_cut_at_any_width_and_nothing_jumps(opened, pages, kind, width):
    page = opened(pages[kind], viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SCROLLING, ".wide:has(.results)") == 0
    unsized = "svg:not([width][height]), img:not([width][height])"
    assert page.locator(unsized).count() == 0
    out = """() => [...document.querySelectorAll('svg[role] text')].filter((text) => {
      const [box, all] = [text, text.ownerSVGElement].map((e) => e.getBoundingClientRect());
      return box.left < all.left - 1 || box.right > all.right + 1 || box.top < all.top - 1
        || box.bottom > all.bottom + 1;
    }).map((text) => text.textContent)"""
    assert page.evaluate(out) == []


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(opened, pages, kind, mode):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(pages[kind], color_scheme=mode)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_role_has_its_colour_in_every_drawing(opened, pages, mode):
    page = opened(pages["curve"], color_scheme=mode)
    for role, selector in (
        ("prediction", "#growth g > path.prediction:not(.beyond)"),
        ("prediction", "#growth g > path.other:not(.beyond)"),
        ("bayes", "#growth g > path.bayes:not(.beyond)"),
        ("validation", "#growth .residuals path.validation"),
        ("validation", "path.loss.validation:not(.other)"),
        ("training", "path.loss.other.training"),
    ):
        pigment = getattr(theme.PIGMENTS[theme.ROLES[role].pigment], mode)
        wanted = tuple(int(pigment[i : i + 2], 16) for i in (1, 3, 5))
        drawn = page.locator(selector).first.evaluate("e => getComputedStyle(e).stroke")
        assert drawn == f"rgb{wanted}", selector


def test_without_script_the_last_epoch_stands_and_no_slider(opened, pages):
    page = opened(pages["curve"], java_script_enabled=False)
    assert page.locator("#growth .slider").is_hidden()
    shown = growth.growing(record_of("curve"))
    curve = page.locator("#growth svg[role] g > path.prediction:not(.beyond)")
    assert curve.get_attribute("d") == shown.final.inside
    assert page.get_by_text("all runs of this sweep").get_attribute("href") == "../comparison.html"


def test_on_paper_nothing_scrolls_and_no_tool_is_left(opened, pages):
    page = opened(pages["curve"], viewport={"width": 700, "height": 900})
    page.emulate_media(media="print")
    assert page.locator("#growth .slider").is_hidden()
    assert page.evaluate(SCROLLING, ".wide, pre") == 0
