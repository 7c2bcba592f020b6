"""The comparison page and the run page in a real browser, used as a person would."""

from __future__ import annotations

import shutil
from dataclasses import replace

import matplotlib.colors
import pytest

from benchmarks.synthetic import make_record, make_sweep, write_run
from experiments import report, theme
from tests.experiments.report.test_comparison_page import NASTY

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
RUNS = 48


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep") / "widths"
    make_sweep(folder, runs=RUNS, broken=4)
    nasty = make_record([9.0, 9.1], {"model.activation": NASTY})
    nasty = replace(nasty, about=replace(nasty.about, label=f"sine: {NASTY}", command=NASTY))
    write_run(folder / "9999-<b>&amp;", nasty)
    report.compare(folder)
    return folder


@pytest.fixture
def opened(browser):
    """Open a file; at the end nothing may have left the disk or complained on the console."""
    troubles, pages = [], []

    def go(path, charts=True, **settings):
        page = browser.new_page(**settings)
        if not charts:  # they take a second or two to come up
            page.route("**/plotly.min.js", lambda route: route.fulfill(body=""))
        page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda r: local(r) or troubles.append(r.url))
        page.goto(path.as_uri())
        pages.append(page)
        return page

    def local(request):
        return request.url.startswith(("file://", "data:", "blob:"))

    yield go
    assert troubles == []
    for page in pages:
        assert page.evaluate("window.hacked") is None
        page.close()


def column(page, name):
    """The texts of one column, as drawn."""
    return page.locator(f"#table tbody td.c-{name}").all_inner_texts()


def test_sort(opened, sweep):
    page = opened(sweep / "comparison.html", charts=False)
    head = page.locator('th[data-column="mean"]')
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    errors = [float(text.split(" ")[0]) for text in column(page, "mean")]
    assert errors == sorted(errors)
    page.keyboard.press("Enter")  # the button has the focus: the keyboard sorts too
    assert head.get_attribute("aria-sort") == "descending"
    assert column(page, "mean")[0].startswith("9.05")
    page.locator("#sort").select_option("folder")
    assert column(page, "folder")[0] == "0000-run"  # a broken one: it is there too
    page.locator('th[data-column="rank"] button').click()
    assert column(page, "rank")[0] == "1"


def test_filter_search_and_pages(opened, sweep):
    page = opened(sweep / "comparison.html", charts=False)
    found, place = page.locator("#found"), page.locator("#place")
    assert found.inner_text() == f"{RUNS + 1} of {RUNS + 1} runs"
    assert place.inner_text() == "page 1 of 2"
    first = column(page, "folder")
    page.locator("#next").click()
    assert place.inner_text() == "page 2 of 2"
    assert not set(first) & set(column(page, "folder"))
    page.locator('select[name="group"]').select_option("cubic")
    assert set(column(page, "group")) == {"cubic"}
    page.locator('select[name="model.depth"]').select_option("2")
    few = page.locator("#table tbody tr").count()
    assert 0 < few < 16
    page.locator("#search").fill("model.width=10")
    assert page.locator("#table tbody tr").count() < few
    page.locator("#search").fill("no such run")
    assert found.inner_text() == f"0 of {RUNS + 1} runs"
    page.locator("#search").fill("broken")
    page.locator('select[name="model.depth"]').select_option("")
    page.locator('select[name="group"]').select_option("")
    assert set(column(page, "state")) == {"broken"}


def test_select_two_runs_and_move_the_slider(opened, sweep):
    page = opened(sweep / "comparison.html")
    page.locator("#select-none").click()
    assert page.locator("#overlays").is_hidden()
    boxes = page.locator("#table tbody input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    assert page.locator("#selected-count").inner_text() == "2 selected"
    assert page.locator("#differences thead a").count() == 2
    page.wait_for_function("document.querySelector('#fit-charts .chart')?.data?.length === 5")
    epoch = page.locator("#epoch")
    assert page.locator("#epoch-shown").inner_text() == "epoch 50"
    at_end = page.evaluate("document.querySelector('#fit-charts .chart').data[3].y")
    epoch.focus()
    page.keyboard.press("Home")
    assert page.locator("#epoch-shown").inner_text() == "epoch 0"
    page.wait_for_function("document.querySelector('#fit-charts .chart').data[3].y[0] === 0")
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('#fit-charts .chart').data[3].y[0] !== 0")
    assert page.evaluate("document.querySelector('#fit-charts .chart').data[3].y") == at_end
    losses = page.evaluate("document.querySelector('#loss-charts .chart').data.map(t => t.name)")
    assert "Bayes-optimal 0.14" in losses


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_reference_looks_the_same_in_every_chart(opened, sweep, mode):
    page = opened(sweep / "comparison.html", color_scheme=mode)
    page.wait_for_function("document.querySelector('#fit-charts .chart')?.data?.length === 5")
    page.wait_for_function("document.querySelector('#key-chart').data?.length > 3")
    found = page.evaluate(
        """() => [...document.querySelectorAll(".chart")].flatMap((chart) =>
             (chart.data ?? []).filter((trace) => trace.name?.startsWith("Bayes-optimal"))
               .map((trace) => `${trace.line.color} ${trace.line.dash}`))"""
    )
    role = theme.ROLES["bayes"]
    color = getattr(theme.PIGMENTS[role.pigment], mode)
    assert len(found) == 3
    assert set(found) == {f"{color} {','.join(f'{length}px' for length in role.dashes)}"}
    shown = page.evaluate("document.querySelector('#fit-charts .chart').data[3].line.color")
    assert shown == getattr(theme.PIGMENTS[theme.SERIES[0]], mode)


def test_charts_follow_the_filter_and_a_key_can_be_chosen(opened, sweep):
    page = opened(sweep / "comparison.html")
    count = (
        "document.getElementById('key-chart').data"
        ".reduce((n, t) => n + (t.customdata ?? []).length, 0)"
    )
    page.wait_for_function(f"{count} === 16")
    page.locator("#chart-key").select_option("model.depth")
    page.wait_for_function(
        "document.getElementById('key-chart').layout.xaxis.title.text === 'model.depth'"
    )
    page.locator('select[name="model.activation"]').select_option("relu")
    page.wait_for_function(f"{count} < 16")
    page.wait_for_function(
        "document.getElementById('parallel-chart').data[0].dimensions.length > 2"
    )


def test_text_stays_text(opened, sweep):
    page = opened(sweep / "comparison.html")
    page.locator("#search").fill("onerror")
    assert column(page, "label")[0].startswith("</script><script>window.hacked=1")
    page.locator("#table tbody input").check()
    page.locator("#chart-group").select_option(label="sine")
    page.wait_for_function("document.querySelectorAll('#fit-charts .chart').length > 0")
    assert page.locator("#selected img[src=x]").count() == 0


def test_it_can_be_read_on_a_phone_and_in_the_dark(opened, sweep):
    page = opened(
        sweep / "comparison.html", viewport={"width": 360, "height": 740}, color_scheme="dark"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    surface = matplotlib.colors.to_rgb(theme.PIGMENTS[theme.ROLES["surface"].pigment].dark)
    shown = f"rgb({', '.join(str(round(255 * part)) for part in surface)})"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == shown
    page.locator("#sort").select_option("mean")
    assert page.locator("#table tbody tr").first.locator(".c-mean").is_visible()


def test_without_plotly_the_page_says_so_and_the_table_works(opened, sweep):
    page = opened(sweep / "comparison.html", charts=False)
    page.locator("#no-plotly").wait_for(state="visible")
    assert page.locator("#table tbody tr").count() == 25
    assert page.locator("#differences thead a").count() == 2
