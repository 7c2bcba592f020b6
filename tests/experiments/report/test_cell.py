"""What a notebook's cell shows of a sweep and of a run."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from benchmarks.synthetic import make_record, write_run
from experiments import theme
from experiments.comparison.compare import collect
from experiments.report import cell
from experiments.report.cell.ranking import MARKED, RANKED_ROWS, ranked_group
from experiments.report.scoreboard.verdicts import ranked
from experiments.storage import run_folder
from tests.experiments.records import make_record as fitted_record

HOSTILE = '<script>alert("x")</script>&\'</style>'


class Tags(HTMLParser):
    """Every element, and whether all are closed in order."""

    def __init__(self):
        super().__init__()
        self.seen, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags_of(html):
    found = Tags()
    found.feed(html)
    found.close()
    assert found.open == []
    return found.seen


@pytest.fixture
def sweep(tmp_path):
    """Twenty runs of one group, the best one first."""
    for width in range(1, 21):
        levels = [0.1 * width * factor for factor in (0.99, 1.0, 1.01)]
        write_run(tmp_path / f"{width:02}", make_record(levels, {"model.width": width}))
    comparison = collect(tmp_path)
    return comparison, lambda row: run_folder.read(tmp_path / row.folder)


def test_a_sweep_is_its_verdict_its_ranks_and_some_fits(sweep):
    comparison, read = sweep
    html = cell.sweep_html(comparison, read)
    tags = tags_of(html)
    assert [tag for tag, _ in tags].count("tr") == RANKED_ROWS + 1
    assert "8 more in .table" in html
    fits = [attrs["aria-label"] for _, attrs in tags if attrs.get("width") == "250"]
    assert len(fits) == cell.MOST_PANELS
    assert len(html) < 100_000


def test_dots_are_in_the_order_of_their_errors_and_inside(sweep):
    comparison, _ = sweep
    group = ranked_group(comparison.groups[0], ranked(comparison, 0))
    dots = [row.dot for row in group.rows]
    assert dots == sorted(dots)
    assert all(0 <= row.low <= row.dot <= row.high <= 260 for row in group.rows)
    assert group.more == 8
    assert [row.rank for row in group.rows] == list(range(1, 13))


def test_an_enormous_error_leaves_the_others_their_room(sweep):
    comparison, read = sweep
    near = ranked_group(comparison.groups[0], ranked(comparison, 0)[:4])
    assert (near.far, [row.far for row in near.rows]) == ("", [False] * 4)
    rows = ranked(comparison, 0)[:4]
    rows = [*rows[:-1], replace(rows[-1], typical=1e30, ci95=(1e29, 1e31))]
    group = ranked_group(comparison.groups[0], rows)
    assert [row.far for row in group.rows] == [False, False, False, True]
    assert group.far == "1 at the right edge: more than 10 times the worst reference"
    assert group.rows[2].dot - group.rows[0].dot > 10
    assert group.rows[2].dot < group.rows[3].low == group.rows[3].dot == group.rows[3].high < 260
    html = cell.sweep_html(replace(comparison, rows=tuple(rows)), read)
    assert [attrs.get("class") for _, attrs in tags_of(html)].count("far") == 2


def test_nothing_of_a_name_is_markup(sweep):
    comparison, read = sweep
    rows = tuple(replace(row, label=HOSTILE, reason=HOSTILE) for row in comparison.rows)
    rows = (*rows[:-1], replace(rows[-1], state="failed", rank=None))
    groups = tuple(replace(one, name=HOSTILE, target=HOSTILE) for one in comparison.groups)

    def hostile(row):
        record = read(row)
        about = replace(record.about, label=HOSTILE, data={**record.about.data, "target": HOSTILE})
        return replace(record, about=about)

    html = cell.sweep_html(replace(comparison, rows=rows, groups=groups), hostile)
    names = {tag for tag, _ in tags_of(html)}
    assert "script" not in names
    assert HOSTILE not in html
    assert html.count("</style>") == 1
    assert "failed: " in html


def test_it_loads_nothing_and_runs_nothing(sweep, configured):
    record, _ = fitted_record(configured("training.epochs=7"))
    for html in (cell.sweep_html(*sweep), cell.run_html(record, "well")):
        for tag, attrs in tags_of(html):
            assert tag not in ("script", "link", "img", "iframe")
            assert not {"src", "href", "onload", "onclick", "id"} & attrs.keys()
        assert "url(" not in html
        assert "@import" not in html


def test_its_style_reaches_nothing_else(sweep):
    style = re.search(r"<style>(.*?)</style>", cell.sweep_html(*sweep), re.DOTALL)[1]
    plain = re.sub(r"@media[^{]*\{(.*?\})\s*\}", r"\1", style)
    selectors = [one.strip() for one in re.findall(r"([^{}]+)\{[^{}]*\}", plain)]
    assert len(selectors) > 20
    for selector in selectors:
        assert all(".archlab" in part for part in selector.split(",")), selector
    used = set(re.findall(r"var\(--([\w-]+)", cell.sweep_html(*sweep)))
    known = set(re.findall(r"--([\w-]+):", theme.css_within(".archlab")))
    assert used <= known
    for reference in MARKED:
        role = reference.replace("_", "-")
        assert f".archlab .{role} {{ stroke: var(--{role}); " in style


def test_light_and_dark_are_those_of_the_notebook():
    css = theme.css_within(".archlab")
    for notebook in (*theme.LIGHT_NOTEBOOKS, *theme.DARK_NOTEBOOKS):
        assert f"{notebook} .archlab {{" in css
    light, dark = theme.PIGMENTS["black"]
    assert css.count(f"--ink: {light};") == 1 + len(theme.LIGHT_NOTEBOOKS)
    assert css.count(f"--ink: {dark};") == 1 + len(theme.DARK_NOTEBOOKS)


def test_a_run_is_its_verdict_its_fit_and_its_errors(configured):
    record, _ = fitted_record(configured("training.epochs=7"))
    html = cell.run_html(record, "a verdict")
    assert "a verdict" in html
    assert html.count('class="curve"') >= 1
    assert "least squares" in html
    assert "mean squared error" in html
    prices, _ = fitted_record(configured("dataset=house_prices", "training.repeats=2"))
    assert "root mean squared error" in cell.run_html(prices, "")


@pytest.mark.parametrize("words", [["dataset=house_prices"], ["dataset=linear", "model=pinv"]])
def test_other_fits_are_drawn_too(configured, words):
    record, _ = fitted_record(configured(*words, "training.repeats=2", "training.epochs=2"))
    drawn = cell.small_fit(record)
    assert all(points.startswith("M") for _, points in drawn.sides)
    assert bool(drawn.equal) == (words[0] == "dataset=house_prices")
    assert bool(drawn.prediction) != bool(drawn.equal)


def test_a_diverged_run_has_rows_and_no_curve(configured):
    config = configured("training.epochs=3", "training.repeats=1")
    record, _ = fitted_record(config, diverged_at=2)
    assert record.state == "diverged"
    drawn = cell.small_fit(record)
    assert drawn.sides
    assert "nan" not in "".join([drawn.prediction, drawn.others, *(p for _, p in drawn.sides)])
    assert np.isfinite([place for place, _ in (*drawn.x_ticks, *drawn.y_ticks)]).all()
