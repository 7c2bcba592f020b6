"""No cell of a table is a formula to a spreadsheet, and archlab reads the texts that were meant."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic import make_record, write_run
from experiments.comparison.compare import collect
from experiments.predict import main as predict_main
from experiments.report.exports import results_csv
from experiments.runner.run import run as run_
from experiments.storage import run_folder
from experiments.storage.guarded.tables import defused, undefused

STARTS = ("=", "+", "-", "@", "\t", "\r")
FORMULAS = [f"{start}cmd|' /C calc'!A0" for start in STARTS]
PLAIN = ["", "x1", "a=b", "'quoted'", "12", "1e-5", " =1", "é"]


@pytest.mark.parametrize("text", [*FORMULAS, *(f"'{one}" for one in FORMULAS), "-", "-1", "''=1"])
def test_a_formula_gets_an_apostrophe_that_reading_takes_off(text):
    assert defused(text) == f"'{text}"
    assert undefused(defused(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay_as_they_are(text):
    assert defused(text) == text
    assert undefused(text) == text


def test_results_have_no_formula(tmp_path):
    record = make_record([0.2, 0.3], {"model.activation": "=HYPERLINK(1)", "training.seed": -5})
    about = replace(record.about, command="@SUM(1)", label="sine: -2+3")
    write_run(tmp_path / "+1+cmd", replace(record, about=about))
    write_run(tmp_path / "0001-plain", make_record([0.2, 0.3], {"training.learning_rate": 1e-5}))
    content = results_csv.content(collect(tmp_path))
    cells = [cell for row in csv.reader(io.StringIO(content.decode())) for cell in row]
    assert {cell for cell in cells if cell.startswith(STARTS)} == {"-5"}  # a number
    assert {"'=HYPERLINK(1)", "'+1+cmd", "-5", "1e-05"} <= {*cells}
    table = results_csv.results_table(content)
    assert {*table["folder"]} == {"+1+cmd", "0001-plain"}
    assert -5 in {*table["training.seed"]}


def test_features_may_be_called_like_formulas(tmp_path, configured, capsys):
    names = ["=A1+1", "@b", "'-c"]
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(30, 4)).round(3).tolist()
    with (tmp_path / "d.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*names, "y"], *rows])
    quoted = ",".join(f'"{name}"' for name in names)
    words = [
        "dataset=csv",
        f"dataset.path={tmp_path / 'd.csv'}",
        f"dataset.features=[{quoted}]",
        "dataset.target=y",
        "model=pinv",
    ]
    run_(configured(*words), tmp_path / "run", words)
    head = (tmp_path / "run" / "predictions.csv").read_text().partition("\n")[0].split(",")
    assert head[2:5] == ["'=A1+1", "'@b", "''-c"]
    record = run_folder.read(tmp_path / "run")
    assert record.features == names
    assert list(record.predictions)[2:5] == names
    out = tmp_path / "out.csv"
    assert predict_main([str(tmp_path / "run"), "1,2,3", "--out", str(out)]) == 0
    assert out.read_text().startswith("'=A1+1,'@b,''-c,prediction\n")
