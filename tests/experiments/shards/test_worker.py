"""A shard that is trained by a worker's code in this process, and what the head makes of it."""

from __future__ import annotations

import json
import os
import pickle
from concurrent.futures import Future
from dataclasses import replace

import pytest

from experiments.config.explain import composed
from experiments.errors import EXIT_FAILED, ConfigError
from experiments.runner.run import place_run, run
from experiments.runner.shards.bootstrap import ANSWER, MISSING, SEND_SOURCES
from experiments.runner.shards.elsewhere import Elsewhere
from experiments.runner.shards.engine import Engine, EngineLostError, EngineSettings
from experiments.runner.shards.parcels import NoMemory, Order, Parcel
from experiments.runner.shards.worker import what_must_be_equal, work
from experiments.storage import run_folder
from experiments.task import prepare
from models.libraries import THREADS

WORDS = ["dataset=linear", "dataset.n_samples=60", "training.epochs=5", "training.repeats=2"]
CONFIGS = [composed([*WORDS, f"model.width={width}"]) for width in (3, 4)]
ORDERS = [
    Order(config, WORDS, *prepare(config), f"run{number}") for number, config in enumerate(CONFIGS)
]


class Local:
    """An executor whose worker is this process; `answers` may stand for the worker."""

    def __init__(self, answers=None):
        self.answers, self.archives = answers or {}, []

    def submit(self, function, sha256, archive, order):
        self.archives.append(len(archive))
        number = len(self.archives) - 1
        future: Future[bytes] = Future()
        answer = self.answers.get(number)
        future.set_result(ANSWER + work(order) if answer is None else answer)
        return future


def elsewhere(executor, folder, **settings):
    engine = Engine(executor, lambda: 1)
    return Elsewhere(engine, EngineSettings(**settings), folder, lambda: False, lambda *_: None)


def test_a_folder_that_came_home_is_that_of_a_run_here(tmp_path):
    for index, parcel in elsewhere(Local(), tmp_path).train(ORDERS):
        assert isinstance(parcel, Parcel)
        folder = tmp_path / ORDERS[index].folder
        folder.mkdir()
        (folder / "run.log").write_text("begun here\n")
        outcome = place_run(*parcel, folder, told=False)
        own = tmp_path / f"own{index}"
        own.mkdir()
        (own / "run.log").write_text("")
        assert run(CONFIGS[index], own, WORDS, brief=True) == outcome
        assert run_folder.state(folder) == "done"
        assert {path.name for path in folder.iterdir()} == {path.name for path in own.iterdir()}
        for name in ("history.csv", "predictions.csv", "model.txt", "network.png"):
            assert (folder / name).read_bytes() == (own / name).read_bytes(), name
        ours, theirs = (json.loads((at / "metrics.json").read_bytes()) for at in (folder, own))
        assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}
        log = (folder / "run.log").read_text()
        assert log.startswith("begun here\n")
        assert "trained by" in log


def test_sources_go_along_first_and_where_they_are_asked_for(tmp_path):
    office = Local({1: SEND_SOURCES})
    found = dict(elsewhere(office, tmp_path, seconds=0.001).train(ORDERS))
    assert sorted(found) == [0, 1]
    assert [bool(size) for size in office.archives] == [True, False, True]


@pytest.mark.parametrize("junk", [b"", b"Z", ANSWER, ANSWER + pickle.dumps(3)])
def test_junk_goes_out_again(tmp_path, junk):
    found = dict(elsewhere(Local({0: junk}), tmp_path).train(ORDERS))
    assert all(isinstance(one, Parcel) for one in found.values())


def test_files_that_are_not_whole_are_junk(tmp_path):
    office = Local()
    (_, good), *_ = elsewhere(office, tmp_path).train(ORDERS[:1])
    for name, content in (("history.csv", b"epoch\n"), ("../evil", b"x")):
        bad = pickle.loads(work_of(ORDERS[:1]))
        files_ = {**bad.parcels[0].files, name: content}
        answer = pickle.dumps(bad._replace(parcels=[bad.parcels[0]._replace(files=files_)]))
        ((_, found),) = elsewhere(Local({0: ANSWER + answer}), tmp_path).train(ORDERS[:1])
        assert found.files.keys() == good.files.keys()


def work_of(orders):
    """What a worker first answers to some orders."""
    seen = []

    class Spy(Local):
        def submit(self, function, sha256, archive, order):
            seen.append(work(order))
            return super().submit(function, sha256, archive, order)

    list(elsewhere(Spy(), None).train(orders))
    return seen[0]


def test_another_worker_is_refused_in_one_line_or_allowed(tmp_path, monkeypatch):
    here = what_must_be_equal()
    monkeypatch.setattr(
        "experiments.runner.shards.elsewhere.what_must_be_equal",
        lambda: {**here, "numpy": "1.0.0"},
    )
    with pytest.raises(ConfigError) as refused:
        dict(elsewhere(Local(), tmp_path).train(ORDERS))
    (problem,) = refused.value.problems
    assert f"has numpy {here['numpy']}, received 1.0.0 here" in str(problem)
    assert len(str(problem).splitlines()) == 1
    parcels = dict(elsewhere(Local(), tmp_path, mixed="allow").train(ORDERS))
    assert sorted(parcels) == [0, 1]
    for parcel in parcels.values():
        log = parcel.files[run_folder.LOG].decode()
        assert f"numpy is {here['numpy']} here, and 1.0.0 where the sweep began" in log


def test_a_worker_has_as_many_threads_as_the_head(tmp_path, monkeypatch):
    """Wide products round by their number."""
    monkeypatch.setenv(THREADS, "3")
    seen = []

    class OneThread(Local):
        def submit(self, function, sha256, archive, order):
            monkeypatch.setenv(THREADS, "1")
            future = super().submit(function, sha256, archive, order)
            seen.append(os.environ[THREADS])
            return future

    list(elsewhere(OneThread(), tmp_path).train(ORDERS[:1]))
    assert seen == ["3"]


def test_a_worker_without_a_library_is_named(tmp_path):
    office = Local({0: MISSING + b"node7 No module named 'tensorflow'"})
    with pytest.raises(ConfigError, match="node7 No module named 'tensorflow'"):
        dict(elsewhere(office, tmp_path).train(ORDERS))


def test_a_run_that_fails_comes_home_marked(tmp_path, monkeypatch):
    def fails(*_):
        raise ValueError("no such luck")

    monkeypatch.setattr("experiments.runner.run.summarise", fails)
    ((_, parcel),) = elsewhere(Local(), tmp_path).train(ORDERS[:1])
    assert parcel.outcome.state == "failed"
    assert "no such luck" in str(parcel.outcome.problems[0])
    assert str(tmp_path / "run0" / "run.log") in str(parcel.outcome.problems[0])
    status = json.loads(parcel.files[run_folder.STATUS])
    assert status["state"] == "failed"


def test_fits_alone_come_home_where_a_sweep_settles(tmp_path):
    tasks = [replace(order.task, count=3) for order in ORDERS]
    counted = []
    found = dict(elsewhere(Local(), tmp_path).fit_each(tasks, counted.append, 10))
    assert [len(found[number].prediction_RxN) for number in (0, 1)] == [3, 3]
    assert sum(counted) == 2 * 3 * 5


def test_an_engine_that_takes_nothing_more_is_named_with_what_to_do(tmp_path):
    class Gone(Local):
        def submit(self, *arguments):
            raise ConnectionError("connection refused\nby the host")

    engine = Engine(
        Gone(), lambda: 1, name="Dask", address="tcp://head:1", restart="start it again"
    )
    where = Elsewhere(engine, EngineSettings(), tmp_path, lambda: False, lambda *_: None)
    with pytest.raises(EngineLostError) as lost:
        dict(where.train(ORDERS))
    assert lost.value.exit_code == EXIT_FAILED
    assert str(lost.value) == (
        "error: Dask at tcp://head:1: is gone (ConnectionError: connection refused); start it "
        "again, then give the same command: what came home is kept"
    )


def test_a_worker_that_has_too_little_memory_says_so_and_lives(tmp_path, monkeypatch):
    def none_left(*_):
        raise MemoryError("Unable to allocate 9.31 GiB")

    monkeypatch.setattr("experiments.runner.run.summarise", none_left)
    answer = pickle.loads(work_of(ORDERS[:1]))
    assert isinstance(answer, NoMemory)
    ((_, found),) = elsewhere(Local(), tmp_path).train(ORDERS[:1])
    assert "Unable to allocate 9.31 GiB" in str(found)
