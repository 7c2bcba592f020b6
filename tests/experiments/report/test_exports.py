"""Every exporter keeps what `exports.Exporter` promises; a new one is tested unedited."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

import pandas as pd
import pytest

from benchmarks.synthetic import make_record, write_run
from experiments import report
from experiments.comparison.compare import collect
from experiments.report import exports, results_parquet
from experiments.report.exports import results_csv


def diverged():
    record = make_record([math.nan, 0.2, 0.3], {"model.width": 9})
    return replace(record, about=replace(record.about, diverged_at=(3, None, None)))


@pytest.fixture(params=["empty", "whole", "troubled", "nothing done"])
def sweep(request, tmp_path):
    folder = tmp_path / "a sweep"
    folder.mkdir()
    if request.param in ("whole", "troubled"):
        for width, level in ((1, 0.4), (2, 0.2)):
            write_run(folder / f"{width}", make_record([level] * 3, {"model.width": width}))
    if request.param in ("troubled", "nothing done"):
        write_run(folder / "failed", make_record([0.2], {"model.width": 4}), "failed")
        write_run(folder / "diverged", diverged(), "diverged")
    return folder


@pytest.mark.parametrize("name", exports.exporter_names())
def test_an_exporter_is_a_pure_function_of_the_comparison(sweep, name):
    exporter, comparison = exports.exporters()[name], collect(sweep)
    content = exporter.content(comparison)
    assert isinstance(content, bytes)
    assert content
    assert exporter.content(collect(sweep)) == content


def test_a_comparison_writes_every_export_and_links_it(sweep):
    comparison = report.compare(sweep)
    page = (sweep / report.COMPARISON).read_text()
    for exporter in exports.exporters().values():
        assert (sweep / exporter.FILE).read_bytes() == exporter.content(comparison)
        assert f'href="{exporter.FILE}"' in page
    assert set(exports.export_files()) < set(report.PARTS)


def test_no_two_exporters_write_one_file():
    files = exports.export_files()
    assert len(set(files)) == len(files) > 0


def test_a_file_in_the_folder_is_an_exporter(tmp_path, monkeypatch):
    (tmp_path / "names_txt.py").write_text(
        'FILE = "names.txt"\n\n\n'
        "def content(comparison):\n"
        '    return "".join(f"{row.label}\\n" for row in comparison.rows).encode()\n'
    )
    monkeypatch.setattr(exports, "__path__", [*exports.__path__, str(tmp_path)])
    assert exports.exporter_names() == ("names_txt", "results_csv")
    folder = tmp_path / "sweep"
    write_run(folder / "1", make_record([0.2, 0.3]))
    comparison = report.compare(folder)
    assert (folder / "names.txt").read_text() == f"{comparison.rows[0].label}\n"
    assert 'href="names.txt"' in (folder / report.COMPARISON).read_text()


def many_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(results_parquet, "ROWS_AS_TEXT", 2)
    for width in (1, 2, 3):
        write_run(tmp_path / f"{width}", make_record([0.1 * width, 1 / 3], {"model.width": width}))
    write_run(tmp_path / "failed", make_record([0.2], {"model.width": 4}), "failed")
    return tmp_path


def test_a_large_table_is_written_as_parquet_too(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    folder = many_runs(tmp_path, monkeypatch)
    report.compare(folder)
    text = pd.read_csv(folder / report.RESULTS)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / results_parquet.PARQUET), text)
    monkeypatch.setattr(results_parquet, "ROWS_AS_TEXT", 4)
    report.compare(folder)  # as few as that need none, and an old one would differ from the rest
    assert not (folder / results_parquet.PARQUET).exists()


def test_without_pyarrow_the_log_says_how_to_get_it(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(results_parquet, "find_spec", lambda name: None)
    folder = many_runs(tmp_path, monkeypatch)
    with caplog.at_level(logging.WARNING):
        report.compare(folder)
    assert (folder / report.RESULTS).exists()
    assert not (folder / results_parquet.PARQUET).exists()
    assert [one.getMessage() for one in caplog.records] == [
        "results.parquet is not written: python -m pip install pyarrow"
    ]


def test_names_with_a_carriage_return_are_read_back(tmp_path):
    for number, name in enumerate(("a\rb.csv", "c.csv")):
        write_run(tmp_path / f"{number}", make_record([0.2] * 3, {"dataset.path": name}))
    table = results_csv.results_table(results_csv.content(collect(tmp_path)))
    assert sorted(table["dataset.path"]) == ["a\rb.csv", "c.csv"]
