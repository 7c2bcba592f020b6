"""The comparison page and the run page in a real browser, used as a person would."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import matplotlib.colors
import pytest

from benchmarks.synthetic import make_record, make_sweep, write_run
from experiments import report, theme
from experiments.scoring.repeats import spread
from tests.experiments.report.browsing import until
from tests.experiments.report.conftest import RUNS


def column(page, name):
    """The texts of one column, as drawn."""
    return page.locator(f"#table tbody .c-{name}").all_inner_texts()


def test_sort(opened, invented):
    page = opened(invented / "comparison.html")
    page.locator("#sort").select_option("mean")  # a column that is shown because it is sorted by
    head = page.locator('th[data-column="mean"]')
    assert head.get_attribute("aria-sort") == "ascending"
    errors = [float(text.split(" ")[0]) for text in column(page, "mean")]
    assert errors == sorted(errors)
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert column(page, "mean")[0].startswith("9.05")
    page.keyboard.press("Enter")  # the button kept the focus
    assert head.get_attribute("aria-sort") == "ascending"
    page.locator("#sort").select_option("folder")
    assert column(page, "folder")[0] == "0000-run"  # a broken one: it is there too
    page.locator('th[data-column="rank"] button').click()
    assert column(page, "rank")[0] == "1"


def test_columns_are_chosen_and_stay_chosen(opened, invented):
    page = opened(invented / "comparison.html")
    heads = page.locator("#table thead th button")
    usual = heads.all_inner_texts()
    page.locator(".chooser summary").click()
    page.locator('#columns input[value="folder"]').check()
    page.locator('#columns input[value="model.width"]').check()
    page.locator('#columns input[value="seconds"], #columns input[value="parameters"]').uncheck()
    chosen = heads.all_inner_texts()
    assert {"folder", "width"} == set(chosen) - set(usual)
    assert {"parameters"} == set(usual) - set(chosen)
    page.reload()
    until(page, "document.documentElement.dataset.ready")
    assert heads.all_inner_texts() == chosen
    page.locator(".chooser summary").click()
    page.locator("#usual-columns").click()
    assert heads.all_inner_texts() == usual


@pytest.mark.parametrize("width", [1440, 1280, 1024, 500, 360])
def test_no_part_is_wider_than_the_screen(opened, invented, width):
    page = opened(invented / "comparison.html", viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width >= 1280 or width <= 500:
        wide = "document.querySelector('#table').closest('.wide')"
        assert page.evaluate(f"{wide}.scrollWidth <= {wide}.clientWidth")


def test_the_run_stays_where_it_is_while_the_rest_moves(opened, invented):
    page = opened(invented / "comparison.html", viewport={"width": 1024, "height": 800})
    page.locator(".chooser summary").click()
    for box in page.locator("#columns input").all():
        box.check()
    wide = page.locator(".wide:has(#table)")
    name = page.locator("#table tbody th").first
    before = name.bounding_box()["x"]
    wide.focus()
    wide.evaluate("(part) => { part.scrollLeft = 600; }")
    at = wide.bounding_box()["x"]
    assert wide.evaluate("(part) => part.scrollLeft") == 600
    assert at <= name.bounding_box()["x"] <= before
    assert page.locator("#table tbody td.c-rank").first.bounding_box()["x"] < at


def test_decimals_come_under_each_other(opened, invented):
    page = opened(invented / "comparison.html")
    points = page.evaluate(
        """() => [...document.querySelectorAll("#table tbody td.c-typical")].flatMap((cell) => {
             const [text] = cell.childNodes;
             const at = text.data.indexOf(".");
             if (at < 0) return [];
             const range = document.createRange();
             range.setStart(text, at);
             range.setEnd(text, at + 1);
             return [Math.round(range.getBoundingClientRect().x)];
           })"""
    )
    assert len(points) == 25
    assert len(set(points)) == 1


def test_a_rounded_error_gets_no_digits_that_it_does_not_have(opened, tmp_path):
    for width, error in ((1, 1453.56), (2, 6005.6), (3, 812.34)):
        write_run(tmp_path / str(width), make_record([error, error], {"model.width": width}))
    report.compare(tmp_path)
    page = opened(tmp_path / "comparison.html")
    for cells in ("table.ranking tbody td.number:nth-last-child(2)", "#table tbody .c-typical"):
        assert page.locator(cells).all_text_contents() == ["812.3", "1454", "6006"]
        room = (
            page.locator(cells)
            .last.locator(".pad")
            .evaluate(
                """one => { const { content, visibility } = getComputedStyle(one, "::after");
                 return [content, visibility, one.getBoundingClientRect().width > 0]; }"""
            )
        )
        assert room == ['".0"', "hidden", True]


def test_a_pinned_run_stands_first_and_the_others_beside_it(opened, invented):
    page = opened(invented / "comparison.html")
    third = page.locator("#table tbody tr").nth(2)
    name, errors = third.locator("th a").inner_text(), column(page, "typical")
    third.locator("button.pin").focus()
    page.keyboard.press("Enter")
    lines = page.locator("#table tbody tr")
    assert lines.first.locator("th a").inner_text() == name
    assert lines.first.locator(".beside").count() == 0
    shown = float(lines.nth(1).locator(".c-typical .beside").inner_text().removeprefix("× "))
    assert shown == pytest.approx(float(errors[0]) / float(errors[2]), rel=0.01)
    page.locator("#search").fill("no such run")
    assert lines.count() == 1  # the pinned one
    page.locator("#search").fill("")
    lines.first.locator("button.pin").click()
    assert page.locator(".beside").count() == 0


def test_the_ranking_draws_every_repeat_and_all_runs_when_asked(opened, tmp_path):
    folder = tmp_path / "many"
    make_sweep(folder, runs=96)
    report.compare(folder)
    page = opened(folder / "comparison.html")
    lines = page.locator("table.ranking:visible tbody tr")
    assert lines.count() == 25
    assert lines.first.locator(".repeats").get_attribute("d").count("M") == 5
    assert lines.first.locator(".level").count() == 3
    assert page.locator("table.ranking:visible td.bracket.end").count() == 0  # it goes on
    page.locator("#ranking-all").click()
    assert lines.count() == 32
    assert page.locator("table.ranking:visible td.bracket.start").count() == 1
    assert page.locator("table.ranking:visible td.bracket.end").count() == 1
    page.locator("#ranking-group").select_option(label="sine")
    assert lines.count() == 25
    ends = page.evaluate(
        """() => [...document.querySelectorAll("table.ranking:not([hidden]) .typical")]
             .map((one) => one.getBoundingClientRect().x)"""
    )
    visible = [x for x in ends if x > 0]
    assert visible == sorted(visible)


def test_errors_of_zero_and_diverged_repeats_have_their_place(opened, tmp_path):
    write_run(tmp_path / "a", make_record([0.0, 0.1, 0.2], {"model.width": 1}))
    write_run(tmp_path / "b", make_record([0.3, 0.4, 0.2], {"model.width": 2}))
    lost = make_record([0.3, 0.4, 0.2], {"model.width": 3})
    scores = {name: spread([0.3, math.nan, 0.2]) for name in lost.metrics.scores}
    about = replace(lost.about, diverged_at=(None, 7, None))
    lost = replace(lost, about=about, metrics=replace(lost.metrics, scores=scores))
    write_run(tmp_path / "c", lost)
    report.compare(tmp_path)
    page = opened(tmp_path / "comparison.html")
    lines = page.locator("table.ranking tbody tr")
    assert lines.count() == 3
    assert page.locator(".axis span").first.inner_text() == "0"
    first = re.findall(r"M(\d+) 13h0", lines.first.locator(".repeats").get_attribute("d"))
    assert min(map(int, first)) < 20
    assert len(first) == 3
    assert "repeat 1 diverged" in lines.last.inner_text()
    assert lines.last.locator(".repeats").get_attribute("d").count("M") == 2
    assert lines.last.locator(".typical").count() == 0


def test_an_enormous_error_stands_at_the_edge_and_leaves_the_others_their_room(opened, tmp_path):
    for width, values in enumerate(([0.2, 0.3], [0.4, 0.5], [0.5, 1e12], [2e12, 3e12])):
        write_run(tmp_path / f"{width}", make_record(values, {"model.width": width + 1}))
    report.compare(tmp_path)
    page = opened(tmp_path / "comparison.html")
    lines = page.locator("table.ranking tbody tr")
    assert page.locator("table.ranking .axis span").last.inner_text() == "> 6"
    places = [
        [int(x) for x in re.findall(r"M(\d+) 13h0", one.get_attribute("d") or "")]
        for one in lines.locator(".repeats").all()
    ]
    assert list(map(len, places)) == [2, 2, 1, 0]
    assert places[1][1] - places[0][0] > 300, "they have room"
    assert [one.locator(".beyond").count() for one in lines.all()] == [0, 0, 1, 1]
    assert [one.locator(".typical").count() for one in lines.all()] == [1, 1, 0, 0]
    for chart in ("key-chart", "cost-chart"):
        assert "2 at the upper edge: more than 10 times" in page.locator(f"#{chart}").inner_text()


def test_dataset_selectors_follow_the_table_s_filter(opened, invented):
    page = opened(invented / "comparison.html")

    def shown():
        heads = "table.ranking:visible", "#ranking-group", "#chart-group"
        ranking = page.locator(heads[0]).get_attribute("data-ranking")
        return [ranking, *(page.locator(one).input_value() for one in heads[1:])]

    sine = page.locator("#chart-group option", has_text="sine").first.get_attribute("value")
    assert shown() == ["0"] * 3 != [sine] * 3
    chosen = page.locator("#filters select").first
    chosen.select_option(label="sine")
    assert shown() == [sine] * 3
    assert page.locator("#key-chart .dot").count() > 0
    chosen.select_option(index=0)
    assert shown() == ["0"] * 3


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
    until(page, "document.documentElement.dataset.ready")
    assert page.locator("#differences thead a").all_inner_texts() == names


def test_charts_follow_the_filter_and_a_key_can_be_chosen(opened, invented):
    page = opened(invented / "comparison.html")
    dots = page.locator("#key-chart svg.plot .dot")
    assert dots.count() == 16
    page.locator("#chart-key").select_option("model.depth")
    assert "depth" in page.locator("#key-chart .title").all_text_contents()
    assert page.locator("#importance tbody tr").count() >= 4
    page.locator('select[name="model.activation"]').select_option("relu")
    few = dots.count()
    assert 0 < few < 16
    assert page.locator("#cost-chart svg.plot .dot").count() == few
    page.locator("#cost").select_option("training_seconds")
    assert "seconds" in page.locator("#cost-chart .title").all_text_contents()[0]
    assert "On the Pareto line" in page.locator("#cost-words").inner_text()
    assert "include compiling" in page.locator("#cost-words").inner_text()
    chosen = page.locator("#key-chart .dot.chosen")
    before = chosen.count()
    dots.first.click()
    assert abs(chosen.count() - before) == 1


def test_the_lines_join_medians_not_the_best(opened, tmp_path):
    for number, (width, error) in enumerate([(1, 0.1), (1, 0.4), (1, 0.5), (2, 0.4)]):
        keys = {"model.width": width, "training.seed": number}
        write_run(tmp_path / str(number), make_record([error, error * 1.01], keys))
    report.compare(tmp_path)
    page = opened(tmp_path / "comparison.html")
    page.locator("#chart-line").select_option("")
    line = page.locator("#key-chart .line").get_attribute("d")
    heights = re.findall(r"[ML]\S+ (\S+?)(?=L|$)", line)
    dots = page.locator("#key-chart svg.plot .dot")
    middle = float(dots.nth(1).get_attribute("cy"))  # by rank: 0.1, 0.4, 0.4, 0.5
    assert [float(height) for height in heights] == pytest.approx([middle, middle], abs=0.2)


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
