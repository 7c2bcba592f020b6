"""Searches from the command line: in batches, stopped and gone on with, and what is refused."""

from __future__ import annotations

import json
import signal

import pytest

from experiments.config.shell.values import allowed
from experiments.search.kept import read_search
from experiments.storage import sweep_folder

pytest.importorskip("optuna")

SPACE = [
    "model.width=interval(2,12)",
    "model.activation=choice(tanh,relu,linear)",
    "training.learning_rate=tag(log, interval(1e-3,1e-1))",
]
FIXED = ["dataset=cubic", "dataset.n_samples=80", "training.epochs=20", "training.repeats=2"]
BATCHES = ["hydra.sweeper.n_jobs=4"]
COMMAND = ["-m", "hydra/sweeper=optuna", "sweep.name=s", *FIXED, *SPACE, *BATCHES]


def of(cwd, name="s"):
    return read_search(cwd / "outputs/sweeps" / name)


@pytest.fixture(scope="module")
def calm(ask, tmp_path_factory):
    """Where a search of 13 trials ran undisturbed, and how it ended."""
    cwd = tmp_path_factory.mktemp("calm")
    return cwd, ask(cwd, [*COMMAND, "hydra.sweeper.n_trials=13"])


def test_trials_are_trained_in_batches_and_the_best_is_found(calm, ask):
    cwd, done = calm
    assert done.returncode == 0, done.stderr
    batches = [line for line in done.stderr.splitlines() if line.startswith("trial")]
    assert [line.split(" of ")[0] for line in batches] == [
        "trials 0 to 3",
        "trials 4 to 7",
        "trials 8 to 11",
        "trial 12",
    ]
    search = of(cwd)
    assert [trial.number for trial in search.trials] == [*range(13)]
    assert {trial.state for trial in search.trials} == {"done"}
    assert set(search.importance) == {one.key for one in search.space}
    assert sum(search.importance.values()) == pytest.approx(1)
    assert "New seeds would give a bit more." in " ".join(done.stdout.split())
    grid = ["model.width=2,6,12", "model.activation=tanh,relu,linear"]
    rates = "training.learning_rate=0.001,0.01,0.1"
    assert ask(cwd, ["-m", "sweep.name=grid", *FIXED, *grid, rates]).returncode == 0
    metrics = (cwd / "outputs/sweeps/grid").glob("*/metrics.json")
    known = sorted(json.loads(path.read_bytes())["val/mse"]["typical"] for path in metrics)
    assert len(known) == 27
    assert min(trial.value for trial in search.trials) < known[4]


def test_a_trial_is_the_run_of_a_grid_bit_for_bit(calm, ask):
    cwd, _ = calm
    trial = of(cwd).trials[5]
    words = [f"{key}={value}" for key, value in trial.params.items()]
    assert ask(cwd, ["-m", "sweep.name=one", *FIXED, *words]).returncode == 0
    (alone,) = (cwd / "outputs/sweeps/one").glob("0000-*")
    found = cwd / "outputs/sweeps/s" / trial.folder
    for name in ("predictions.csv", "history.csv"):
        assert (alone / name).read_bytes() == (found / name).read_bytes()


def test_a_finished_search_asked_again_does_nothing(calm, ask):
    cwd, _ = calm
    folder = cwd / "outputs/sweeps/s"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    again = ask(cwd, [*COMMAND, "hydra.sweeper.n_trials=13"])
    assert again.returncode == 0
    assert "13 runs, nothing was missing" in again.stdout
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    changed = {path.name for path in before if after.get(path) != before[path]}
    assert changed <= {"multirun.yaml"}


def test_killed_stopped_and_made_longer_it_ends_with_the_same_trials(calm, ask, tmp_path):
    short = [*COMMAND, "hydra.sweeper.n_trials=8"]
    assert ask(tmp_path, short, kill_at=6).returncode == -signal.SIGKILL
    stopped = ask(tmp_path, short, kill_at=7, signal=signal.SIGINT)
    assert stopped.returncode in (0, 130)
    said = "interrupted: finished runs are kept, the same command goes on"
    assert (said in stopped.stderr) == (stopped.returncode == 130)
    assert ask(tmp_path, short).returncode == 0
    assert [trial.state for trial in of(tmp_path).trials] == ["done"] * 8
    (tmp_path / "outputs/sweeps/s/optuna.log").unlink()  # the same trials are chosen once more
    assert ask(tmp_path, [*COMMAND, "hydra.sweeper.n_trials=13"]).returncode == 0
    assert of(tmp_path).trials == of(calm[0]).trials
    told = sweep_folder.read_sweep(tmp_path / "outputs/sweeps/s").command
    assert told.endswith("hydra.sweeper.n_trials=13"), "the command that gives the whole"
    assert ask(tmp_path, short).returncode == 0  # it has nothing to add
    assert sweep_folder.read_sweep(tmp_path / "outputs/sweeps/s").command == told


def test_an_own_preset_may_hold_the_space_and_workers_may_train(ask, tmp_path):
    pytest.importorskip("joblib")
    preset = tmp_path / "own" / "experiment" / "few.yaml"
    preset.parent.mkdir(parents=True)
    preset.write_text(
        "# @package _global_\n"
        "hydra:\n  sweeper:\n    params:\n      model.width: choice(2,3)\n"
        "      training.learning_rate: tag(log, interval(1e-3,1e-1))\n"
    )
    words = ["--config-dir", "own", "experiment=few", "training.learning_rate=0.1", *FIXED]
    words += ["hydra.sweeper.sampler=random", "hydra.sweeper.n_trials=6", "hydra.sweeper.n_jobs=3"]
    workers = ["hydra/launcher=loky", "hydra.launcher.workers=1"]
    done = ask(tmp_path, ["-m", "hydra/sweeper=optuna", "sweep.name=s", *words, *workers])
    assert done.returncode == 0, done.stderr
    search = of(tmp_path)
    assert [one.key for one in search.space] == ["model.width"], "the command line wins"
    assert [trial.state for trial in search.trials] == ["done"] * 6
    runs = {trial.params["model.width"]: trial.folder for trial in search.trials}
    assert {trial.folder for trial in search.trials} == set(runs.values())
    assert len(list((tmp_path / "outputs/sweeps/s").glob("*/status.json"))) == len(runs) == 2


def test_values_that_do_not_go_together_fail_alone(ask, tmp_path):
    space = ["model.width=choice(3,[5,5])", "model.depth=choice(2,3)"]
    settings = ["hydra.sweeper.sampler=random", "hydra.sweeper.n_trials=6"]
    words = ["-m", "hydra/sweeper=optuna", "sweep.name=s", *FIXED, *space, *settings]
    done = ask(tmp_path, words)
    assert done.returncode == 1
    assert "error: model.width: " in done.stderr
    for trial in of(tmp_path).trials:
        apart = trial.params == {"model.depth": "3", "model.width": "[5,5]"}
        assert trial.state == ("failed" if apart else "done")
        assert bool(trial.folder) != apart
    assert ask(tmp_path, words).returncode == 0, "what was told is not tried again"


def test_a_trial_that_diverges_is_no_failure_of_the_search(ask, tmp_path):
    space = ["training.learning_rate=0.01,1000000", "model.width=2", "training=sgd"]
    settings = ["hydra.sweeper.sampler=random", "hydra.sweeper.n_trials=4"]
    done = ask(tmp_path, ["-m", "hydra/sweeper=optuna", "sweep.name=s", *FIXED, *space, *settings])
    assert done.returncode == 0, done.stderr
    found = {trial.params["training.learning_rate"]: trial for trial in of(tmp_path).trials}
    assert {rate: trial.state for rate, trial in found.items()} == {
        "0.01": "done",
        "1000000": "diverged",
    }
    assert found["1000000"].value is None
    assert found["1000000"].folder


REFUSED = {
    "hydra.sweeper.n_trials=0": "hydra.sweeper.n_trials: must be a whole number from 1 to 100000",
    "hydra.sweeper.sampler=best": "hydra.sweeper.sampler: must be tpe, random, gp or cmaes",
    "hydra.sweeper.storage=nowhere": "hydra.sweeper.storage: cannot be opened",
    "model.width=interval(9,2)": "model.width: must grow from its first number",
    "model.width=interval(1.5,9)": "model.width: takes whole numbers alone",
    "model.width=interval(0,9)": "model.width: must be a whole number from 1 to 10000,",
    "model.width=range(5,1)": "model.width: leaves nothing to choose",
    "training.learning_rate=tag(log, interval(0,1))": "training.learning_rate: has a logarithm",
    "model.activation=choice(tanh,best)": "model.activation: must be",
    "dataset.noise=1,2": "dataset.noise: is no key to search",
    "training.seed=range(0,9)": "training.seed: is no key to search",
    "sweep.settle=true": "sweep.settle: judges runs that are known from the start",
    "hydra/launcher=basic": "hydra/launcher: trains one run at a time",
    "gate=check": "gate: is no search",
    "hydra.sweep.subdir=run_${hydra.job.num}": "hydra.sweep.subdir: cannot name the runs",
}


@pytest.mark.parametrize(("word", "said"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_searched_is_one_line_before_a_folder_is_made(ask, tmp_path, word, said):
    done = ask(tmp_path, ["-m", "hydra/sweeper=optuna", "model.width=interval(2,5)", word])
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {said}")
    assert "; " in line
    assert not list(tmp_path.iterdir())


def test_samplers_complete():
    assert allowed("hydra.sweeper.sampler") == ["tpe", "random", "gp", "cmaes"]
    assert allowed("hydra.sweeper.seed") == []


def test_nothing_to_search_is_refused(ask, tmp_path):
    done = ask(tmp_path, ["-m", "hydra/sweeper=optuna", "model.width=5"])
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr.startswith("error: hydra/sweeper=optuna: has nothing to choose")


def test_another_search_does_not_mix_with_one_that_is_there(calm, ask):
    cwd, _ = calm
    for words in (["model.depth=1,2"], ["hydra.sweeper.seed=1"], ["training.epochs=3"]):
        done = ask(cwd, [*COMMAND, *words])
        assert done.returncode == 2
        assert "holds another search already" in done.stderr
