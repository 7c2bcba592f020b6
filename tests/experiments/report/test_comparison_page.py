from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from benchmarks.synthetic import make_record, make_sweep, write_run
from experiments import report
from experiments.report import chart_data
from experiments.report.comparison_page import TERMS
from tests.experiments.report.test_report import Page

NASTY = """</script><script>window.hacked=1</script><img src=x onerror="hacked=1">&amp;'\u2028"""


@pytest.fixture
def sweep(tmp_path):
    folder = tmp_path / "widths"
    for width, level in ((1, 0.4), (2, 0.2), (3, 0.21)):
        values = [level * share for share in (1, 1.02, 0.97, 1.01, 1)]
        write_run(folder / f"{width}", make_record(values, {"model.width": width}))
    write_run(folder / "4", make_record([0.2], {"model.width": 4}), "failed")
    return folder


def text_of(folder):
    return (folder / "comparison.html").read_text(encoding="utf-8")


def test_the_page_needs_nothing_but_what_lies_beside_it(sweep):
    said = report.compare(sweep)
    text = text_of(sweep)
    page = Page(text)
    assert page.open == []
    assert not re.search(r"(src|href)=.?(https?:)?//", text)
    for reference in set(page.refers):
        if not reference.startswith(("#", "data:")):
            assert (sweep / reference).is_file(), reference
    assert unescape(text).count(said.groups[0].sentences[0]) == 2  # on the page and in its data
    assert said.command in unescape(text)
    assert "1 failed" in text
    assert sorted(path.name for path in sweep.iterdir() if not path.is_dir()) == [
        "comparison.html",
        "plotly.min.js",
        "results.csv",
    ]


def test_every_column_and_word_has_its_line(sweep):
    report.compare(sweep)
    text = unescape(text_of(sweep))
    for term, meaning in TERMS.items():
        assert term in text
        assert meaning in text


def test_the_page_can_be_made_again_and_plotly_is_copied_once(sweep):
    report.compare(sweep)
    first, plotly = text_of(sweep), (sweep / "plotly.min.js").stat()
    table = (sweep / "results.csv").read_bytes()
    report.compare(sweep)
    assert text_of(sweep) == first
    assert (sweep / "results.csv").read_bytes() == table
    assert (sweep / "plotly.min.js").stat().st_mtime_ns == plotly.st_mtime_ns


def test_text_from_configs_and_data_is_escaped(tmp_path):
    record = make_record([0.2, 0.21], {"model.activation": NASTY})
    data = {**record.about.data, "description": NASTY, "target": NASTY}
    about = replace(record.about, label=f"sine: {NASTY}", data=data, command=NASTY)
    write_run(tmp_path / "a", replace(record, about=about))
    failed = replace(record, about=replace(about, error=NASTY))
    write_run(tmp_path / "b", failed, "failed")
    (tmp_path / "b" / "run.log").write_text(NASTY)
    report.compare(tmp_path)
    text = text_of(tmp_path)
    assert "<script>window" not in text
    assert "<img src" not in text
    assert "</script><script>" not in text.replace("</script>\n<script>", "")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    assert data["groups"][0]["description"] == NASTY
    for path in (tmp_path / "comparison_data").iterdir():
        assert not re.search("[<>&\u2028]", path.read_text(encoding="utf-8"))


def test_folders_with_odd_names_are_linked(tmp_path):
    name = "a b#c?d%20'é\""
    write_run(tmp_path / name, make_record([0.2, 0.21]))
    report.compare(tmp_path)
    assert 'href="./a%20b%23c%3Fd%2520%27%C3%A9%22/report.html"' in text_of(tmp_path)


def test_the_best_runs_of_every_group_have_curves_and_old_ones_go(tmp_path, monkeypatch):
    monkeypatch.setattr(chart_data, "RUNS", 7)
    folder = tmp_path / "many"
    make_sweep(folder, runs=30, broken=0)
    said = report.compare(folder)
    best = chart_data.best_first(said)
    assert sorted(best[:3]) == sorted(group.best for group in said.groups)
    names = {path.name for path in (folder / "comparison_data").iterdir()}
    assert names == {f"{n}.js" for n in best[:7]} | {f"group-{n}.js" for n in range(3)}
    assert "for the best 7 of 30 ranked runs" in text_of(folder)
    monkeypatch.setattr(chart_data, "RUNS", 1)
    report.compare(folder)
    assert len(list((folder / "comparison_data").iterdir())) == 2


def test_curves_are_bounded_and_keep_first_and_last():
    record = make_record([0.2, 0.3])
    run = {**chart_data.growth(record), **chart_data.curves(record)}
    assert run["epochs"] == record.snapshot_epochs.tolist()
    assert run["lossEpochs"][0] == 1
    assert run["lossEpochs"][-1] == 50
    assert run["loss"][-1] == pytest.approx(0.252, rel=0.01)
    points = chart_data.points(record)
    assert points["x"] == sorted(points["x"])
    assert len(run["fits"][0]) == len(points["x"]) == 120
    assert points["curve"]
    assert chart_data.spread_out(1000, 5).tolist() == [0, 250, 500, 749, 999]


def test_a_run_whose_curves_cannot_be_read_has_none(sweep):
    (sweep / "2" / "history.csv").write_text("x" * (sweep / "2" / "history.csv").stat().st_size)
    said = report.compare(sweep)
    assert said.counts["done"] == 3  # its numbers are whole
    assert not (sweep / "comparison_data" / "1.js").exists()
    assert (sweep / "comparison_data" / "0.js").exists()


def test_a_folder_without_runs_gives_a_page_that_says_so(tmp_path):
    report.compare(tmp_path)
    assert "There is no run in this folder." in text_of(tmp_path)
    (header,) = (tmp_path / "results.csv").read_text().splitlines()
    assert header.startswith("folder,state,")
