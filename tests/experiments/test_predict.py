"""`python -m experiments.predict`: what a saved run says of rows that a person gives."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from experiments.predict import PRINTED_ROWS, main
from experiments.runner import run as run_
from experiments.storage import run_folder
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run on a plane without noise, price = 2 width + 3 height + 1."""
    from hydra import compose, initialize_config_dir

    from experiments.config.compose import from_hydra

    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"width": rng.uniform(-5, 5, 40), "height": rng.uniform(1, 5, 40)})
    table["price"] = 2 * table["width"] + 3 * table["height"] + 1
    table.to_csv(folder / "mine.csv", index=False, sep=";", decimal=",")
    overrides = [
        "dataset=csv",
        f"dataset.path={folder / 'mine.csv'}",
        "dataset.features=[width,height]",
        "dataset.target=price",
        "dataset.delimiter=semicolon",
        "dataset.decimal=comma",
        "model=gradient_descent",
        "training.repeats=1",
        "training.epochs=300",
    ]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = from_hydra(compose("config", overrides=overrides), overrides)
    run_.run(config, folder / "run", overrides)
    return folder / "run"


def test_values_are_rows_in_the_order_of_the_features(run, capsys):
    assert main([str(run), "1,2", "-3,4.5", "1e1,0"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split(maxsplit=2) == ["width", "height", "price (predicted)"]
    assert [row.split() for row in rows] == [
        ["1", "2", "9"],
        ["-3", "4.5", "8.5"],
        ["10", "0", "21"],
    ]


def test_a_csv_is_read_as_the_runs_own_file_and_written_whole(run, tmp_path, capsys):
    path, out = tmp_path / "new.csv", tmp_path / "out.csv"
    lines = [f"x;{k},5;{k}" for k in range(PRINTED_ROWS + 3)]
    path.write_text("\n".join(["name;height;width", *lines]))
    assert main([str(run), str(path), "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    table = pd.read_csv(out)
    assert list(table) == ["width", "height", "prediction"]
    expected = 2 * table["width"] + 3 * table["height"] + 1
    np.testing.assert_allclose(table["prediction"], expected, atol=1e-5)
    assert table["height"].tolist() == [k + 0.5 for k in range(PRINTED_ROWS + 3)]
    assert main([str(run), str(path)]) == 0
    assert "and 3 more; --out file.csv writes all" in capsys.readouterr().out


def test_predictions_are_those_of_the_runs_table(run, tmp_path):
    table = run_folder.read(run).predictions
    out = tmp_path / "out.csv"
    rows = [f"{a!r},{b!r}" for a, b in table[["width", "height"]].head(5).to_numpy().tolist()]
    assert main([str(run), *rows, "--out", str(out)]) == 0
    np.testing.assert_allclose(
        pd.read_csv(out)["prediction"], table["prediction"].head(5), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        (["1,2,3"], ["error: values: must hold 2 numbers, received '1,2,3'; write width,height"]),
        (
            ["1,x", "2,nan", "1"],
            [
                "error: values: must be numbers, received 'x'; ",
                "error: values: must be numbers, received 'nan'; ",
                "error: values: must hold 2 numbers, received '1'; ",
            ],
        ),
        (["nothing.csv"], ["error: file: there is no such file, received 'nothing.csv' "]),
        (
            ["bad.csv"],
            [
                "error: bad.csv:2:width: is no number, received 'wide'; ",
                "error: bad.csv:3:height: has no value, received ''; ",
            ],
        ),
        (["other.csv"], ["error: other.csv: no such column in other.csv, received 'height'; "]),
    ],
)
def test_what_cannot_be_predicted_is_told_in_a_line_each(
    run, tmp_path, monkeypatch, capsys, words, starts
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("width;height\nwide;2\n1;\n")
    (tmp_path / "other.csv").write_text("width;depth\n1;2\n")
    assert main([str(run), *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start)


def test_a_folder_without_a_finished_run_is_refused(run, tmp_path, capsys):
    assert main([str(tmp_path), "1,2"]) == 2
    assert "is no run folder, it has no status.json; " in capsys.readouterr().err
    (tmp_path / "status.json").write_text((run / "status.json").read_text())
    (tmp_path / "model.keras").write_bytes(b"broken")
    assert main([str(tmp_path), "1,2"]) == 2
    assert "model.keras: is not the file that status.json lists; " in capsys.readouterr().err


def test_an_out_file_that_cannot_be_written_is_exit_code_3(run, tmp_path, capsys):
    assert main([str(run), "1,2", "--out", str(tmp_path / "none" / "out.csv")]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --out: No such file or directory, received ")


def test_the_command_prints_the_table_and_nothing_else(run):
    done = subprocess.run(
        [sys.executable, "-m", "experiments.predict", str(run), "1,2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 2
