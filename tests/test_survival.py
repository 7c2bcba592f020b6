"""A sweep that was killed, ran out of disk or broke goes on to the very results of a calm one."""

from __future__ import annotations

import csv
import signal

import numpy as np
import pytest

from experiments.storage import run_folder

RUNS = ["-m", "sweep.name=s", "model=pinv,svd,network", "dataset.seed=range(0,10)"]
RUNS += ["dataset=linear", "training.epochs=2", "training.repeats=2"]
FEW = ["-m", "sweep.name=s", "model=pinv,svd", "dataset=linear"]


def results(cwd):
    """The lines of results.csv without the columns that hold times."""
    with (cwd / "outputs/sweeps/s/results.csv").open() as file:
        rows = list(csv.DictReader(file))
    times = ("training_seconds", "seconds", "started")
    return [{name: cell for name, cell in row.items() if name not in times} for row in rows]


def done(cwd):
    """status.json of every run that is done and whole."""
    paths = (cwd / "outputs/sweeps/s").glob("*/status.json")
    return {path: path.read_bytes() for path in paths if run_folder.state(path.parent) == "done"}


def files(cwd):
    """Every file of the sweep, but for the log of a run, which one run may have begun."""
    root = cwd / "outputs/sweeps/s"
    return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}


def test_a_sweep_killed_at_any_moment_goes_on_where_it_was(ask, tmp_path):
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    calm.mkdir()
    killed.mkdir()
    assert ask(calm, RUNS).returncode == 0
    rng = np.random.default_rng(4)
    moments = [*rng.uniform(0.3, 1.5, 20), *rng.uniform(2, 6, 3)]
    kills, before = 0, {}
    for moment in moments:
        done_ = ask(killed, RUNS, kill_after=float(moment))
        kills += done_.returncode == -signal.SIGKILL
        now = done(killed)
        assert before.items() <= now.items(), "a finished run was touched"
        before = now
    assert kills >= 20
    assert ask(killed, RUNS).returncode == 0
    assert before.items() <= done(killed).items()
    assert len(results(calm)) == 30
    assert results(killed) == results(calm)
    assert files(killed) == files(calm)


def test_whichever_write_fails_the_next_start_mends_it(ask, tmp_path):
    (tmp_path / "calm").mkdir()
    one = [*FEW[:2], "model=pinv", "dataset=linear"]
    assert ask(tmp_path / "calm", one).returncode == 0
    failed = 0
    for number in range(1, 100):
        here = tmp_path / str(number)
        here.mkdir()
        ended = ask(here, one, fail_write=number, full=number % 2 == 0)
        if ended.returncode == 0:
            break
        failed += 1
        assert ended.returncode == 3, ended.stderr
        assert "No space left on device" in ended.stderr
        assert ask(here, one).returncode == 0
        assert results(here) == results(tmp_path / "calm")
        assert files(here) == files(tmp_path / "calm")
    assert failed > 15


@pytest.mark.parametrize(("how", "code"), [("raise", 1), ("exit", 5)])
def test_a_run_that_breaks_or_leaves_is_done_at_the_next_start(ask, tmp_path, how, code):
    (tmp_path / "calm").mkdir()
    (tmp_path / "here").mkdir()
    assert ask(tmp_path / "calm", FEW).returncode == 0
    assert ask(tmp_path / "here", FEW, die_in=how).returncode == code
    states = {run_folder.state(path.parent) for path in tmp_path.glob("here/**/status.json")}
    assert states == {"done", "failed" if how == "raise" else "interrupted"}
    before = done(tmp_path / "here")
    assert ask(tmp_path / "here", FEW).returncode == 0
    assert before.items() <= done(tmp_path / "here").items()
    assert results(tmp_path / "here") == results(tmp_path / "calm")


@pytest.mark.parametrize("again_after", [None, 0.2])
def test_ctrl_c_once_and_twice(ask, tmp_path, again_after):
    (tmp_path / "calm").mkdir()
    (tmp_path / "here").mkdir()
    long = [*FEW[:2], "dataset=linear", "dataset.seed=range(0,12)", "model=pinv"]
    assert ask(tmp_path / "calm", long).returncode == 0
    stopped = {"kill_at": 2, "signal": signal.SIGINT, "again_after": again_after}
    assert ask(tmp_path / "here", long, **stopped).returncode == 130
    before = done(tmp_path / "here")
    assert 0 < len(before) < 12
    assert ask(tmp_path / "here", long).returncode == 0
    assert before.items() <= done(tmp_path / "here").items()
    assert results(tmp_path / "here") == results(tmp_path / "calm")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_sweep_with_its_comparison_and_gives_the_folder_back(
    ask, tmp_path, sent, code
):
    (tmp_path / "calm").mkdir()
    (tmp_path / "here").mkdir()
    long = [*FEW[:2], "dataset=linear", "dataset.seed=range(0,12)", "model=pinv"]
    assert ask(tmp_path / "calm", long).returncode == 0
    ended = ask(tmp_path / "here", long, kill_at=2, signal=sent)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    sweep = tmp_path / "here/outputs/sweeps/s"
    assert (sweep / "comparison.html").is_file()
    assert not [*sweep.glob(".*")], "no lock, no owner"
    states = {run_folder.state(path.parent) for path in sweep.glob("*/status.json")}
    assert "done" in states <= {"done", "interrupted"}
    before = done(tmp_path / "here")
    assert 0 < len(before) < 12
    assert ask(tmp_path / "here", long).returncode == 0
    assert before.items() <= done(tmp_path / "here").items()
    assert results(tmp_path / "here") == results(tmp_path / "calm")


def test_ctrl_c_ends_all_batches(ask, tmp_path):
    batches = [*FEW[:2], "dataset=linear", "model=pinv", "hydra.sweeper.max_batch_size=2"]
    long = [*batches, "dataset.seed=range(0,8)"]
    assert ask(tmp_path, long, kill_at=1, signal=signal.SIGINT).returncode == 130
    assert 0 < len(done(tmp_path)) < 8
    assert ask(tmp_path, long).returncode == 0
    assert len(done(tmp_path)) == 8


def test_fail_fast_ends_all_batches(ask, tmp_path):
    batches = ["-m", "sweep.name=s", "sweep.fail_fast=true", "hydra.sweeper.max_batch_size=1"]
    wild = ["training=sgd", "dataset=cubic", "training.learning_rate=1000,1001,1002"]
    ended = ask(tmp_path, [*batches, *wild, "training.epochs=2", "training.repeats=1"])
    assert ended.returncode == 1
    assert "1 diverged, 2 missing in " in ended.stdout
