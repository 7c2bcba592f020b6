"""What others do to a folder while archlab works in it: links, files, locks, a folder that goes."""

from __future__ import annotations

import contextlib
import errno
import logging.config
import os
import shutil
import signal
import sys
import tempfile
from threading import Thread

import pytest

from experiments import compare
from experiments.config.explain import explain
from experiments.config.resolvers import pairs_of
from experiments.errors import ConfigError, Problem, RunError, StorageError
from experiments.record import Planned, Sweep
from experiments.runner import launch
from experiments.runner.session import session
from experiments.runner.shards import leftovers
from experiments.storage import files, run_folder, sweep_folder, user_cache
from experiments.storage.outcome import Outcome
from experiments.terminal.signals import leave_on_signals

fcntl = pytest.importorskip("fcntl")
PINV = ["-m", "sweep.name=s", "dataset=linear", "model=pinv,svd"]


def test_a_link_that_takes_a_runs_place_while_it_is_trained_is_not_followed(
    tmp_path, monkeypatch, capfd
):
    training = launch.train_chunk
    (tmp_path / "elsewhere").mkdir()

    @contextlib.contextmanager
    def meanwhile(chunk, *rest):
        (chunk.sweep.folder / chunk.folders[0]).symlink_to(tmp_path / "elsewhere")
        with training(chunk, *rest) as trainings:
            yield trainings

    monkeypatch.setattr(launch, "train_chunk", meanwhile)
    result = compare(dataset="linear", model=["pinv", "svd"], folder=tmp_path / "s")
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(told) == 1
    assert "is a symbolic link" in told[0]
    assert not [*(tmp_path / "elsewhere").iterdir()]
    assert sorted(result.table["state"]) == ["done", "missing"], "the other one went on"


@pytest.mark.parametrize("within", ["", ".hydra"])
def test_a_file_in_a_runs_place_costs_that_run_alone(ask, tmp_path, within):
    assert ask(tmp_path, PINV).returncode == 0
    first, second = sorted((tmp_path / "outputs/sweeps/s").glob("*/status.json"))
    shutil.rmtree(first.parent / within)
    (first.parent / within).write_text("mine")
    shutil.rmtree(second.parent)
    ended = ask(tmp_path, PINV)
    assert ended.returncode == 3
    told = [line for line in ended.stderr.splitlines() if line.startswith("error: ")]
    assert len(told) == 1
    assert "File exists; move away what is in its place, or choose" in told[0]
    assert (first.parent / within).read_text() == "mine"
    assert run_folder.state(second.parent) == "done"


def test_a_log_that_cannot_be_made_is_a_failure_to_store(tmp_path):
    """Python's logging hides what the system said in a ValueError."""
    with pytest.raises(ValueError, match="Unable to configure") as caught:
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {
                    "f": {
                        "class": "logging.FileHandler",
                        "filename": str(tmp_path / "none/run.log"),
                    }
                },
            }
        )
    outcome = explain(caught.value, [])
    assert outcome.state == "not stored"
    assert "none/run.log: No such file or directory" in str(outcome.problems[0])


@pytest.mark.parametrize("name", [".hydra", ".lock", "sub/.hidden"])
def test_no_run_is_put_where_none_is_looked_for(tmp_path, name):
    run = Planned(name, ("model=pinv",), "1" * 64)
    sweep_folder.write_sweep(tmp_path, Sweep("mine", "command", "now", (run,)))
    with pytest.raises(ConfigError, match="begins with a dot"):
        sweep_folder.held_sweep(tmp_path)
    with pytest.raises(ConfigError, match="begins with a dot"):
        sweep_folder.add_runs(
            tmp_path, None, Sweep("mine", "command", "now", (run,)), False, [name]
        )


def test_a_folder_that_cannot_be_held_after_all_is_given_back(tmp_path):
    (tmp_path / sweep_folder.OWNER).mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        sweep_folder.claim(tmp_path, "mine")
    assert not (tmp_path / sweep_folder.LOCK).exists()
    (tmp_path / sweep_folder.OWNER).rmdir()
    sweep_folder.release(tmp_path, sweep_folder.claim(tmp_path, "mine"))


def test_a_folder_in_the_place_of_a_page_is_named_itself(tmp_path):
    """Not the file that was to be renamed, which nobody has ever seen."""
    (tmp_path / "lesson.html").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        files.write_bytes(tmp_path / "lesson.html", b"a page")
    line = str(StorageError.of(caught.value))
    assert line.startswith(f"error: {tmp_path / 'lesson.html'}: Is a directory; move away")
    assert [path.name for path in tmp_path.iterdir()] == ["lesson.html"]


def test_what_stands_in_the_temporary_folder_holds_no_sweep_up(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("mine", "archlab-12-left"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("text")
    os.mkfifo(tmp_path / "archlab-1-pipe")
    (tmp_path / "archlab-2-link").symlink_to("mine")
    (tmp_path / "archlab-sources-3").write_text("a file")
    cleared = Thread(target=leftovers.clear_leftovers, daemon=True)
    cleared.start()
    cleared.join(20)
    assert not cleared.is_alive()
    left = ["archlab-1-pipe", "archlab-2-link", "archlab-sources-3", "mine"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left
    assert (tmp_path / "mine" / "file").read_text() == "text"


def test_a_file_system_without_locks_is_held_in_silence(tmp_path, monkeypatch):
    def refused(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", refused)
    lock = sweep_folder.claim(tmp_path, "mine")  # warnings are errors here
    with pytest.raises(StorageError, match="held by another live sweep"):
        sweep_folder.claim(tmp_path, "another")
    sweep_folder.release(tmp_path, lock)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("then", [shutil.rmtree, "moved", "a file"])
def test_a_folder_that_went_meanwhile_can_still_be_given_back(tmp_path, then):
    folder = tmp_path / "s"
    lock = sweep_folder.claim(folder, "mine")
    if callable(then):
        then(folder)
    else:
        folder.rename(tmp_path / "moved")
    if then == "a file":
        folder.write_text("mine")
    sweep_folder.release(folder, lock)
    assert not lock.is_locked


def test_a_signal_that_a_library_swallowed_ends_the_sweep_with_the_run(monkeypatch, capsys):
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    for name in ("SIGTERM", "SIGHUP"):
        monkeypatch.setattr(signal, name, signal.SIGUSR1)
    before = signal.getsignal(signal.SIGUSR1)

    def swallowing():
        with contextlib.suppress(BaseException):
            signal.raise_signal(signal.SIGUSR1)
        return Outcome("done")

    def turning():
        swallowing()
        raise RunError([Problem("ImportError", "initialization failed", "none")])

    try:
        for run, states in ((swallowing, ["done"]), (turning, [])):
            with session(False, leave_on_signals()) as held:
                with pytest.raises(SystemExit) as left:
                    held.attempt(run)
                assert left.value.code == 128 + signal.SIGUSR1
                assert [one.state for one in held.outcomes] == states
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("put", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_baseline_that_would_never_end_is_not_begun(tmp_path, put):
    """It hung, and took all memory."""
    put(tmp_path / "mine.json")
    assert list(pairs_of(str(tmp_path), ["mine"], 5)) == []


def test_a_cache_that_is_named_from_here_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(user_cache.sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert user_cache.user_cache() == tmp_path / ".cache" / "archlab"
