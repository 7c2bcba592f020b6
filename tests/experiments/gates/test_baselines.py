"""Whether new errors are of a baseline's kind: both error rates, on errors of every shape."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments.errors import ConfigError, StorageError
from experiments.gates import check_gate
from experiments.gates import ranks as tests
from experiments.gates.baselines import Baseline, Origin, differences, read_baseline, write_baseline
from experiments.gates.ranks import can_fail
from experiments.gates.verdicts import compare_to_baseline, detectable_shift
from experiments.storage import files

LEVEL = 0.01 / 12


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("file", "must be a folder, and"),
        ("file/sub", "must be a folder, and"),
        ("gone", "must be a folder, and"),
        ("taken", "a folder is in the place of the baseline"),
    ],
)
def test_an_update_that_could_not_be_stored_is_refused_before_it_trains(name, what, tmp_path):
    (tmp_path / "file").write_text("somebody's")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    (tmp_path / "taken" / "mine.json").mkdir(parents=True)
    settings = {"mode": "update", "presets": ["mine", "other"], "pairs": 5, "repeats": 20}
    settings |= {"slow": [], "slow_repeats": 5, "seed": 42, "false_alarms": 0.01}
    with pytest.raises(ConfigError, match=re.escape(what)) as caught:
        check_gate({**settings, "baselines": str(tmp_path / name)})
    assert [problem.key for problem in caught.value.problems] == ["gate.baselines"]
    check_gate({**settings, "baselines": str(tmp_path / "new" / "folder")})
    assert not (tmp_path / "new").exists()


def test_a_baseline_that_cannot_be_written_names_the_key_and_leaves_the_one_before(
    tmp_path, monkeypatch
):
    path = write_baseline(tmp_path, baseline_of([1, 2, 3]))
    before = path.read_bytes()

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match=r"gate\.baselines: .*mine\.json cannot be written"):
        write_baseline(tmp_path, baseline_of([4, 5, 6]))
    assert [one.name for one in tmp_path.iterdir()] == ["mine.json"]
    assert path.read_bytes() == before


def test_what_a_killed_update_left_is_cleared_away(tmp_path):
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    (tmp_path / f".part-{files._machine()}-{over.pid:x}-0123abcd.json").write_text("{half")
    write_baseline(tmp_path, baseline_of([1, 2, 3]))
    assert [one.name for one in tmp_path.iterdir()] == ["mine.json"]


def drawn(shape, rng, count):
    """Errors as presets end with them: round one value, with a long tail, or with two humps."""
    if shape == "normal":
        return 400 + 5 * rng.normal(size=count)
    if shape == "skewed":
        return np.exp(rng.normal(size=count))
    dead = rng.random(count) < 0.3
    return np.where(dead, 2100 + 20 * rng.normal(size=count), 600 + 40 * rng.normal(size=count))


def baseline_of(values, seed=42, **rest):
    return Baseline("mine", "val/mse", seed, tuple(map(float, values)), **rest)


@pytest.mark.parametrize("shape", ["normal", "skewed", "two humps"])
def test_unchanged_errors_fail_as_often_as_the_level_says(shape):
    rng = np.random.default_rng(3)
    level, draws = 0.02, 1000
    failed = sum(
        not compare_to_baseline(baseline_of(drawn(shape, rng, 60)), drawn(shape, rng, 8), 1, level)
        for _ in range(draws)
    )
    # 20 are expected, with a standard deviation of 4.4
    assert 7 <= failed <= 34


def test_the_statistic_is_cucconis_as_marozzi_writes_it():
    """Against the definition, by sums over ranks from 1; large samples make it exponential."""
    ranks = np.array([1.0, 4.0, 6.0])
    n1, n = 3, 8
    base = math.sqrt(n1 * (n - n1) * (n + 1) * (2 * n + 1) * (8 * n + 11) / 5)
    u = (6 * sum(r**2 for r in ranks) - n1 * (n + 1) * (2 * n + 1)) / base
    v = (6 * sum((n + 1 - r) ** 2 for r in ranks) - n1 * (n + 1) * (2 * n + 1)) / base
    rho = 2 * (n**2 - 4) / ((2 * n + 1) * (8 * n + 11)) - 1
    expected = (u**2 + v**2 - 2 * rho * u * v) / (2 * (1 - rho**2))
    assert tests._cucconi(ranks, n - n1) == pytest.approx(expected)
    null = tests._null(200, 40)
    assert np.quantile(null, 0.99) == pytest.approx(-math.log(0.01), rel=0.05)


@pytest.mark.parametrize("shape", ["normal", "skewed", "two humps"])
def test_a_shift_of_the_size_that_is_told_is_caught(shape):
    rng = np.random.default_rng(4)
    baseline = baseline_of(drawn(shape, rng, 200))
    size = detectable_shift(baseline, 20, LEVEL)
    step = size * baseline.mean
    for moved in (step, -step):
        verdicts = [
            compare_to_baseline(baseline, drawn(shape, rng, 20) + moved, 1, LEVEL)
            for _ in range(200)
        ]
        assert sum(not one for one in verdicts) >= 0.85 * 200  # a baseline has some luck of its own
    assert step < 1.6 * baseline.std


def test_a_verdict_says_how_far_which_way_and_how_wide():
    rng = np.random.default_rng(5)
    baseline = baseline_of(drawn("normal", rng, 200))
    up = compare_to_baseline(baseline, drawn("normal", rng, 20) + 15, 1, LEVEL)
    assert not up
    assert up.moved == pytest.approx(15 / 400, abs=0.008)
    assert re.search(r"moved [34](\.\d)? % up \(worse\)", str(up))
    assert str(up).startswith("mine: val/mse 41")
    down = compare_to_baseline(baseline, drawn("normal", rng, 20) - 15, 1, LEVEL)
    assert "down (better)" in down.message
    same = compare_to_baseline(baseline, drawn("normal", rng, 20), 1, LEVEL)
    assert same
    assert abs(same.moved) < 5 / 400


def test_a_lost_spread_fails_though_the_mean_stays():
    rng = np.random.default_rng(6)
    baseline = baseline_of(drawn("normal", rng, 200))
    verdict = compare_to_baseline(baseline, 400 + 0.5 * rng.normal(size=20), 1, LEVEL)
    assert not verdict
    assert abs(verdict.moved) < 1.5 / 400
    assert verdict.widened < 0.2


def test_an_ignored_seed_fails_whatever_the_ranks():
    rng = np.random.default_rng(7)
    baseline = baseline_of(drawn("normal", rng, 200))
    middle = float(np.median(baseline.values))
    assert (
        "the seed of a repeat is ignored"
        in compare_to_baseline(baseline, [middle] * 20, 1, LEVEL).message
    )
    again = compare_to_baseline(baseline, baseline.values[:20], 1, LEVEL)
    assert not again
    assert "training.seed is ignored" in again.message
    assert compare_to_baseline(baseline, baseline.values[:20], 42, LEVEL), (
        "the same seed gives the same errors"
    )


def test_a_diverged_training_fails():
    baseline = baseline_of([1.0, 2.0, 3.0])
    verdict = compare_to_baseline(baseline, [1.0, None, math.nan], 1)
    assert not verdict
    assert "2 of 3 trainings diverged" in verdict.message


def test_errors_that_never_varied_are_compared_as_numbers():
    baseline = baseline_of([2.5])
    assert baseline.fixed
    assert compare_to_baseline(baseline, [2.5 * (1 + 1e-8)], 1)
    assert compare_to_baseline(baseline, [2.5] * 3, 1)
    verdict = compare_to_baseline(baseline, [2.6], 1)
    assert not verdict
    assert "moved up (worse); it never varied" in verdict.message


def test_too_few_repeats_can_hardly_fail():
    assert can_fail(200, 20, LEVEL)
    assert can_fail(60, 5, LEVEL)
    assert not can_fail(60, 2, LEVEL)
    assert not can_fail(5, 1, 0.5)


def test_a_baseline_is_read_as_it_was_written(tmp_path):
    origin = Origin({"training": {"seed": 42}}, "abc", {"numpy": "2.0"})
    baseline = baseline_of([1.5, 2.25, 1 / 3], tolerance=3.1e-6, origin=origin)
    path = write_baseline(tmp_path / "new", baseline)
    assert read_baseline(tmp_path / "new", "mine") == baseline
    tree = json.loads(path.read_text())
    assert (tree["count"], tree["mean"]) == (3, pytest.approx(baseline.mean))
    assert [p.name for p in path.parent.iterdir()] == ["mine.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no baseline, received "),
        ("{", "is no baseline: is no JSON: EOF"),
        ("[1]", "is no baseline: TypeError"),
        ('{"count": 1}', "is no baseline: KeyError: 'values'"),
        ("edited", "is no baseline: ValueError: count, mean and std are "),
    ],
)
def test_a_baseline_that_cannot_be_used_is_one_clear_line(tmp_path, content, message):
    if content == "edited":
        path = write_baseline(tmp_path, baseline_of([1.0, 2.0]))
        path.write_text(path.read_text().replace('"mean": 1.5', '"mean": 1.4'))
    elif content is not None:
        (tmp_path / "mine.json").write_text(content)
    with pytest.raises(ConfigError, match=r"gate\.baselines") as refused:
        read_baseline(tmp_path, "mine")
    (line,) = str(refused.value).splitlines()
    assert message in line
    where = f"gate.baselines={tmp_path}"
    assert line.endswith(f"make it with python run.py gate=update gate.presets=[mine] {where}")


def test_differences_are_told_key_by_key():
    config = {"training": {"seed": 42, "repeats": 3, "epochs": 5}, "model": {"depth": 1}}
    baseline = baseline_of([1.0, 2.0], origin=Origin(config, "abc", {"numpy": "2.0"}))
    other = {"training": {"seed": 1, "repeats": 9, "epochs": 6}, "model": {"depth": 1}}
    assert differences(baseline, other, "abc") == ["training.epochs is 6, was 5"]
    assert differences(baseline, config, "abc") == []
    assert differences(baseline, config, "def") == ["the data are others, by the same config"]


def test_keys_that_only_one_side_has_are_one_line():
    """As of a baseline that is older than a key."""
    old = {"training": {"seed": 42, "repeats": 3}, "dataset": {"bias": 0.0}, "gone": {"a": 1}}
    new = {"training": {"seed": 1, "repeats": "auto", "vary": ["weights"]}}
    new["dataset"] = {"bias": 0.0, "slope": 64.6}
    baseline = baseline_of([1.0, 2.0], origin=Origin(old, "abc"))
    assert differences(baseline, new, "abc") == [
        "the baseline does not know dataset.slope, training.vary",
        "the baseline knows gone.a besides",
    ]
