"""What the gates of this project catch, and how often they fail for nothing.

The everyday tests train quick presets; those marked slow train all, in some ten minutes
(`pytest -m slow tests/experiments/test_gate_power.py -s` prints what caught what).
"""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from experiments.baselines import judge, read
from experiments.pipeline import prepare
from experiments.results import measure
from models import fit
from models.fitters import program
from tests.conftest import ROOT
from tests.experiments.defects import DEFECTS, RECOMPILED, UNSEEN

GATE = yaml.safe_load((ROOT / "conf/gate/check.yaml").read_text())["gate"]
LEVEL = GATE["false_alarms"] / len(GATE["presets"])
BASELINES = ROOT / "tests" / "baselines"
# They share one compiled program, and are trained for 100 epochs.
QUICK = ["linear_deep_linear", "cubic_deep_linear", "cubic_sigmoid1", "cubic_relu2"]
# 60 trainings of sine_deep take minutes: it is left out where many are needed.
MANY = [name for name in GATE["presets"] if name not in GATE["slow"]]


@pytest.fixture
def errors(configured, monkeypatch):
    """errors(presets, repeats, seed, defect) -> the final errors of each preset by its name."""

    def trained(presets, repeats, seed=GATE["seed"], defect=None):
        chosen = [f"training.repeats={repeats}", f"training.seed={seed}"]
        prepared = [prepare(configured(f"experiment={name}", *chosen)) for name in presets]
        with monkeypatch.context() as patch:
            if defect in RECOMPILED:
                program.compiled.cache_clear()
            tasks = [defect(task, patch) if defect else task for _, task in prepared]
            fits = fit(tasks)
        if defect in RECOMPILED:
            program.compiled.cache_clear()
        trios = zip(prepared, tasks, fits, strict=True)
        measured = [measure(dataset, task, fitted) for (dataset, _), task, fitted in trios]
        return {name: one.final.values for name, one in zip(presets, measured, strict=True)}

    return trained


def verdicts(found, seed=GATE["seed"]):
    return {name: judge(read(BASELINES, name), found[name], seed, LEVEL) for name in found}


def checks(errors, presets, count, repeats, seed):
    """The numbers of the checks that fail, of `count` checks of unchanged code."""
    failed = {}
    for name in presets:  # one at a time: fits are large
        found = errors([name], count * repeats, seed)
        baseline, values = read(BASELINES, name), np.reshape(found[name], (count, repeats))
        said = [judge(baseline, list(row), seed, LEVEL) for row in values]
        for number in [n for n, one in enumerate(said) if not one]:
            failed.setdefault(number, []).append(name)
    return failed


def test_unchanged_code_passes_check_after_check(errors):
    """12 checks of the quick presets; one fails in 25 such tests, two in a thousand."""
    assert len(checks(errors, QUICK, 12, 10, seed=7)) <= 1


QUICKLY = [
    "wrong activation",
    "the seed of a repeat is ignored",
    "training.seed is ignored",
    "validation rows are leaked",
    "learning rate ten times too high",
    "learning rate ten times too low",
    "half of the epochs",
    "weights begin ten times too small",
    "features and target are off by a row",
    "the output has no bias",
    "rows are never shuffled",
    "no normalisation",
]


@pytest.mark.parametrize("defect", QUICKLY)
def test_a_planted_defect_is_caught_by_quick_presets(errors, defect):
    presets = ["linear_perceptron"] if DEFECTS[defect] in RECOMPILED else QUICK
    said = verdicts(errors(presets, 20, defect=DEFECTS[defect]))
    assert any(not one for one in said.values()), [str(one) for one in said.values()]


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_caught(errors, defect):
    said = verdicts(errors(MANY, GATE["repeats"], defect=DEFECTS[defect]))
    caught = [f"{name} {one.moved:+.1f}" for name, one in said.items() if not one]
    print(f"\n{defect}: {', '.join(caught) or 'NOT CAUGHT'}")
    assert caught


@pytest.mark.slow
def test_what_readme_says_is_not_seen_is_not_seen(errors):
    (defect,) = UNSEEN.values()
    said = verdicts(errors(MANY, GATE["repeats"], defect=defect))
    assert all(said.values()), "then README and UNSEEN are to be corrected"


@pytest.mark.slow
def test_a_hundred_checks_of_unchanged_code(errors):
    """At 1 % more than 4 of 100 fail in one of 300 such tests."""
    failed = checks(errors, MANY, 100, GATE["repeats"], seed=1000)
    print(f"\n{len(failed)} of 100 checks failed: {failed}")
    assert len(failed) <= 4
