from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.comparison.contenders import Contender, Terms
from experiments.comparison.rows import Comparison, Row
from experiments.comparison.stages import judge_in_stages, levels, settling, wants_more
from models.repeats import stages_up_to

TERMS = Terms(worst=math.e**2, stages=(10, 20, 40))


def contenders(logs_MxR, sizes=None):
    sizes = sizes or [logs_MxR.shape[1]] * len(logs_MxR)
    return [
        Contender(tuple(map(float, np.exp(log_R[:size]))), 1)
        for log_R, size in zip(logs_MxR, sizes, strict=True)
    ]


def test_stages_double_and_their_levels_add_up():
    assert stages_up_to(10) == (10,)
    assert stages_up_to(80) == (10, 20, 40, 80)
    assert stages_up_to(50) == (10, 20, 40, 50)
    spent = levels((10, 20, 40, 80), 0.05)
    assert sum(spent) == pytest.approx(0.05)
    assert list(spent) == sorted(spent)


def test_who_wants_more_are_the_unclear_and_the_best_beside_them():
    logs = 0.01 * np.random.default_rng(0).normal(size=(4, 40))
    logs += np.array([0.0, 1.9, 0.0, 0.3])[:, None]
    logs[2] += 0.6 * np.random.default_rng(1).normal(size=40)
    first = judge_in_stages(contenders(logs[:, :10]), TERMS)
    wanted = wants_more(first)
    assert {first[n].verdict for n in wanted} == {"best", "unclear"}
    assert 2 in wanted
    assert wants_more(judge_in_stages(contenders(np.zeros((2, 10))), TERMS)) == []


def test_a_verdict_of_worse_stays_and_is_the_same_read_again():
    """A run that dropped out after 20 repeats is judged by these, whatever the others have."""
    logs = 0.05 * np.random.default_rng(2).normal(size=(3, 40))
    logs[1] += 1.8
    logs[2] += 0.1
    after_two = judge_in_stages(contenders(logs[:, :20]), TERMS)
    assert after_two[1].verdict == "worse"
    later = judge_in_stages(contenders(logs, [40, 20, 40]), TERMS)
    assert later[1] == after_two[1]
    assert later[2].interval != after_two[2].interval
    for one in later[1:]:
        assert (one.p <= TERMS.level) == (one.verdict == "worse")
    assert judge_in_stages(contenders(logs, [40, 20, 40]), TERMS) == later


def test_the_level_is_spent_over_the_stages():
    """In stages it takes more to call a run worse than with all repeats at once."""
    rng = np.random.default_rng(3)
    at_once = staged = 0
    for _ in range(60):
        logs = 0.1 * rng.normal(size=(6, 40))
        logs[1:] += rng.uniform(0, 0.5, size=(5, 1))
        everything = contenders(logs)
        one_stage = Terms(worst=TERMS.worst, stages=(40,))
        at_once += sum(j.verdict == "worse" for j in judge_in_stages(everything, one_stage))
        staged += sum(j.verdict == "worse" for j in judge_in_stages(everything, TERMS))
    assert 0 < staged <= at_once


@pytest.mark.parametrize("kind", ["normal", "half get stuck"])
def test_equal_runs_are_hardly_ever_called_worse_at_any_stage(kind):
    rng = np.random.default_rng(4)
    wrong, sweeps = 0, 80
    for _ in range(sweeps):
        logs = 0.1 * rng.normal(size=(8, 40))
        if kind == "half get stuck":
            logs = 2.0 * (rng.random((8, 40)) < 0.5) + 0.02 * logs
        judged = judge_in_stages(contenders(logs), TERMS)
        wrong += any(one.verdict == "worse" for one in judged)
    assert wrong <= 11  # at 5 % more than that once in 1,000 cases


def comparison(rows, command="python run.py -m model.width=1,2", planned=3):
    return Comparison("widths", command, "", tuple(rows), (), ("model.width",), 1, {}, planned)


def judged_row(verdict, seconds=10.0, repeats=20, **rest):
    keys = {"verdict": verdict, "training_seconds": seconds, "repeats": repeats, "rank": 1}
    return Row("0", "done", "a", "sine", 0, {}, **{**keys, **rest})


def test_the_command_that_settles_goes_on_with_the_sweep():
    rows = [judged_row("best"), judged_row("unclear", seconds=4.0), judged_row("worse")]
    found = settling(comparison(rows))
    assert found.command == (
        "python run.py -m model.width=1,2 sweep.name=widths sweep.settle=true sweep.max_repeats=80"
    )
    assert (found.runs, found.repeats) == (2, 80)
    assert found.seconds == pytest.approx(80 * (10.0 + 4.0) / 20)


def test_a_command_that_settles_already_asks_for_more():
    command = "python run.py -m 'a=b c' sweep.name=x sweep.settle=true sweep.max_repeats=20"
    found = settling(comparison([judged_row("best"), judged_row("unclear")], command))
    assert found.command == (
        "python run.py -m 'a=b c' sweep.name=x sweep.settle=true sweep.max_repeats=80"
    )


def test_a_closed_form_gets_no_repeats_and_unknown_seconds_stay_unknown():
    best = judged_row("best", repeats=1, exact=True)
    found = settling(comparison([best, judged_row("unclear", seconds=None, repeats=5)]))
    assert (found.runs, found.repeats, found.seconds) == (1, 20, None)


def test_where_nothing_can_be_settled_there_is_no_command():
    unclear = [judged_row("best"), judged_row("unclear")]
    assert settling(comparison([judged_row("best"), judged_row("as good")])) is None
    assert settling(comparison(unclear, planned=None)) is None
    assert settling(comparison(unclear, "python run.py -m a='")) is None
    assert settling(comparison(unclear, "python run.py -m a=1 hydra/launcher=joblib")) is None
