"""Gates from run folders, on the command line and in pytest; what they catch: test_gate_power."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml

from experiments import gates
from experiments.config.resolvers import pairs_of
from experiments.errors import ConfigError
from experiments.gates import checking
from experiments.gates.baselines import LEAST, read_baseline
from experiments.storage import run_folder
from tests.conftest import ROOT
from tests.experiments.gates.gate_room import ELSEWHERE, HERE, SECTION, Room


def run(*arguments, folder, **environment):
    command = [sys.executable, str(ROOT / "run.py"), *arguments]
    around = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=around
    )


@pytest.fixture
def room(tmp_path, configured, monkeypatch):
    return Room(tmp_path, configured, monkeypatch)


def test_equal_numbers_pass_without_more_trainings(room, capsys):
    assert room.passes()
    out = capsys.readouterr().out
    assert "gate: 2 passed: 2 with equal numbers" in out
    assert "FAILED" not in out
    assert "…" not in out, "the table is whole where no terminal says how wide it is"
    assert room.trained == checking.WITNESSES, "only those that see whether seeds are ignored"


def test_a_check_of_unchanged_code_takes_a_quarter_of_the_trainings(room):
    """Of those that it took when every preset was trained from other seeds."""
    gate = yaml.safe_load((ROOT / "conf/gate/check.yaml").read_text())["gate"]
    jobs = pairs_of(ROOT / gate["baselines"], gate["presets"], gate["pairs"])
    assert [job["experiment"] for job in jobs] == [[name] for name in gate["presets"]]
    now = sum(int(job["overrides"][1].removeprefix("training.repeats=")) for job in jobs)
    slow = len(gate["slow"])
    before = (len(jobs) - slow) * gate["repeats"] + slow * gate["slow_repeats"]
    assert (now, before) == (60, 228)
    room.passes()
    assert (now + room.trained) / before < 0.28


def test_the_last_digits_may_not_move_here(room, capsys):
    assert not room.passes(room.first("one", 0, 0, 0, 0, 1e-11))
    out = capsys.readouterr().out
    message = "numbers changed, no difference that matters seen: 1 of 5 errors moved"
    assert re.search(rf"^FAILED one: {message}", out, re.M)
    assert f"python run.py gate=update gate.presets=[one] gate.baselines={room.baselines}" in out
    assert "gate: 1 of 2 FAILED" in out
    assert "FAILED two" not in out
    assert room.trained == 20 + checking.WITNESSES
    assert room.passes(room.first("one", 1e-13))


def test_a_change_that_matters_is_told_how_far_and_which_way(room, capsys):
    room.fresh["one"] = tuple(room.rng.normal(9, 1, 20))
    assert not room.passes(room.first("one", 0.8, 0.8, 0.8))
    out = capsys.readouterr().out
    message = r"numbers changed, and it matters: 3 of 5 errors moved, 8\.0e-01 of their size at the"
    assert re.search(rf"^FAILED one: {message} median .* moved \d\d % up \(worse\)", out, re.M)


def test_another_processor_may_move_what_it_was_found_to_move(room, capsys):
    few = room.first("one", 1e-6, 0, -1e-6, 0.4, -2e-7)
    assert room.passes(few, versions=ELSEWHERE)
    out = capsys.readouterr().out
    assert "gate: 2 passed: 1 with equal numbers, 1 within what another processor may mo" in out
    assert "note: another processor (without fma): all 2" in out
    assert room.trained == checking.WITNESSES
    assert not room.passes(few), "here it may not"
    many = room.first("one", 1e-5, 0, -1e-5, 0.4, -1e-5)
    assert not room.passes(many, versions=ELSEWHERE)
    assert "FAILED one: numbers changed, no difference that m" in capsys.readouterr().out
    room.store("one", tolerance=2e-5)
    assert room.passes(many, versions=ELSEWHERE)


def test_ranks_alone_judge_what_is_chaotic_elsewhere(room, capsys):
    room.store("one", tolerance=None)
    moved = room.first("one", 0.1, -0.2, 0.1, 0.1, 0.3)
    assert room.passes(moved, versions=ELSEWHERE)
    assert "1 with equal numbers, 1 by ranks" in capsys.readouterr().out
    assert not room.passes(moved), "here it ends on the same numbers"
    room.fresh["one"] = tuple(room.rng.normal(9, 1, 20))
    assert not room.passes(moved, versions=ELSEWHERE)
    assert "FAILED one: numbers changed, and it matters" in capsys.readouterr().out


def test_ranks_judge_too_where_versions_differ(room, capsys):
    newer = {**HERE, "numpy": "2.1"}
    little = room.first("one", 1e-7)
    assert room.passes(little, versions=newer)
    out = capsys.readouterr().out
    assert "note: numpy 2.1 (was 2.0): all 2: errors may differ a little" in out
    assert "1 with equal numbers, 1 by ranks" in out
    room.fresh["one"] = tuple(room.rng.normal(9, 1, 20))
    assert not room.passes(little, versions=newer)
    assert room.passes(versions=newer), "equal numbers leave no doubt"


@pytest.mark.parametrize("versions", [HERE, ELSEWHERE])
def test_a_seed_that_is_ignored_fails_though_the_pairs_are_equal(room, capsys, versions):
    room.fresh = room.values
    assert not room.passes(versions=versions)
    assert "seed 42, not 1: training.seed is ignored" in capsys.readouterr().out


@pytest.mark.parametrize("mode", ["check", "update"])
def test_a_run_that_is_not_done_fails(room, capsys, mode):
    before = room.baselines.joinpath("one.json").read_bytes()
    assert not room.passes(states=("failed", None), mode=mode)
    assert "FAILED one: failed: " in capsys.readouterr().out
    broken = room.first("one", 0, 0, 0, np.nan, 0)
    for versions in (HERE, ELSEWHERE):
        assert not room.passes(broken, states=("diverged", None), versions=versions, mode=mode)
        assert "FAILED one" in capsys.readouterr().out
    assert room.baselines.joinpath("one.json").read_bytes() == before


def test_an_update_writes_prints_the_difference_and_never_passes(room, capsys):
    values = tuple(room.rng.normal(9, 1, 30))
    room.values["one"] = values
    assert not room.passes(values, mode="update")
    out = capsys.readouterr().out
    assert re.search(r"one\.json: val/mse .* moved \d\d % up", out)
    assert "2 baselines written" in out
    made = read_baseline(room.baselines, "one")
    assert made.values == values
    assert made.tolerance == pytest.approx(5e-6), "five times the drift"
    assert read_baseline(room.baselines, "two").tolerance is None, "chaotic"
    assert (made.seed, made.score, made.origin.config["model"]["width"]) == (42, "val/mse", 5)
    assert made.origin.versions == HERE
    assert not room.passes(values, mode="update")
    assert "one.json: the same errors" in capsys.readouterr().out


def test_a_preset_that_was_not_trained_fails(room, capsys):
    assert not room.passes(presets=["one", "two", "three"])
    assert "FAILED three: was not trained" in capsys.readouterr().out


def test_another_experiment_is_told_in_a_line(room, capsys):
    noise = room.trees["one"]["dataset"].pop("noise")
    room.store("one")
    room.trees["one"]["dataset"]["noise"] = noise
    assert room.passes()
    out = capsys.readouterr().out
    assert "warning: one is another experiment: the baseline does not know dataset.noise" in out


def test_a_gate_that_cannot_be_checked_is_refused(room):
    section = {**SECTION, "baselines": str(room.baselines)}
    gates.check_gate(section)
    with pytest.raises(ConfigError, match=r"there is no baseline, .*three.json"):
        gates.check_gate({**section, "presets": ["one", "three"]})
    gates.check_gate({**section, "presets": ["three"], "mode": "update"})
    with pytest.raises(ConfigError, match="2 repeats beside 60 of one can hardly fail"):
        gates.check_gate({**section, "repeats": 2})
    with pytest.raises(ConfigError, match=r"gate\.seed: must be another seed than that of one's"):
        gates.check_gate({**section, "seed": 42})
    with pytest.raises(ConfigError, match=r"gate\.repeat: unknown key.*did you mean repeats"):
        gates.check_gate({**section, "repeat": 2})
    for name, value in (("presets", []), ("mode", "chek"), ("false_alarms", 2)):
        with pytest.raises(ConfigError, match=rf"gate\.{name}: must be "):
            gates.check_gate({**section, name: value})


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["gate.presets=[linear_untrained]"], "error: gate.baselines: there is no baseline, rec"),
        (["gate.presets=sine_deep"], "error: gate.presets: must be a list of values, each the na"),
    ],
)
def test_a_bad_gate_is_refused_before_anything_is_trained(tmp_path, arguments, line):
    done = run("gate=check", *arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def commands(folder):
    """What trains the runs of all sweeps, without what the sweeps were made for."""
    found = (folder / "outputs" / "sweeps").glob("*/*/status.json")
    return {run_folder.read_about(path.parent).command for path in found}


def test_a_gate_on_ones_own_experiment(tmp_path):
    """Updated, checked here, as on another processor and from a test, where other data fail."""
    mine = ["gate.presets=[linear_deep_linear]", "gate.baselines=mine", "gate.slow=[]"]
    mine += ["training.epochs=5"]
    made = run("gate=update", "gate.repeats=30", "gate.seed=7", *mine, folder=tmp_path)
    assert made.returncode == 1
    assert "linear_deep_linear.json: new" in made.stdout
    assert "1 baselines written to mine" in made.stdout
    path = tmp_path / "mine" / "linear_deep_linear.json"
    assert read_baseline(path.parent, path.stem).tolerance == LEAST
    passed = run("gate=check", "gate.repeats=8", *mine, folder=tmp_path)
    assert passed.returncode == 0, passed.stdout
    assert "gate: 1 passed: 1 with equal numbers" in passed.stdout
    preset = "python run.py experiment=linear_deep_linear training."
    assert commands(tmp_path) == {
        f"{preset}repeats=30 training.seed=7 training.epochs=5",
        f"{preset}epochs=5 training.seed=7 training.repeats=5",
    }
    other = {"XLA_FLAGS": "--xla_backend_optimization_level=0"}
    elsewhere = run("gate=check", "gate.repeats=8", *mine, folder=tmp_path, **other)
    assert elsewhere.returncode == 0, elsewhere.stdout
    assert "note: another processor (with XLA_FLAGS=--xla_backend" in elsewhere.stdout
    short = ("experiment=linear_deep_linear", "training.epochs=5")
    found = gates.check(*short, baseline=path, repeats=8)
    assert found, found
    assert found.pairs.equal
    assert not gates.check(*short, "training.normalize_on=train", baseline=path, repeats=8)
    moved = gates.check(*short, "dataset.seed=43", baseline=path, repeats=8)
    assert not moved
    assert "and it matters" in str(moved)
    with pytest.raises(ConfigError, match="can hardly fail"):
        gates.check(*short, baseline=path, repeats=1)
    with pytest.raises(ConfigError, match=r"training\.epoch: unknown key"):
        gates.check("training.epoch=5", baseline=path)


def test_some_presets_get_overrides_of_their_own():
    from experiments.config.multirun import with_beside

    jobs = [[f"experiment={name}", "training.repeats=20", "model.depth=1"] for name in "ab"]
    beside = [
        {"experiment": ["b", "c"], "overrides": ["training.repeats=5"]},
        {"experiment": ["b"], "overrides": ["training.seed=7"]},
    ]
    assert with_beside(jobs, beside) == [
        jobs[0],
        ["experiment=b", "model.depth=1", "training.repeats=5", "training.seed=7"],
    ]
    assert with_beside(jobs, None) == jobs


def test_the_gate_covers_every_network_preset_of_the_notebook(configured):
    section = yaml.safe_load((ROOT / "conf/gate/check.yaml").read_text())["gate"]
    presets = {path.stem for path in (ROOT / "conf/experiment").glob("[lcs]*_*.yaml")}
    networks = {n for n in presets if configured(f"experiment={n}").model.kind == "network"}
    assert set(section["presets"]) == networks
    for name in networks:
        stored = read_baseline(ROOT / "tests/baselines", name)
        assert (
            stored.origin.config["training"]["epochs"]
            == configured(f"experiment={name}").training.epochs
        )
