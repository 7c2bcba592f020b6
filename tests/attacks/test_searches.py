"""A damaged `search.json` or study of Optuna: one line, or the same trials; nothing is lost."""

from __future__ import annotations

import os
import sqlite3

import pytest

from experiments.errors import ArchlabError, ConfigError, StorageError
from experiments.search.kept import read_search
from experiments.search.study import JOURNAL, STORAGE, failures_told, open_storage, open_study

pytest.importorskip("optuna")

COMMAND = ["-m", "hydra/sweeper=optuna", "sweep.name=s", "dataset=linear", "model.depth=0"]
COMMAND += ["training.epochs=2", "training.repeats=2", "hydra.sweeper.sampler=random"]
COMMAND += ["training.learning_rate=tag(log, interval(1e-3,1e-1))", "hydra.sweeper.n_trials=3"]
LINES = {
    "bytes": b"\x00\xff\n\n",
    "a list": b"[1]\n",
    "a number": b"1\n",
    "null": b"null\n",
    "another schema": b'{"a": 1}\n',
    "an unknown word": b'{"op_code": 99, "worker_id": "x"}\n',
    "deep": b"[" * 100_000 + b"\n",
    "a trial of no study": b'{"op_code": 4, "worker_id": "x", "study_id": 77}\n',
}


@pytest.mark.parametrize("line", [*LINES.values()], ids=[*LINES])
def test_a_journal_of_others_is_one_line(tmp_path, line):
    (tmp_path / JOURNAL).write_bytes(line)
    try:
        assert open_storage(None, tmp_path).get_all_studies() == []
    except ArchlabError as error:
        (problem,) = error.problems
        assert JOURNAL in problem.key
    assert (tmp_path / JOURNAL).read_bytes() == line


@pytest.mark.parametrize("name", [JOURNAL, f"{JOURNAL}.lock"])
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/no")])
def test_what_is_no_file_is_one_line(tmp_path, name, make):
    make(tmp_path / name)
    try:
        open_storage(None, tmp_path)
    except ArchlabError as error:
        assert len(str(error).splitlines()) == 1
        assert name in str(error)
    else:
        assert name != JOURNAL  # a lock that nobody holds is cleared away


def test_a_damaged_search_goes_on_with_its_trials(ask, tmp_path):
    assert ask(tmp_path, COMMAND).returncode == 0
    folder = tmp_path / "outputs" / "sweeps" / "s"
    whole, runs = read_search(folder), {path.name for path in folder.glob("0*")}
    (folder / "search.json").write_text("{")
    refused = ask(tmp_path, COMMAND)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "search.json is there and cannot be read; the same command with sweep" in refused.stderr
    assert ask(tmp_path, [*COMMAND, "sweep.extend=true"]).returncode == 0
    assert read_search(folder) == whole
    assert {path.name for path in folder.glob("0*")} == runs


@pytest.mark.parametrize("half", [b'{"op_code":4,', b"{"])
def test_half_a_line_of_a_killed_process_is_dropped(tmp_path, half):
    study = open_study(open_storage(None, tmp_path), "s")
    study.tell(study.ask().number, 1.0)
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(half)
    again = open_study(open_storage(None, tmp_path), "s")
    again.tell(again.ask().number, 2.0)
    (tmp_path / JOURNAL).write_bytes((tmp_path / JOURNAL).read_bytes()[:-5])
    last = open_study(open_storage(None, tmp_path), "s")
    assert [trial.value for trial in last.get_trials()][:1] == [1.0]
    assert last.ask().number == 2


def test_what_is_nobodys_half_line_stays(tmp_path):
    (tmp_path / JOURNAL).write_bytes(b"mine")
    open_storage(None, tmp_path)
    assert (tmp_path / JOURNAL).read_bytes() == b"mine"


@pytest.mark.parametrize("damage", ["half", "zeros", "words", "a folder", "tables of others"])
def test_a_database_that_is_none_is_one_line(tmp_path, damage):
    path = tmp_path / "search.db"
    if damage == "a folder":
        path.mkdir()
    elif damage == "tables of others":
        with sqlite3.connect(path) as connection:
            connection.execute("create table studies(name)")
    else:
        open_study(open_storage(f"sqlite:///{path}", tmp_path), "s")
        whole = path.read_bytes()
        damaged = {"half": whole[: len(whole) // 2], "zeros": bytes(len(whole)), "words": b"no\n"}
        path.write_bytes(damaged[damage])
    with pytest.raises(ConfigError) as refused:
        open_storage(f"sqlite:///{path}", tmp_path)
    (problem,) = refused.value.problems
    assert problem.key == STORAGE
    assert str(path) in problem.what


def test_a_database_that_others_lock_is_one_line(tmp_path):
    path = tmp_path / "search.db"
    address = f"sqlite:///file:{path}?uri=true&timeout=0.1"
    storage = open_storage(address, tmp_path)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("begin exclusive")
        with pytest.raises(StorageError, match="database is locked"), failures_told(address):
            open_study(storage, "s")
        with pytest.raises(ConfigError, match="database is locked"):
            open_storage(address, tmp_path)
    other.close()


@pytest.mark.parametrize(
    "address",
    [
        "nope://me:s3cret@host/x",
        "nope://:s3'c\\ret@host",
        "nope://me:s3c@ret@host/x",
        "nope://host/x?user=me&password=s3cret",
        "nope://me:s3cret@[::1",
        "sqlite://me:s3cret@/x.db",
    ],
)
def test_no_line_tells_the_password_of_a_database(tmp_path, address):
    with pytest.raises(ConfigError) as refused:
        open_storage(address, tmp_path)
    assert "s3" not in str(refused.value)
    assert "***" in str(refused.value)


def test_a_setting_that_no_driver_knows_is_passed_over(tmp_path, recwarn):
    open_storage(f"sqlite:///{tmp_path}/search.db?no=thing", tmp_path)
    assert not recwarn.list
