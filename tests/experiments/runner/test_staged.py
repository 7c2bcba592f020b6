from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from experiments.comparison.compare import collect
from experiments.comparison.stages import settling
from experiments.config.explain import composed
from experiments.runner.staged import Means, Settling, standing, train_in_stages
from experiments.storage import sweep_folder
from experiments.storage.read_runs import read_run
from models import fit_each
from models.fitters import program
from tests.conftest import ROOT

SMALL = ["dataset=linear", "dataset.n_samples=60", "split.fraction=0.3"]
NETWORK = ["model.depth=1", "training.epochs=30", "training.learning_rate=0.1"]
NETWORK = [*NETWORK, "model.activation=linear"]
# Two networks that are hard to tell apart, and a closed form that has no repeats.
WORDS = {
    0: [*NETWORK, "model.width=4"],
    1: [*NETWORK, "model.width=5"],
    2: ["model=pinv"],
}
CONFIGS = {number: composed([*SMALL, *words]) for number, words in WORDS.items()}
ASKED = Settling((10, 20, 40), 1.05)


def settled(done=None, advance=lambda epochs: None, told=None):
    told = [] if told is None else told
    how = Means(fit_each, advance, lambda runs, epochs: told.append((runs, epochs)))
    source = train_in_stages(CONFIGS, done or {}, ASKED, how)
    return dict(source), told


def test_repeats_are_those_of_one_training_and_only_doubt_gets_more():
    trained, told = settled()
    assert set(trained) == set(CONFIGS)
    assert told[0] == (3, 2 * 10 * 30)
    repeats = {number: len(one.fitted.prediction_RxN) for number, one in trained.items()}
    assert repeats[2] == 1  # a closed form has no more to give
    assert set(repeats.values()) <= {1, 10, 20, 40}
    assert len(told) == 1 + [10, 20, 40].index(max(repeats.values()))
    for number, one in trained.items():
        assert one.task.repeats == repeats[number]
        whole = next(
            train_in_stages(
                {number: CONFIGS[number]}, {}, Settling((repeats[number] * 10,), 1.05), *SILENT
            )
        )[1]
        first = whole.fitted.prediction_RxN[: repeats[number]]
        np.testing.assert_array_equal(one.fitted.prediction_RxN, first)


SILENT = (Means(fit_each, lambda epochs: None, lambda runs, epochs: None),)


def test_later_stages_compile_nothing_anew():
    settled()
    before = program.compiled.cache_info().misses
    _, told = settled()
    assert len(told) > 1
    assert program.compiled.cache_info().misses == before


def test_ctrl_c_gives_out_what_is_trained():
    stages = []

    def stop_in_the_second(epochs):
        if len(stages) > 1:
            raise KeyboardInterrupt

    how = Means(fit_each, stop_in_the_second, lambda runs, epochs: stages.append(runs))
    source = train_in_stages(CONFIGS, {}, ASKED, how)
    found = {}
    with pytest.raises(KeyboardInterrupt):
        for number, trained in source:
            found[number] = len(trained.fitted.prediction_RxN)
    assert set(found) == set(CONFIGS)
    assert set(found.values()) <= {1, 10, 20}


def test_a_sweep_settles_and_goes_on_where_it_was(ask, tmp_path: Path):
    words = ["dataset=linear", "dataset.n_samples=60", "training.epochs=30", "model.depth=1"]
    words += ["model.activation=linear,tanh,relu", "training.learning_rate=0.1"]
    settings = ["sweep.settle=true", "sweep.max_repeats=20", f"hydra.sweep.dir={tmp_path}/s"]
    command = ["-m", *words, *settings]
    first = ask(ROOT, command)
    assert first.returncode == 0, first.stderr
    assert "10, 20 repeats each, more only for those that are still unclear" in first.stderr
    sweep = sweep_folder.read_sweep(tmp_path / "s")
    assert (sweep.margin, sweep.stages) == (1.05, (10, 20))
    folders = [tmp_path / "s" / run.folder for run in sweep.runs]
    runs = {n: read_run(folder, tmp_path / "s") for n, folder in enumerate(folders)}
    sizes = [run.metrics.repeats for run in runs.values()]
    assert set(sizes) <= {10, 20}
    assert not standing(runs, sweep.stages, sweep.margin).wanted
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "s").rglob("status.json")}
    again = ask(ROOT, command)
    assert "nothing was missing" in again.stdout
    assert stamps == {p: p.stat().st_mtime_ns for p in (tmp_path / "s").rglob("status.json")}
    more = ask(ROOT, [word.replace("repeats=20", "repeats=40") for word in command])
    assert more.returncode == 0, more.stderr
    assert sweep_folder.read_sweep(tmp_path / "s").stages == (10, 20, 40)
    later = [
        json.loads(path.read_text())["repeats"] for path in (tmp_path / "s").rglob("metrics.json")
    ]
    assert max(later) >= max(sizes)


def test_the_command_of_the_page_settles(ask, tmp_path: Path):
    words = ["dataset=linear", "dataset.n_samples=60", "training.epochs=30", "model.depth=1"]
    words += ["model.activation=tanh,relu", "training.learning_rate=0.1", "training.repeats=5"]
    words += [f"hydra.sweep.dir={tmp_path}/s"]
    assert ask(ROOT, ["-m", *words]).returncode == 0
    found = settling(collect(tmp_path / "s"))
    assert found.runs == 2  # five repeats are too few for any verdict
    assert found.seconds > 0
    program, door, *arguments = shlex.split(found.command)
    assert (program, door) == ("python", "run.py")
    ended = ask(ROOT, arguments)
    assert ended.returncode == 0, ended.stderr
    repeats = [
        json.loads(path.read_text())["repeats"] for path in (tmp_path / "s").rglob("metrics.json")
    ]
    assert len(repeats) == 2
    assert min(repeats) >= 10


def test_settling_needs_the_launcher_that_trains_together(ask, tmp_path: Path):
    words = ["-m", "model.depth=1,2", "sweep.settle=true", "hydra/launcher=joblib"]
    refused = ask(ROOT, [*words, f"hydra.sweep.dir={tmp_path}/s"])
    assert refused.returncode == 2
    assert "sweep.settle: needs the launcher" in refused.stderr
    assert not (tmp_path / "s").exists()
