"""Runs in MLflow, read back by its own client."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from experiments import report
from experiments.comparison.compare import collect
from experiments.export import __main__ as command
from experiments.export.destinations import mlflow as ours
from experiments.export.shipment import LOSS_COLUMNS, numbers_of
from experiments.export.tracking import impatient, quiet_mlflow
from experiments.storage import run_folder
from tests.conftest import ROOT
from tests.experiments.export.sweeps import (
    DIVERGED,
    DONE,
    FAILED,
    SENT,
    files_of,
    make_states,
    write_one,
)

pytest.importorskip("mlflow")
# Of MLflow itself, and of what it imports.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def client_of(folder):
    with quiet_mlflow():
        from mlflow import MlflowClient

        uri = f"sqlite:///{folder}/mlflow.db"
        return MlflowClient(uri, uri)


def runs_of(client, name="states"):
    """The parent and the runs by their folder."""
    experiment = client.get_experiment_by_name(name)
    runs = {
        run.data.tags.get("archlab.folder"): run
        for run in client.search_runs([experiment.experiment_id])
    }
    return runs.pop(None, None), runs


@pytest.fixture(scope="module")
def store(states, tmp_path_factory):
    """The folder of a store that has the sweep in it."""
    folder = tmp_path_factory.mktemp("mlflow")
    assert command.main(["mlflow", str(states), "--to", str(folder)]) == 1
    return folder


def test_every_run_that_ended_is_there_below_one_of_the_sweep(states, store):
    client = client_of(store)
    parent, runs = runs_of(client)
    assert set(runs) == set(SENT)
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.info.run_id}
    assert parent.info.run_name == "states"
    assert parent.info.status == "FINISHED"
    names = {one.path: one.file_size for one in client.list_artifacts(parent.info.run_id)}
    assert names == {n: (states / n).stat().st_size for n in (report.COMPARISON, "results.csv")}
    assert parent.data.tags["mlflow.note.content"] == "\n\n".join(collect(states).verdict)


def test_config_and_final_numbers_are_those_of_the_run(states, store):
    _, runs = runs_of(client_of(store))
    record = run_folder.read(states / DONE[2])
    there, spread = runs[DONE[2]], record.metrics.final
    assert there.data.params["model.width"] == "[9,4]"
    assert there.data.params["training.learning_rate"] == "0.01"
    assert there.data.metrics["val/mse"] == spread.mean
    assert there.data.metrics["val/mse_std"] == spread.std
    assert there.data.metrics["val/mse_typical"] == spread.typical
    ends = [there.data.metrics[f"val/mse_ci95_{end}"] for end in ("low", "high")]
    assert ends == list(spread.ci95)
    numbers = numbers_of(record.metrics)
    assert {n: there.data.metrics[n] for n in numbers} == numbers
    assert (
        there.info.run_name == "sine: [9, 4] tanh ×2 · width [9,4] · depth 2" or there.info.run_name
    )
    assert there.info.end_time - there.info.start_time == 1500


def test_curves_are_those_of_the_repeat_shown(states, store):
    client = client_of(store)
    _, runs = runs_of(client)
    history = run_folder.read_history(states / DONE[0])
    own = history[history["repeat"] == 0]
    for name in LOSS_COLUMNS:
        points = client.get_metric_history(runs[DONE[0]].info.run_id, name)
        assert sorted((p.step, p.value) for p in points) == list(
            zip(own["epoch"], own[name], strict=True)
        )
    diverged = client.get_metric_history(runs[DIVERGED].info.run_id, "loss")
    assert sorted(p.step for p in diverged) == [1, 2, 3, 4, 5, 6]


def test_pictures_model_and_page_are_artifacts(states, store, tmp_path):
    client = client_of(store)
    _, runs = runs_of(client)
    run_id = runs[DONE[0]].info.run_id
    names = {one.path for one in client.list_artifacts(run_id)}
    assert names == {"fit.png", "model.keras", "report.html"}
    failed = client.list_artifacts(runs[FAILED].info.run_id)
    assert [one.path for one in failed] == ["run.log"], "why it failed"
    for name in names:
        got = client.download_artifacts(run_id, name, str(tmp_path))
        assert Path(got).read_bytes() == (states / DONE[0] / name).read_bytes()


def test_tags_say_config_code_state_and_verdict(states, store):
    _, runs = runs_of(client_of(store))
    rows = {row.folder: row for row in collect(states).rows}
    for name in SENT:
        tags, about = runs[name].data.tags, run_folder.read_about(states / name)
        assert tags["archlab.config_sha256"] == about.config_sha256
        assert tags["archlab.code"] == about.versions.get("code", "")
        assert tags["archlab.state"] == rows[name].state
        assert tags["archlab.verdict"] == (rows[name].verdict or "")
        assert tags["archlab.rank"] == str(rows[name].rank or "")
    assert {n: runs[n].info.status for n in SENT} == {
        **dict.fromkeys(DONE, "FINISHED"),
        DIVERGED: "FAILED",
        FAILED: "FAILED",
    }
    assert runs[FAILED].data.tags["archlab.reason"] == "ValueError: =1+1 went wrong"
    assert runs[FAILED].data.metrics == {}


def everything(folder):
    """All rows of the tables that runs are in, and all artifacts."""
    tables = ("runs", "params", "tags", "metrics", "latest_metrics", "experiments")
    with sqlite3.connect(folder / "mlflow.db") as connection:
        rows = {
            name: sorted(map(str, connection.execute(f"SELECT * FROM {name}"))) for name in tables
        }
    connection.close()
    return rows, files_of(folder / "artifacts")


def test_said_twice_it_adds_nothing(states, store, capsys):
    before = everything(store)
    assert command.main(["mlflow", str(states), "--to", str(store / "mlflow.db")]) == 1
    assert capsys.readouterr().out.startswith("0 runs added, 5 there already: sqlite:///")
    assert everything(store) == before


def test_interrupted_it_is_completed_by_a_second_start(tmp_path, monkeypatch, capsys):
    states = make_states(tmp_path / "states")
    words = ["mlflow", str(states), "--to", str(tmp_path / "store")]
    artifacts = ours.ShippedRun.artifacts

    def interrupted(run):
        if run.row.folder == DONE[1]:
            raise KeyboardInterrupt
        return artifacts(run)

    monkeypatch.setattr(ours.ShippedRun, "artifacts", interrupted)
    assert command.main(words) == 130
    _, runs = runs_of(client_of(tmp_path / "store"))
    assert {n: r.info.status for n, r in runs.items()} == {DONE[0]: "FINISHED", DONE[1]: "RUNNING"}
    monkeypatch.undo()
    capsys.readouterr()
    assert command.main(words) == 1
    assert capsys.readouterr().out.startswith("4 runs added, 1 there already: ")
    client = client_of(tmp_path / "store")
    parent, runs = runs_of(client)
    assert set(runs) == set(SENT)
    assert parent is not None
    points = client.get_metric_history(runs[DONE[1]].info.run_id, "loss")
    assert sorted(p.step for p in points) == list(range(1, 51)), "no point is there twice"
    write_one(states / "0007-new", 0.1, {"model.width": 7})
    report.compare(states)
    capsys.readouterr()
    assert command.main(words) == 1
    assert capsys.readouterr().out.startswith("1 run added, 5 there already: ")
    again, runs = runs_of(client)
    assert again.info.run_id == parent.info.run_id
    assert runs["0007-new"].data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert runs["0007-new"].data.tags["archlab.rank"] == "1"
    assert runs[DONE[0]].data.tags["archlab.rank"] == "2", "what was the best is so no longer"
    page = client.download_artifacts(parent.info.run_id, report.COMPARISON, str(tmp_path))
    assert Path(page).read_bytes() == (states / report.COMPARISON).read_bytes()


def test_an_experiment_that_was_deleted_is_one_line(states, store, capsys):
    client = client_of(store)
    client.delete_experiment(client.create_experiment("gone"))
    words = ["mlflow", str(states), "--to", str(store), "--experiment", "gone"]
    assert command.main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --experiment: was deleted there, received 'gone'; ")


def test_a_server_that_does_not_answer_is_one_line_in_seconds(states, capsys):
    began = time.monotonic()
    assert command.main(["mlflow", str(states), "--to", "http://me:secret@127.0.0.1:9"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "error: --to: the server does not answer, received 'http://127.0.0.1:9'; "
        "start MLflow's server, or name another place with --to"
    )
    assert time.monotonic() - began < 30


def test_a_file_that_is_no_database_is_refused(states, tmp_path, capsys):
    (tmp_path / "mine.db").write_text("some other words" * 100)
    assert command.main(["mlflow", str(states), "--to", str(tmp_path / "mine.db")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --to: must be an SQLite file, file is not a database, received ")
    (tmp_path / "folder.db").mkdir()
    assert command.main(["mlflow", str(states), "--to", str(tmp_path / "folder.db")]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --to: unable to open database file, received ")


def test_a_database_that_cannot_be_written_is_one_line(states, tmp_path, capsys, monkeypatch):
    """Read alone, as for who may not write the file or its folder; and one that refuses rows."""
    words = ["mlflow", str(states / DONE[0]), "--to", str(tmp_path / "mine.db")]
    assert command.main(words) == 0
    connect = sqlite3.connect
    with monkeypatch.context() as patched:

        def read_only(path, **more):
            return connect(f"file:{path}?mode=ro", uri=True, **more)

        patched.setattr(sqlite3, "connect", read_only)
        capsys.readouterr()
        assert command.main(words) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --to: attempt to write a readonly database, received ")
    with closing(connect(tmp_path / "mine.db")) as connection:
        refusal = "BEFORE INSERT ON experiments BEGIN SELECT RAISE(ABORT, 'no room'); END"
        connection.execute(f"CREATE TRIGGER full {refusal}")
    assert command.main([*words, "--experiment", "another"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "no room" in line
    assert "mend the file, or name another place with --to" in line


def test_a_single_run_stands_alone_and_nothing_of_mlflows_own_is_said(states, tmp_path):
    words = ["mlflow", str(states / DONE[0]), "--to", "store"]
    done = subprocess.run(
        [sys.executable, "-m", "experiments.export", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    store = f"sqlite:///{tmp_path}/store/mlflow.db"
    look = f"look: mlflow ui --backend-store-uri {store}"
    assert done.stdout.splitlines() == [f"1 run added: {store}", look]
    assert done.stderr == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
    parent, runs = runs_of(client_of(tmp_path / "store"))
    assert parent is None
    assert list(runs) == [DONE[0]]
    assert "mlflow.parentRunId" not in runs[DONE[0]].data.tags


def test_a_run_that_was_sent_alone_joins_its_sweep(states, tmp_path, capsys):
    words = ["--to", str(tmp_path / "mlflow.db")]
    assert command.main(["mlflow", str(states / DONE[0]), *words]) == 0
    assert command.main(["mlflow", str(states), *words]) == 1
    assert capsys.readouterr().out.splitlines()[2].startswith("4 runs added, 1 there already: ")
    parent, runs = runs_of(client_of(tmp_path))
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.info.run_id}
    assert runs[DONE[0]].data.tags["archlab.rank"] == "1"
    assert len(runs) == len(SENT)


def test_a_server_of_something_else_is_one_line(states, capsys):
    class Refuses(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert command.main(["mlflow", str(states), "--to", address]) == 3
        server.shutdown()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --to: MLflow says: ")
    assert "404" in line
    assert f"received {address!r}; start MLflow's server, or name another place" in line


def test_only_the_first_request_is_impatient_and_what_a_person_has_set_stays(monkeypatch):
    times, retries = "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
    monkeypatch.delenv(times, raising=False)
    monkeypatch.setenv(retries, "7")

    def seen():
        return os.environ.get(times), os.environ.get(retries)

    with quiet_mlflow():
        with impatient():
            first = seen()
        later = seen()
    assert (first, later, seen()) == (("8", "7"), ("60", "7"), (None, "7"))
