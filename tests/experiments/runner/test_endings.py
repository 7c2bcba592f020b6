"""Outcomes, and what Hydra, a shell and a person get of them."""

from __future__ import annotations

import math

import pytest

from experiments.comparison.run_names import same_command
from experiments.errors import EXIT_CODES, ConfigError, Problem, RunError, StorageError
from experiments.runner.endings import Conclusion, exit_code, hydra_value, message
from experiments.runner.session import Session, current, session
from experiments.storage.outcome import Outcome

PROBLEM = Problem("model.depth", "must be less, received 9", "say 3")


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [(ConfigError, "refused", 2), (StorageError, "not stored", 3), (RunError, "failed", 1)],
)
def test_an_expected_failure_is_an_outcome(error, state, code, capsys):
    def fail():
        raise error([PROBLEM])

    held = Session()
    assert held.attempt(fail) == Outcome(state, None, (PROBLEM,))
    assert held.attempt(lambda: Outcome("done", 2.0)).score == 2
    assert [one.state for one in held.outcomes] == [state, "done"]
    assert exit_code(held.outcomes) == error([PROBLEM]).exit_code == code
    assert capsys.readouterr().err == f"{PROBLEM}\n"


def test_a_traceback_is_printed_for_who_asked_for_it(capsys):
    def fail():
        raise RunError([PROBLEM])

    Session(tracebacks=True).attempt(fail)
    assert capsys.readouterr().err.startswith("Traceback")


def test_other_exceptions_are_no_outcomes():
    with pytest.raises(ZeroDivisionError):
        Session().attempt(lambda: 1 / 0)


@pytest.mark.parametrize("state", EXIT_CODES)
def test_the_code_of_a_single_run_is_that_of_its_state(state):
    assert exit_code([Outcome(state)]) == EXIT_CODES[state]
    assert exit_code([]) == 0


@pytest.mark.parametrize(
    ("states", "rest", "code"),
    [
        ({"done"}, {}, 0),
        ({"done", "diverged"}, {}, 1),
        ({"done", "diverged"}, {"may_diverge": True}, 0),
        ({"done", "missing"}, {"may_diverge": True}, 1),
        ({"done"}, {"passed": False}, 1),
        (set(), {}, 1),
    ],
)
def test_a_conclusion_judges_all_runs_of_a_sweep(states, rest, code):
    conclusion = Conclusion(frozenset(states), **rest)
    assert exit_code([Outcome("done", 1.0), Outcome("diverged")], conclusion) == code
    assert exit_code([Outcome("not stored")], conclusion) == 3
    assert exit_code([Outcome("interrupted")], conclusion) == 130


def test_hydra_gets_a_number():
    assert hydra_value(Outcome("done", 0.5)) == 0.5
    assert math.isnan(hydra_value(Outcome("diverged")))


def test_people_get_a_line_a_problem():
    assert message(Outcome("refused", None, (PROBLEM, PROBLEM))).splitlines() == [str(PROBLEM)] * 2
    assert message(Outcome("interrupted")) == "interrupted"
    said = message(Outcome("interrupted"), same_command("python run.py -m seed=1", "x"))
    assert said.endswith(": finished runs are kept, the same command with sweep.name=x goes on")


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("sweep.name=a", ""),
        ("hydra.sweep.dir=here", ""),
        ("hydra/sweeper=optuna sweep.name=a hydra/launcher=ray", ""),
        ("model=pinv", " with sweep.name=made-up"),
        ("sweep.name=a hydra/launcher=joblib", " without hydra/launcher"),
    ],
)
def test_what_goes_on_with_a_sweep(words, changes):
    said = same_command(f"python run.py -m {words}", "made-up")
    assert said == f"the same command{changes}"


def test_a_session_is_held_while_its_block_runs():
    assert current() is None
    with session(tracebacks=False) as held:
        assert current() is held
    assert current() is None
