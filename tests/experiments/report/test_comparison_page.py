from __future__ import annotations

import os
import re
from dataclasses import replace
from html import unescape

import pytest

from benchmarks.synthetic import make_record, make_sweep, write_run
from experiments import report
from experiments.comparison.compare import collect
from experiments.report import payload
from experiments.report.comparison_page import TERMS
from experiments.report.payload import packing
from experiments.report.payload.citation import citation
from experiments.report.payload.columns import columns
from experiments.report.payload.first_rows import first_rows, ranking
from tests.experiments.report.conftest import NASTY
from tests.experiments.report.test_report import Page


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


def data_of(text):
    """What travels in a page."""
    return packing.unpacked(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_the_page_needs_nothing_but_what_lies_beside_it(sweep):
    said = report.compare(sweep)
    text = text_of(sweep)
    page = Page(text)
    assert page.open == []
    assert not re.search(r"(src|href)=.?(https?:)?//", text)
    for reference in set(page.refers):
        if not reference.startswith(("#", "data:")):
            assert (sweep / reference).is_file(), reference
    assert unescape(text).count(said.groups[0].sentences[0]) == 2
    lead = re.search(r'<p class="verdict">(.*?)</p>', text, re.DOTALL)[1]
    assert said.groups[0].sentences[0] in unescape(lead)
    assert "Of the 2 others 1 is as good and 1 is unclear." in lead
    assert data_of(text)["groups"][0]["sentences"] == list(said.groups[0].sentences)
    assert said.command in unescape(text)
    assert "1 failed" in text
    assert sorted(path.name for path in sweep.iterdir() if not path.is_dir()) == [
        "comparison.html",
        "results.csv",
    ]


def test_every_column_and_word_has_its_line(sweep):
    report.compare(sweep)
    text = unescape(text_of(sweep))
    for term, meaning in TERMS.items():
        assert term in text
        assert meaning in text


def test_the_page_can_be_made_again_and_what_lay_beside_it_goes(sweep):
    report.compare(sweep)
    first, table = text_of(sweep), (sweep / "results.csv").read_bytes()
    (sweep / "plotly.min.js").write_text("")
    (sweep / "comparison_data").mkdir()
    (sweep / "comparison_data" / "0.js").write_text("")
    report.compare(sweep)
    assert text_of(sweep) == first
    assert (sweep / "results.csv").read_bytes() == table
    assert not (sweep / "plotly.min.js").exists()
    assert not (sweep / "comparison_data").exists()


def test_what_is_not_ours_stays(sweep):
    (sweep / "comparison_data").mkdir()
    (sweep / "comparison_data" / "notes.txt").write_text("mine")
    report.compare(sweep)
    assert (sweep / "comparison_data" / "notes.txt").read_text() == "mine"


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
    assert data_of(text)["groups"][0]["description"] == NASTY


def test_folders_with_odd_names_are_linked(tmp_path):
    name = "a b#c?d%20'é\""
    write_run(tmp_path / name, make_record([0.2, 0.21]))
    report.compare(tmp_path)
    assert 'href="./a%20b%23c%3Fd%2520%27%C3%A9%22/report.html"' in text_of(tmp_path)


def test_the_best_runs_of_every_group_have_curves(tmp_path, monkeypatch):
    monkeypatch.setattr(payload, "RUNS", 7)
    folder = tmp_path / "many"
    make_sweep(folder, runs=30, broken=0)
    said = report.compare(folder)
    best = payload.best_first(said)
    assert sorted(best[:3]) == sorted(group.best for group in said.groups)
    rows = data_of(text_of(folder))["rows"]
    assert {n for n, row in enumerate(rows) if row["curves"]} == set(best[:7])
    assert "the best 7 of 30 ranked runs" in text_of(folder)


def test_a_run_whose_curves_cannot_be_read_has_none(sweep):
    history = sweep / "2" / "history.csv"
    before = history.stat()
    history.write_text("x" * before.st_size)
    os.utime(history, ns=(before.st_atime_ns, before.st_mtime_ns))
    said = report.compare(sweep)
    assert said.counts["done"] == 3  # its numbers are whole
    curves = [row["curves"] for row in data_of(text_of(sweep))["rows"]]
    assert curves[1] is None
    assert curves[0] is not None


def test_a_folder_without_runs_gives_a_page_that_says_so(tmp_path):
    report.compare(tmp_path)
    assert "There is no run in this folder." in text_of(tmp_path)
    (header,) = (tmp_path / "results.csv").read_text().splitlines()
    assert header.startswith("folder,state,")


def of_a_table(folder):
    """Two runs on somebody's table, whose target has units."""
    for width, level in ((1, 2.2e9), (2, 3.1e9)):
        keys = {"dataset.kind": "csv", "dataset.seed": None, "model.width": width}
        write_run(folder / str(width), make_record([level, 1.1 * level], keys))
    return collect(folder)


def test_errors_in_units_lead_and_nothing_is_a_power_of_ten(tmp_path):
    said = of_a_table(tmp_path)
    usual = [one.id for one in columns(said) if one.usual]
    assert usual.index("typical_rmse") < usual.index("r2") < usual.index("verdict")
    assert "typical" not in usual
    report.compare(tmp_path)
    text = unescape(text_of(tmp_path))
    assert "e+0" not in text[: text.index('id="data"')]
    row = data_of(text_of(tmp_path))["rows"][0]
    assert row["typical_rmse"] ** 2 == pytest.approx(row["typical"])
    (first, _) = ranking(said, 0)["rows"]
    assert first["error"] == "48,040"  # the root of the geometric mean of 2.2e9 and 2.42e9


def test_synthetic_errors_are_not_dressed_up(sweep):
    usual = [one.id for one in columns(collect(sweep)) if one.usual]
    assert usual[:4] == ["rank", "label", "typical", "verdict"]
    assert "typical_rmse" not in {one.id for one in columns(collect(sweep))}


def test_a_first_row_has_a_cell_for_each_usual_column(sweep):
    said = collect(sweep)
    first = first_rows(said)
    usual = [one for one in columns(said) if one.usual]
    assert [one["title"] for one in first["columns"]] == [one.title for one in usual]
    assert {len(row["cells"]) for row in first["rows"]} == {len(usual)}
    names = [cell.text for row in first["rows"] for cell in row["cells"] if cell.names_run]
    assert len(names) == 4
    assert names[0] == said.rows[said.groups[0].best].label
    pages = [cell.page for row in first["rows"] for cell in row["cells"] if cell.names_run]
    assert pages[-1] == ""  # the one that failed has none


def test_a_citation_names_version_and_command_as_latex_reads_them(sweep):
    said = replace(collect(sweep), command="python run.py -m a_b=50% 'x={1}'", started="2026-01-02")
    text = citation(said)
    assert text.startswith("@software{archlab,\n")
    assert re.search(r"version = \{\d+\.\d+", text)
    assert "year = {2026}" in text
    assert r"a\_b=50\% 'x=\{1\}'" in text
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")


def test_every_group_has_its_key_importance(tmp_path):
    for number, (width, depth) in enumerate((w, d) for w in (5, 50) for d in (1, 2)):
        level = 0.2 * width**0.5 * depth
        keys = {"model.width": width, "model.depth": depth}
        write_run(tmp_path / str(number), make_record([level, level * 1.01], keys))
    report.compare(tmp_path)
    (group,) = data_of(text_of(tmp_path))["groups"]
    shares = {frozenset(keys): share for keys, share in group["importance"]["shares"]}
    width, depth = frozenset({"model.width"}), frozenset({"model.depth"})
    assert set(shares) == {width, depth, width | depth}
    assert shares[width] == max(shares.values())
    assert sum(shares.values()) == pytest.approx(1)
