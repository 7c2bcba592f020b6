"""`python -m experiments.export`: the command, and the destination that needs no library."""

from __future__ import annotations

import math
import shutil
import sys
import types

import numpy as np
import pandas as pd
import pytest

from benchmarks.synthetic import make_record, write_run
from experiments.export import __main__ as command
from experiments.export import destinations
from experiments.export.destinations import Destination, Receipt, destination_names
from experiments.export.shipment import CURVE_POINTS, numbers_of, shipment
from experiments.storage import run_folder
from tests.experiments.export.sweeps import (
    DIVERGED,
    DONE,
    FAILED,
    HALF,
    MISSING,
    SENT,
    files_of,
    make_states,
    write_one,
)


@pytest.fixture
def tables(states, tmp_path, capsys):
    """(runs.csv, curves.csv) as pandas reads them."""
    assert command.main(["csv", str(states), "--to", str(tmp_path / "out")]) == 1
    capsys.readouterr()
    return [pd.read_csv(tmp_path / "out" / name) for name in ("runs.csv", "curves.csv")]


def test_runs_csv_holds_what_a_run_was_and_came_to(states, tables):
    runs = tables[0].set_index("run")
    assert tuple(runs.index) == SENT
    assert runs["state"].tolist() == ["done"] * 3 + ["diverged", "failed"]
    record = run_folder.read(states / DONE[1])
    spread, row = record.metrics.final, runs.loc[DONE[1]]
    assert row["model.activation"] == "relu"
    assert row[["val/mse", "val/mse_std", "val/mse_typical"]].tolist() == [
        spread.mean,
        spread.std,
        spread.typical,
    ]
    assert row[["val/mse_ci95_low", "val/mse_ci95_high"]].tolist() == list(spread.ci95)
    assert row["reference/bayes/val/mse"] == record.metrics.references["bayes"]["val/mse"]
    assert row["parameters/total"] == 26
    assert row["config_sha256"] == record.about.config_sha256
    assert runs["rank"].tolist()[:3] == [1, 2, 3]
    assert runs.loc[[DIVERGED, FAILED], ["rank", "val/mse"]].isna().all(axis=None)
    assert runs.loc[DONE[2], "model.width"] == "[9,4]"


def test_curves_csv_holds_the_history_of_every_run(states, tables):
    for name in (*DONE, DIVERGED):
        own = tables[1][tables[1]["run"] == name].drop(columns="run").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, run_folder.read_history(states / name))
    assert FAILED not in set(tables[1]["run"])


def test_texts_that_would_be_formulas_are_defused_and_numbers_are_not(tmp_path):
    for number, name in enumerate(("=HYPERLINK(1)", "@x", "+words", "-words", "\tx")):
        keys = {"model.activation": name, "training.learning_rate": -1.5}
        write_run(tmp_path / "sweep" / f"{number}", make_record([0.2, 0.3], keys))
    assert command.main(["csv", str(tmp_path / "sweep"), "--to", str(tmp_path)]) == 0
    runs = pd.read_csv(tmp_path / "runs.csv")
    assert runs["model.activation"].tolist() == [
        "'=HYPERLINK(1)",
        "'@x",
        "'+words",
        "'-words",
        "'\tx",
    ]
    assert runs["training.learning_rate"].tolist() == [-1.5] * 5
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t"))
        for cell in runs.select_dtypes("str").to_numpy().ravel()
        if isinstance(cell, str)
    )


def test_what_is_not_finished_is_named_and_left_out(states, tmp_path, capsys):
    before = files_of(states)
    assert command.main(["csv", str(states), "--to", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert [line.split(": ")[:3] for line in said.err.splitlines()] == [
        ["left out", HALF, "running"],
        ["left out", MISSING, "missing"],
    ]
    assert said.out.splitlines()[0] == f"5 runs added: {tmp_path}"
    assert files_of(states) == before, "nothing in the sweep is touched"


@pytest.mark.parametrize("name", ["history.csv", "fit.png", "model.keras"])
def test_a_run_with_a_changed_file_is_left_out(tmp_path, capsys, name):
    sweep = make_states(tmp_path / "sweep")
    content = bytearray((sweep / DONE[0] / name).read_bytes())
    content[len(content) // 2] ^= 1
    (sweep / DONE[0] / name).write_bytes(content)
    assert command.main(["csv", str(sweep), "--to", str(tmp_path)]) == 1
    first = capsys.readouterr().err.splitlines()[0]
    what = f"{name} is not the file" if name == "history.csv" else "a file is not the one"
    assert first == f"left out: {DONE[0]}: broken: {what} that status.json lists"
    assert pd.read_csv(tmp_path / "runs.csv")["run"].tolist() == list(SENT[1:])


def test_what_lies_beside_the_files_of_a_run_is_not_sent(tmp_path):
    sweep = make_states(tmp_path / "sweep")
    (tmp_path / "secret").write_text("a key")
    (sweep / FAILED / "fit.png").symlink_to(tmp_path / "secret")
    (sweep / DONE[0] / "network.png").write_bytes(b"of another")
    sent = {run.row.folder: {p.name for p in run.artifacts()} for run in shipment(sweep).runs}
    assert sent[FAILED] == {run_folder.LOG}
    assert sent[DONE[0]] == {"fit.png", "model.keras", "report.html"}


def test_many_that_are_left_out_are_counted(tmp_path, capsys):
    write_run(tmp_path / "sweep" / "done", make_record([0.2]))
    for number in range(13):
        write_run(tmp_path / "sweep" / f"{number}", make_record([0.2]), "interrupted")
    assert command.main(["csv", str(tmp_path / "sweep"), "--to", str(tmp_path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "left out: 3 more runs; the sweep's page lists them"


def test_said_twice_the_tables_are_the_same(states, tmp_path, capsys):
    words = ["csv", str(states), "--to", str(tmp_path)]
    command.main(words)
    first = files_of(tmp_path)
    capsys.readouterr()
    command.main(words)
    assert capsys.readouterr().out.startswith("0 runs added, 5 there already: ")
    assert files_of(tmp_path) == first


def test_a_single_run_is_sent_too(states, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.main(["csv", str(states / DONE[1])]) == 0
    place = tmp_path / "outputs" / "csv" / "states"
    assert capsys.readouterr().out.splitlines()[0] == "1 run added: outputs/csv/states"
    (row,) = pd.read_csv(place / "runs.csv").to_dict("records")
    assert (row["run"], row["model.activation"]) == (DONE[1], "relu")


def test_a_folder_of_another_name_is_chosen_by_experiment(states, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.main(["csv", str(states), "--experiment", "mine"]) == 1
    assert (tmp_path / "outputs" / "csv" / "mine" / "runs.csv").is_file()


def test_a_folder_without_a_finished_run_is_refused_in_a_line(tmp_path, capsys):
    def line(folder):
        assert command.main(["csv", str(folder)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    (tmp_path / "empty").mkdir()
    write_run(tmp_path / "half" / "run", make_record([0.2]), "running")
    assert line(tmp_path / "none").endswith("none: is no folder; name that of a sweep or a run")
    assert "empty: holds no runs; " in line(tmp_path / "empty")
    assert "half: holds no run that ended (1 running); " in line(tmp_path / "half")
    assert "run: holds no run that ended (1 running); " in line(tmp_path / "half" / "run")


def test_a_place_that_cannot_be_written_is_exit_code_3(states, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert command.main(["csv", str(states), "--to", str(tmp_path / "file")]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --to: File exists, received ")


def test_an_unknown_destination_is_one_line_with_the_known_ones(states, capsys):
    assert command.main(["tensorbord", str(states)]) == 2
    assert capsys.readouterr().err == (
        "error: destination: must be the name of one, received 'tensorbord'; "
        f"did you mean tensorboard? known: {', '.join(destination_names())}\n"
    )


def test_a_missing_library_is_one_line_with_the_command_that_brings_it(states, capsys, monkeypatch):
    found = command.find_spec
    monkeypatch.setattr(
        command, "find_spec", lambda name: None if name == "mlflow" else found(name)
    )
    assert command.main(["mlflow", str(states)]) == 2
    assert capsys.readouterr().err == (
        "error: mlflow: needs the library mlflow, which is not installed; "
        "install it: python -m pip install mlflow\n"
    )


def test_ctrl_c_is_exit_code_130_and_a_second_start_completes(
    states, tmp_path, capsys, monkeypatch
):
    words = ["csv", str(states), "--to", str(tmp_path)]
    seen = []

    def interrupted(folder):
        seen.append(folder)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return read(folder)

    read = run_folder.read_history
    monkeypatch.setattr(run_folder, "read_history", interrupted)
    assert command.main(words) == 130
    assert "the same command again completes it" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [], "no half file"
    assert command.main(words) == 1
    assert len(pd.read_csv(tmp_path / "runs.csv")) == len(SENT)


def test_a_file_is_all_that_a_new_destination_takes(states, tmp_path, capsys, monkeypatch):
    sent = []

    def send(shipment, sending):
        sent.extend(run.name for run in shipment.runs)
        return Receipt(len(sent), 0, "nowhere", "there")

    module = types.ModuleType("nowhere")
    module.DESTINATION = Destination("", send)
    (tmp_path / "nowhere.py").write_text("")
    monkeypatch.setattr(destinations, "__path__", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, "experiments.export.destinations.nowhere", module)
    assert command.main(["nowhere", str(states)]) == 1
    assert capsys.readouterr().out == "5 runs added: nowhere\nlook: there\n"
    assert len(set(sent)) == len(SENT)


def test_long_curves_are_thinned_and_keep_their_ends(tmp_path):
    folder = tmp_path / "run"
    write_one(folder, 0.2, {})
    rows = pd.DataFrame({"repeat": 0, "epoch": np.arange(1, 5001)})
    for name in ("loss", "val_loss", "mse", "val_mse"):
        rows[name] = 1 / rows["epoch"]
    rows.to_csv(folder / "history.csv", index=False)
    run_folder.finish(folder, run_folder.read_about(folder), "done", [])
    curves = shipment(folder).runs[0].curves()
    assert CURVE_POINTS * 0.8 < len(curves) <= CURVE_POINTS
    assert curves["epoch"].iloc[[0, -1]].tolist() == [1, 5000]
    assert curves["loss"].tolist() == [1 / epoch for epoch in curves["epoch"]]


def test_a_run_that_diverged_has_its_curve_up_to_there(states):
    run = shipment(states / DIVERGED).runs[0]
    assert numbers_of(run.metrics)["parameters/total"] == 26
    assert "val/mse" not in numbers_of(run.metrics)
    assert run.curves()["loss"].notna().sum() == 6
    assert not np.isinf(run.curves()["loss"]).any()


def test_a_copy_is_the_same_sweep_and_other_trainings_are_others(states, tmp_path):
    shutil.copytree(states, tmp_path / "elsewhere")
    one, other = shipment(states), shipment(tmp_path / "elsewhere")
    assert one.key == other.key
    assert [run.content for run in one.runs] == [run.content for run in other.runs]
    again = make_states(tmp_path / "again")
    status = run_folder.read_status(again / DONE[0])
    run_folder.files.write_json(again / DONE[0] / run_folder.STATUS, {**status, "seconds": 9.0})
    changed = shipment(again).runs
    assert changed[0].content != one.runs[0].content
    assert math.isclose(changed[0].ended - changed[0].started, 9.0)


def test_a_line_says_how_far_it_is_and_goes_away(states, tmp_path, monkeypatch):
    said = []

    class Line:
        def say(self, what, since):
            said.append(what)

        def close(self):
            said.append("gone")

    monkeypatch.setattr(command, "LiveLine", Line)
    assert command.main(["csv", str(states), "--to", str(tmp_path)]) == 1
    steps = [f"csv: {done} of 5 runs" for done in range(1, 6)]
    assert said == ["csv: 5 runs", *steps, "gone"]
