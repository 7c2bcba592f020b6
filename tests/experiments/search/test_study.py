"""What Optuna is asked and told, without any training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.errors import ConfigError, StorageError
from experiments.record import Dimension, Search
from experiments.search import study as studies
from experiments.search.kept import SEARCH_FILE, read_search, write_search

pytest.importorskip("optuna")

WIDTH = Dimension("model.width", "interval(1,9)", low=1, high=9, whole=True)
RATE = Dimension("training.learning_rate", "", low=1e-4, high=0.1, log=True)
WORD = Dimension("model.activation", "tanh,relu", choices=("tanh", "relu"))
STEPS = Dimension("model.depth", "range(1,6,2)", low=1, high=5, step=2, whole=True)
SEARCH = Search((WORD, STEPS, WIDTH, RATE), (), "tpe", 7)


def opened(folder, name="s"):
    return studies.open_study(studies.open_storage(None, folder), name)


def error_of(trial):
    far = (trial.params["model.width"] - 5) ** 2 + trial.params["training.learning_rate"]
    return far + (trial.params["model.activation"] == "relu")


def run_to(folder, n_trials, size, search=SEARCH, told=1000):
    """Ask and tell until all is told, or so many are: then the process is gone."""
    study = opened(folder)
    while batch := studies.next_batch(study, search, n_trials, size):
        for trial in batch:
            if not told:
                return studies.trials_of(study, search)
            told -= 1
            studies.tell(study, replace(trial, state="done", value=error_of(trial)))
    return studies.trials_of(study, search)


def test_values_are_those_of_the_space(tmp_path):
    trials = run_to(tmp_path, 40, 8)
    assert [trial.number for trial in trials] == [*range(40)]
    assert {trial.params["model.activation"] for trial in trials} == {"tanh", "relu"}
    assert {trial.params["model.depth"] for trial in trials} == {1, 3, 5}
    widths = [trial.params["model.width"] for trial in trials]
    assert set(map(type, widths)) == {int}
    assert set(widths) <= {*range(1, 10)}
    rates = [trial.params["training.learning_rate"] for trial in trials]
    assert all(1e-4 <= rate <= 0.1 and float(f"{rate:.4g}") == rate for rate in rates)
    first, last = trials[:10], trials[-10:]
    assert sum(map(error_of, last)) < 0.5 * sum(map(error_of, first)), "it learned nothing"


def test_steps_have_no_digits_of_rounding(tmp_path):
    steps = Dimension("training.momentum", "range(0.1,1,0.2)", low=0.1, high=0.9, step=0.2)
    study = opened(tmp_path)
    trials = studies.next_batch(study, replace(SEARCH, space=(steps,)), 30, 30)
    assert {trial.params["training.momentum"] for trial in trials} == {0.1, 0.3, 0.5, 0.7, 0.9}


@pytest.mark.parametrize("told", [0, 3, 4, 6, 11])
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_wherever_it_is_stopped_it_goes_on_to_the_same_trials(tmp_path, told, sampler):
    search = replace(SEARCH, sampler=sampler)
    for name in ("calm", "stopped"):
        (tmp_path / name).mkdir()
    calm = run_to(tmp_path / "calm", 17, 4, search)
    run_to(tmp_path / "stopped", 13, 4, search, told)
    assert run_to(tmp_path / "stopped", 17, 4, search) == calm
    other = replace(search, seed=8)
    (tmp_path / "other").mkdir()
    assert run_to(tmp_path / "other", 17, 4, other) != calm


def test_a_trial_that_was_half_asked_for_is_none(tmp_path):
    study = opened(tmp_path)
    study.ask()  # a process was killed before a value was chosen
    assert studies.trials_of(study, SEARCH) == []
    batch = studies.next_batch(study, SEARCH, 3, 8)
    assert [trial.number for trial in batch] == [1, 2, 3]


def test_what_diverged_is_avoided_and_what_failed_is_not_learned_from(tmp_path):
    import optuna

    study = opened(tmp_path)
    first, second, third = studies.next_batch(study, SEARCH, 3, 3)
    studies.tell(study, replace(first, state="diverged"))
    studies.tell(study, replace(second, state="failed"))
    studies.tell(study, replace(third, state="done", value=1.5))
    state = optuna.trial.TrialState
    assert [one.state for one in study.trials] == [state.PRUNED, state.FAIL, state.COMPLETE]
    found = studies.trials_of(opened(tmp_path), SEARCH)
    assert [(one.state, one.value) for one in found] == [
        ("diverged", None),
        ("failed", None),
        ("done", 1.5),
    ]
    assert studies.importances(study) == {}, "of so few nothing is known"


def test_importance_is_of_what_matters(tmp_path):
    run_to(tmp_path, 40, 8)
    found = studies.importances(opened(tmp_path))
    assert max(found, key=found.get) == "model.width"
    assert sum(found.values()) == pytest.approx(1)


def test_a_database_keeps_a_study_too(tmp_path):
    where = f"sqlite:///{tmp_path / 'search.db'}"
    study = studies.open_study(studies.open_storage(where, tmp_path), "s")
    first = studies.next_batch(study, SEARCH, 4, 4)
    studies.tell(study, replace(first[0], state="done", value=2.5))
    storage = studies.open_storage(where, tmp_path)
    assert studies.holds_study(storage, "s")
    assert not studies.holds_study(storage, "other")
    again = studies.open_study(storage, "s")
    assert studies.next_batch(again, SEARCH, 4, 4) == first[1:]
    (tmp_path / "journal").mkdir()
    assert [trial.params for trial in first] == [
        trial.params for trial in studies.next_batch(opened(tmp_path / "journal"), SEARCH, 4, 4)
    ]


def test_a_journal_that_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / studies.JOURNAL).write_text("no journal\nat all\n")
    with pytest.raises(StorageError, match="the same trials are chosen once more"):
        opened(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"space": [], "fixed": []}'])
def test_a_file_that_tells_no_search_is_none(tmp_path, text):
    assert read_search(tmp_path) is None
    (tmp_path / SEARCH_FILE).write_text(text)
    assert read_search(tmp_path) is None
    write_search(tmp_path, SEARCH)
    assert read_search(tmp_path) == SEARCH
    whole = (tmp_path / SEARCH_FILE).read_text()
    (tmp_path / SEARCH_FILE).write_text(whole.replace("0.1", "NaN"))
    assert read_search(tmp_path) is None


def test_a_lock_that_a_killed_process_left_holds_nobody_up(tmp_path):
    (tmp_path / f"{studies.JOURNAL}.lock").write_text("")
    assert len(run_to(tmp_path, 2, 2)) == 2


@pytest.mark.parametrize("name", studies.SAMPLERS)
def test_a_sampler_is_made_or_its_missing_package_is_named(tmp_path, name):
    package = studies.SAMPLERS[name].package
    if package:
        try:
            studies.check_sampler(name)
        except ConfigError as error:
            assert f"python -m pip install {package}" in str(error)
            return
    assert len(run_to(tmp_path, 3, 2, replace(SEARCH, sampler=name))) == 3


def test_a_missing_library_is_one_line(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(ConfigError, match="python -m pip install 'optuna"):
        studies.optuna_library()
