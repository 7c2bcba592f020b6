"""The comparison page and the run page in a real browser, used as a person would."""

from __future__ import annotations

import matplotlib.colors

from benchmarks.synthetic import make_record
from experiments import theme
from experiments.report import growth
from experiments.report.run_page import render
from tests.experiments.report.conftest import RUNS


def column(page, name):
    """The texts of one column, as drawn."""
    return page.locator(f"#table tbody td.c-{name}").all_inner_texts()


def test_sort(opened, invented):
    page = opened(invented / "comparison.html")
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


def test_filter_search_and_pages(opened, invented):
    page = opened(invented / "comparison.html")
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


def test_select_two_runs(opened, invented):
    page = opened(invented / "comparison.html")
    page.locator("#select-none").click()
    boxes = page.locator("#table tbody input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    assert page.locator("#selected-count").inner_text() == "2 selected"
    assert page.locator("#differences thead a").count() == 2
    names = page.locator("#differences thead a").all_inner_texts()
    page.reload()  # the address holds what was chosen
    page.wait_for_function("document.documentElement.dataset.ready")
    assert page.locator("#differences thead a").all_inner_texts() == names


def test_the_chart_follows_the_filter_and_a_key_can_be_chosen(opened, invented):
    page = opened(invented / "comparison.html")
    dots = page.locator("#key-chart circle")
    assert dots.count() == 16
    page.locator("#chart-key").select_option("model.depth")
    assert "depth" in page.locator("#key-chart .title").all_text_contents()
    page.locator('select[name="model.activation"]').select_option("relu")
    assert 0 < dots.count() < 16


def test_text_stays_text(opened, invented):
    page = opened(invented / "comparison.html")
    page.locator("#search").fill("onerror")
    assert column(page, "label")[0].startswith("</script><script>window.hacked=1")
    page.locator("#table tbody input").check()
    assert page.locator("#selected img[src=x]").count() == 0


def test_it_can_be_read_on_a_phone_and_in_the_dark(opened, invented):
    page = opened(
        invented / "comparison.html", viewport={"width": 360, "height": 740}, color_scheme="dark"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    surface = matplotlib.colors.to_rgb(theme.PIGMENTS[theme.ROLES["surface"].pigment].dark)
    shown = f"rgb({', '.join(str(round(255 * part)) for part in surface)})"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == shown
    page.locator("#sort").select_option("mean")
    assert page.locator("#table tbody tr").first.locator(".c-mean").is_visible()


def test_the_slider_of_a_run_page(opened, tmp_path):
    record = make_record([0.2, 0.3])
    shown = growth.growing(record)
    path = tmp_path / "report.html"
    path.write_text(render(record, {}, has_diagram=False, growth=shown), encoding="utf-8")
    page = opened(path)
    curve, said = page.locator("#growth g .prediction"), page.locator("#growth output")
    assert (curve.get_attribute("d"), said.inner_text()) == (shown.last, "epoch 50")
    page.locator("#growth input").focus()
    page.keyboard.press("Home")
    assert said.inner_text() == "epoch 0"
    assert curve.get_attribute("d") != shown.last
    page.keyboard.press("End")
    assert curve.get_attribute("d") == shown.last
    page.locator("#growth button").click()
    page.wait_for_function("document.querySelector('#growth input').value !== '0'")
