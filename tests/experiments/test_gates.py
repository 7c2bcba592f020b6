"""Gates from run folders, on the command line and in pytest; what they catch: test_gate_power."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.synthetic import make_record, write_run
from experiments import gates
from experiments import record as records
from experiments.baselines import Baseline, Origin, read, write
from experiments.errors import ConfigError
from experiments.record import Planned, Sweep
from tests.conftest import ROOT

SECTION = {
    "mode": "check",
    "presets": ["one", "two"],
    "repeats": 20,
    "slow": ["two"],
    "slow_repeats": 8,
    "seed": 1,
    "baselines": "",
    "false_alarms": 0.01,
}


def run(*arguments, folder):
    command = [sys.executable, str(ROOT / "run.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def room(tmp_path):
    """A folder with baselines of `one` and `two`, and conclude(errors, ...) on a sweep of them."""
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        write(tmp_path / "baselines", Baseline(name, "val/mse", 42, tuple(rng.normal(5, 1, 60))))
    count = 0

    def conclude(errors, states=(None, None), **section):
        nonlocal count
        count += 1
        sweep = tmp_path / f"sweep{count}"
        names = ("one", "two")
        runs = [Planned(name, (f"experiment={name}",), name) for name in names]
        for name, values, state in zip(names, errors, states, strict=True):
            write_run(sweep / name, make_record(values, {"training.seed": 1}), state)
        records.write_sweep(sweep, Sweep("s", "python run.py", "2026", tuple(runs)))
        return gates.conclude(sweep, {**SECTION, "baselines": conclude.baselines, **section})

    conclude.baselines, conclude.rng = str(tmp_path / "baselines"), rng
    return conclude


def test_unchanged_errors_pass(room, capsys):
    assert room([room.rng.normal(5, 1, 20), room.rng.normal(5, 1, 5)]) == 0
    out = capsys.readouterr().out
    assert "gate: 2 passed; p below 0.005 fails" in out
    assert "FAILED" not in out
    assert "…" not in out, "the table is whole where no terminal says how wide it is"


def test_a_moved_error_fails_with_its_name_how_far_and_what_to_do(room, capsys):
    assert room([room.rng.normal(9, 1, 20), room.rng.normal(5, 1, 5)]) == 1
    out = capsys.readouterr().out
    assert re.search(
        r"^FAILED one: val/mse \S+ .* moved [34]\.\d\d standard deviations up", out, re.M
    )
    assert f"python run.py gate=update gate.presets=[one] gate.baselines={room.baselines}" in out
    assert "gate: 1 of 2 FAILED" in out
    assert "FAILED two" not in out


@pytest.mark.parametrize("mode", ["check", "update"])
def test_a_run_that_is_not_done_fails(room, capsys, mode):
    before = read(gates.Path(room.baselines), "one")
    values = room.rng.normal(5, 1, 20)
    assert room([values, values], states=("failed", None), mode=mode) == 1
    assert "FAILED one: failed: " in capsys.readouterr().out
    assert read(gates.Path(room.baselines), "one") == before
    broken = values.copy()
    broken[3] = np.nan
    assert room([broken, values], states=("diverged", None), mode=mode) == 1
    assert "diverged" in capsys.readouterr().out
    assert read(gates.Path(room.baselines), "one") == before


def test_an_update_writes_prints_the_difference_and_never_passes(room, capsys):
    one, two = room.rng.normal(9, 1, 30), room.rng.normal(5, 1, 30)
    assert room([one, two], mode="update") == 1
    out = capsys.readouterr().out
    assert re.search(r"one\.json: val/mse .* moved [34]\.\d\d standard deviations up", out)
    assert "2 baselines written" in out
    made = read(gates.Path(room.baselines), "one")
    assert made.values == tuple(one)
    assert (made.seed, made.score, made.origin.config["model"]["width"]) == (1, "val/mse", 5)
    assert room([one, two], mode="update") == 1
    assert "one.json: the same errors" in capsys.readouterr().out


def test_other_versions_are_a_warning_only(room, capsys):
    folder = gates.Path(room.baselines)
    old = Baseline(
        "two", "val/mse", 42, read(folder, "two").values, Origin(versions={"keras": "2"})
    )
    write(folder, old)
    assert room([room.rng.normal(5, 1, 20), room.rng.normal(5, 1, 5)]) == 0
    assert "warning: two: keras None (was 2): errors may differ" in capsys.readouterr().out


def test_a_preset_that_was_not_trained_fails(room, capsys):
    values = [room.rng.normal(5, 1, 20), room.rng.normal(5, 1, 5)]
    assert room(values, presets=["one", "two", "three"]) == 1
    assert "FAILED three: was not trained" in capsys.readouterr().out


def test_a_gate_that_cannot_be_checked_is_refused(room):
    section = {**SECTION, "baselines": room.baselines}
    gates.prepare_gate(section)
    with pytest.raises(ConfigError, match=r"there is no baseline, .*three.json"):
        gates.prepare_gate({**section, "presets": ["one", "three"]})
    gates.prepare_gate({**section, "presets": ["three"], "mode": "update"})
    with pytest.raises(ConfigError, match="2 repeats beside 60 of one can hardly fail"):
        gates.prepare_gate({**section, "repeats": 2})
    with pytest.raises(ConfigError, match=r"gate\.repeat: unknown key.*did you mean repeats"):
        gates.prepare_gate({**section, "repeat": 2})
    for name, value in (("presets", []), ("mode", "chek"), ("false_alarms", 2)):
        with pytest.raises(ConfigError, match=rf"gate\.{name}: must be "):
            gates.prepare_gate({**section, name: value})


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


def test_a_gate_on_ones_own_experiment(tmp_path):
    """Updated, checked, checked from a test, where other data fail."""
    mine = ["gate.presets=[linear_deep_linear]", "gate.baselines=mine", "gate.slow=[]"]
    mine += ["training.epochs=5"]
    made = run("gate=update", "gate.repeats=30", *mine, folder=tmp_path)
    assert made.returncode == 1
    assert "linear_deep_linear.json: new" in made.stdout
    assert "1 baselines written to mine" in made.stdout
    passed = run("gate=check", "gate.repeats=8", "gate.seed=5", *mine, folder=tmp_path)
    assert passed.returncode == 0, passed.stdout
    (status, _) = sorted((tmp_path / "outputs/sweeps").glob("*/*/status.json"))
    command = json.loads(status.read_text())["command"]
    assert command == (
        "python run.py experiment=linear_deep_linear training.repeats=30 training.seed=42 "
        "training.epochs=5"
    )
    path = tmp_path / "mine" / "linear_deep_linear.json"
    short = ("experiment=linear_deep_linear", "training.epochs=5")
    verdict = gates.check(*short, baseline=path, repeats=8, seed=5)
    assert verdict, verdict
    moved = gates.check(*short, "dataset.seed=43", baseline=path, repeats=8)
    assert not moved
    with pytest.raises(ConfigError, match="can hardly fail"):
        gates.check(*short, baseline=path, repeats=1)
    with pytest.raises(ConfigError, match=r"training\.epoch: unknown key"):
        gates.check("training.epoch=5", baseline=path)


def test_slow_presets_get_their_own_repeats():
    from hydra_plugins.archlab.sweeper import with_beside

    jobs = [[f"experiment={name}", "training.repeats=20", "model.depth=1"] for name in "ab"]
    beside = {"experiment": ["b", "c"], "overrides": ["training.repeats=5"]}
    assert with_beside(jobs, beside) == [
        jobs[0],
        ["experiment=b", "model.depth=1", "training.repeats=5"],
    ]
    assert with_beside(jobs, None) == jobs


def test_the_gate_covers_every_network_preset_of_the_notebook(configured):
    import yaml

    section = yaml.safe_load((ROOT / "conf/gate/check.yaml").read_text())["gate"]
    presets = {path.stem for path in (ROOT / "conf/experiment").glob("[lcs]*_*.yaml")}
    networks = {n for n in presets if configured(f"experiment={n}").model.kind == "network"}
    assert set(section["presets"]) == networks
    for name in networks:
        stored = read(ROOT / "tests/baselines", name)
        assert (
            stored.origin.config["training"]["epochs"]
            == configured(f"experiment={name}").training.epochs
        )
