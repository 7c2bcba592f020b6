"""What the gates of this project catch, and how often they fail for nothing.

The everyday tests train quick presets; those marked slow train all, in some ten minutes
(`pytest -m slow tests/experiments/gates/test_gate_power.py -s` prints what caught what).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

from experiments.gates import checking, retrain
from experiments.gates.baselines import read_baseline
from experiments.gates.pairs import compare_seeds
from experiments.gates.verdicts import compare_to_baseline
from experiments.storage.provenance import versions
from experiments.task import prepare
from models.fitters import program
from tests.conftest import ROOT
from tests.experiments.gates.defects import DEFECTS, RECOMPILED, SMALL

GATE = yaml.safe_load((ROOT / "conf/gate/check.yaml").read_text())["gate"]
LEVEL = GATE["false_alarms"] / len(GATE["presets"])
BASELINES = ROOT / "tests" / "baselines"
# They share one compiled program, and are trained for 100 epochs.
QUICK = ["linear_deep_linear", "cubic_deep_linear", "cubic_sigmoid1", "cubic_relu2"]
# 60 trainings of sine_deep take minutes: it is left out where many are needed.
MANY = [name for name in GATE["presets"] if name not in GATE["slow"]]


def elsewhere(baseline):
    """The baseline, as if another processor had made it."""
    known = {**baseline.origin.versions, "processor": "another"}
    return replace(baseline, origin=replace(baseline.origin, versions=known))


@pytest.fixture
def trained(configured):
    """trained(presets, repeats, seed) -> the config of each, and its final errors, by its name."""

    def train(presets, repeats, seed):
        chosen = [f"training.repeats={repeats}", f"training.seed={seed}"]
        configs = [configured(f"experiment={name}", *chosen) for name in presets]
        return dict(zip(presets, zip(configs, retrain.errors(configs), strict=True), strict=True))

    return train


@pytest.fixture
def planted(trained, monkeypatch):
    """planted(defect, presets) -> the pairs of each here, those elsewhere, and what seeds say."""

    def train(defect, presets):
        with monkeypatch.context() as patch:

            def with_defect(config):
                dataset, task = prepare(config)
                return dataset, defect(task, patch)

            patch.setattr(retrain, "prepare", with_defect)
            if defect in RECOMPILED:
                program.compiled.cache_clear()
            found = trained(presets, GATE["pairs"], 42)
            known = {name: read_baseline(BASELINES, name) for name in presets}
            here = {n: compare_seeds(known[n], found[n][1], versions()) for n in presets}
            there = {
                n: compare_seeds(elsewhere(known[n]), found[n][1], versions()) for n in presets
            }
            findings = {}
            if not any(pairs.changed for pairs in here.values()):
                paired = [
                    checking.Paired(known[n], here[n], replaced(found[n][0])) for n in presets
                ]
                findings = checking.findings(paired, LEVEL)
        if defect in RECOMPILED:
            program.compiled.cache_clear()
        return here, there, [str(one) for one in findings.values() if not one]

    def replaced(config):
        return retrain.with_seed(config.tree(), GATE["seed"], GATE["repeats"])

    return train


def test_unchanged_code_ends_on_the_same_numbers(trained):
    """Where the baselines were made; elsewhere within their tolerances."""
    for name, (_, errors) in trained(QUICK, GATE["pairs"], 42).items():
        pairs = compare_seeds(read_baseline(BASELINES, name), errors, versions())
        assert not pairs.changed, f"{name}: {pairs.message}"


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_caught_by_quick_presets(planted, defect):
    """Here, and where only what is beyond a tolerance counts."""
    presets = ["linear_perceptron"] if DEFECTS[defect] in RECOMPILED else QUICK
    here, there, findings = planted(DEFECTS[defect], presets)
    assert findings or any(pairs.changed for pairs in here.values())
    assert findings or any(pairs.changed for pairs in there.values())


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_caught(planted, defect):
    here, there, findings = planted(DEFECTS[defect], MANY)
    caught = [name for name in MANY if here[name].changed]
    far = [f"{name} {there[name].drift:.1e}" for name in MANY if there[name].changed]
    print(f"\n{defect}: by {len(caught)} of {len(MANY)}; elsewhere by {', '.join(far)} {findings}")
    assert findings or (caught and far)
    if defect == SMALL:
        assert len(far) == len(MANY)


def checks(trained, presets, count, repeats, seed):
    """The numbers of the checks whose ranks fail, of `count` checks of unchanged code."""
    failed = {}
    for name in presets:  # one at a time: fits are large
        _, found = trained([name], count * repeats, seed)[name]
        baseline, values = read_baseline(BASELINES, name), np.reshape(found, (count, repeats))
        findings = [compare_to_baseline(baseline, list(row), seed, LEVEL) for row in values]
        for number in [n for n, one in enumerate(findings) if not one]:
            failed.setdefault(number, []).append(name)
    return failed


def test_the_ranks_of_unchanged_code_pass_check_after_check(trained):
    """12 checks of the quick presets; one fails in 25 such tests, two in a thousand."""
    assert len(checks(trained, QUICK, 12, 10, seed=7)) <= 1


@pytest.mark.slow
def test_a_hundred_checks_of_the_ranks_of_unchanged_code(trained):
    """At 1 % more than 4 of 100 fail in one of 300 such tests."""
    failed = checks(trained, MANY, 100, GATE["repeats"], seed=1000)
    print(f"\n{len(failed)} of 100 checks failed: {failed}")
    assert len(failed) <= 4


# Other processors than those that an update emulates.
OTHERS = {
    "AVX": {"XLA_FLAGS": "--xla_cpu_max_isa=AVX"},
    "more optimised": {"XLA_FLAGS": "--xla_backend_optimization_level=3"},
    "AVX2, less optimised": {
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2 --xla_backend_optimization_level=0",
        "OPENBLAS_CORETYPE": "Sandybridge",
        "TF_ENABLE_ONEDNN_OPTS": "0",
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("other", [*retrain.EMULATED, *OTHERS])
def test_unchanged_code_passes_on_other_processors(configured, other):
    chosen = [f"training.repeats={GATE['pairs']}", "training.seed=42"]
    configs = [configured(f"experiment={name}", *chosen) for name in MANY]
    found = retrain.emulated(configs, {**retrain.EMULATED, **OTHERS}[other])
    for name, errors in zip(MANY, found, strict=True):
        pairs = compare_seeds(elsewhere(read_baseline(BASELINES, name)), errors, versions())
        print(f"{other}: {name}: {pairs.drift:.1e}, {pairs.drift / pairs.tolerance:.0%}")
        assert not pairs.changed, f"{name}: {pairs.message}"
