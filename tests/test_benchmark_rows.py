"""The rows that follow from what was measured; the measuring itself is replaced."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import (
    engines,
    family,
    gpu,
    grid,
    growth,
    limits,
    parts,
    peers,
    process,
    searching,
    settling,
    training,
)
from benchmarks.process import Cost, Took
from benchmarks.table import Rounds, line
from benchmarks.work import QUICK

THREE = replace(QUICK, rounds=3)
MACHINE = limits.Machine(
    {name: Rounds((2.0,)) for name in limits.STARTS}, Rounds((1e9,)), Rounds((1e6,))
)


@pytest.fixture(autouse=True)
def known_machine(monkeypatch):
    for module in (grid, growth, training):
        monkeypatch.setattr(module, "machine", lambda size: MACHINE)


@pytest.fixture
def asked(monkeypatch):
    """Every command that would run; each takes a second more than the one before."""
    commands = []

    def python(arguments, codes=(0,), binary="", cwd=None):
        commands.append(list(arguments))
        return Took(float(len(commands)), 2.0 * len(commands), 0.5, "")

    for module in (growth, searching, settling, training):
        monkeypatch.setattr(module, "python", python)
    return commands


def one_round(number, jax):
    keras = peers.Keras(Cost(1, 1), (Cost(10, 12), Cost(20, 28)))
    return grid.Round(Cost(number + 1, number + 2), keras, Cost(6, 7), jax, "about JAX")


def test_the_rows_of_the_grid_pair_both_sides_of_a_round(monkeypatch):
    wanted = QUICK.grid
    sweeps = iter([grid.SweepRound(Cost(50 + k, 100 + k), wanted.runs, 0.2, 1e6) for k in range(3)])
    monkeypatch.setattr(grid, "_sweep", lambda wanted: next(sweeps))
    monkeypatch.setattr(grid, "_alone", lambda size, number: one_round(number, Cost(3, 4)))
    whole, folder, cpu = grid.grid(THREE)
    keras = 1 + 15 * wanted.networks
    assert whole.ratios == tuple(keras / ours for ours in (50, 51, 52))
    assert whole.peer.cpu == (1 + 20 * wanted.networks,) * 3
    assert folder.ours.middle == 0.2
    assert cpu.ours.values == (98 / wanted.runs,) * 3
    assert cpu.most == 0.12
    assert whole.limit == pytest.approx(2 + 1, abs=0.01)


def test_training_alone_stands_beside_every_peer(monkeypatch):
    monkeypatch.setattr(grid, "_alone", lambda size, number: one_round(number, Cost(3, 4)))
    keras, mlp, jax = grid.training_alone(THREE)
    assert [row.least for row in (keras, mlp, jax)] == [500, 6, 1]
    assert jax.ratios == (3, 1.5, 1)
    assert jax.met
    assert mlp.ratio == 3


def test_a_jax_peer_that_was_not_measured_meets_nothing(monkeypatch):
    monkeypatch.setattr(grid, "_alone", lambda size, number: one_round(number, "why not"))
    *_, jax = grid.training_alone(THREE)
    assert jax.peer is None
    assert jax.met is False
    assert "about JAX" in line(jax)


def test_more_networks_are_measured_in_rounds_with_memory(asked):
    *rows, memory = training.per_network(THREE)
    assert len(asked) == 3 * len(QUICK.networks)
    assert [row.point.size for row in rows] == list(QUICK.networks)
    assert rows[0].ours.values == (500, 1000, 1500)  # ms each of two networks
    assert rows[0].point.cpu == 4
    assert memory.ours.middle == pytest.approx(0.5 * 2**30 / 1e9)


def test_sweeps_of_more_runs_are_points_of_growth(asked):
    rows = list(growth.sweeps(THREE))
    assert [row.point.size for row in rows] == list(QUICK.grown)
    assert all(any("range(0," in word for word in words) for words in asked)
    (exponent,) = growth.exponents(rows)
    assert "small" not in exponent.work
    assert exponent.most == growth.LINEAR


def test_settling_alternates_with_a_fixed_number_of_repeats(asked, monkeypatch):
    monkeypatch.setattr(settling, "_summary", lambda folder: "so many")
    (row,) = settling.settling(THREE)
    assert ["sweep.settle=true" in words for words in asked] == [True, False] * 3
    assert row.ours.values == (2, 6, 10)
    assert row.peer.values == (4, 8, 12)


def test_a_search_in_batches_alternates_with_one_by_one(asked, monkeypatch):
    pytest.importorskip("optuna")
    monkeypatch.setattr(searching, "_lowest", lambda folder: 0.5)
    (row,) = searching.searching(THREE)
    batches = [word for words in asked for word in words if word.startswith("hydra.sweeper.n_jobs")]
    assert batches == ["hydra.sweeper.n_jobs=4", "hydra.sweeper.n_jobs=1"] * 3
    assert row.ours.values == (1, 3, 5)
    assert row.peer.values == (2, 4, 6)
    monkeypatch.setattr(searching, "_lowest", lambda folder: float(len(asked)))
    with pytest.raises(RuntimeError, match="other errors"):
        tuple(searching.searching(THREE))


def test_parts_of_a_folder_are_milliseconds_a_run(monkeypatch):
    def python(arguments):
        file = Path(arguments[2])
        file.write_text(json.dumps(dict.fromkeys((*parts.PARTS, parts.FIRST), 0.5)))

    monkeypatch.setattr(parts, "python", python)
    *rows, whole = parts.folder_parts(THREE)
    each = 500 / QUICK.profiled.runs
    assert {row.ours.middle for row in rows} == {each}
    assert whole.ours.middle == pytest.approx(each * (len(parts.PARTS) + 1))


def test_engines_stand_beside_one_process_without_their_start(monkeypatch):
    cpu = {("stacked", 2): 9, ("loky", 2): 20, ("stacked", 4): 14, ("loky", 4): 26}
    cpu |= {("ray", 2): 30, ("ray", 4): 45}
    monkeypatch.setattr(engines, "LIBRARIES", {"ray": "json", "dask": "no_such"})
    monkeypatch.setattr(engines, "_sweep", lambda name, runs: Cost(10.0, cpu[name, runs]))
    loky, whole_loky, ray, whole_ray = engines.engines(THREE)
    assert loky.ours.values == (26 - 11,) * 3
    assert loky.peer.values == (14,) * 3
    assert loky.met
    assert ray.ours.values == (45 - 21,) * 3
    assert not ray.met
    assert ["`loky`" in whole_loky.work, "`ray`" in whole_ray.work] == [True, True]
    assert whole_ray.ours.cpu == (45,) * 3


BUSY = "import time\nwhile time.process_time() < {}: pass\n"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_family_has_the_cpu_seconds_of_daemons_too():
    """A child that is left behind by its parent counts, and a stranger does not."""
    daemon = [sys.executable, "-c", BUSY.format(0.9)]
    code = f"import subprocess\nsubprocess.Popen({daemon!r}, start_new_session=True)\n"
    stranger = subprocess.Popen([sys.executable, "-c", BUSY.format(2)])
    with family.watched() as ours:
        process.python(["-c", code + BUSY.format(0.5)], environment=ours.environment)
        deadline = time.monotonic() + 60
        while ours.cpu_seconds < 1.2 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
    stranger.wait()
    assert 1.2 <= ours.cpu_seconds < 2


def test_a_run_more_on_the_head_is_what_is_above_the_fewest(monkeypatch):
    monkeypatch.setattr(engines, "_template", lambda folder: folder)
    monkeypatch.setattr(engines, "_writing", lambda folder, template: 0.003)
    monkeypatch.setattr(
        engines,
        "_echoed",
        lambda folder, template, runs: (Cost(4 + 0.02 * runs, 3 + 0.01 * runs), 0.5),
    )
    *whole, cpu, speed = engines.head(THREE)
    assert [row.point.size for row in whole] == list(QUICK.echoed)
    assert cpu.ours.values == pytest.approx((10,) * 3)
    assert cpu.met
    assert speed.ours.values == pytest.approx((50,) * 3)


def test_without_a_gpu_its_part_is_a_line(monkeypatch, capsys):
    monkeypatch.setattr(gpu, "python", lambda arguments: Took(1.0, 1.0, 0.1, "\n"))
    assert list(gpu.gpu(QUICK)) == []
    assert capsys.readouterr().err == "gpu: skipped: TensorFlow sees no GPU\n"


def test_a_gpu_stands_beside_the_processor_of_its_machine(monkeypatch):
    asked = []

    def timed(arguments, environment=None):
        asked.append(environment)
        return Took(2.0 if environment else 1.0, 3.0, 0.1, "PhysicalDevice(name='/GPU:0')")

    monkeypatch.setattr(gpu, "python", timed)
    rows = list(gpu.gpu(QUICK))
    assert [row.ratio for row in rows] == [2.0, 2.0]
    assert asked.count({"CUDA_VISIBLE_DEVICES": "-1"}) == len(rows)
