"""Pairs of errors from the same seeds: what has to be equal, what may drift, and the processor."""

from __future__ import annotations

import math
import subprocess

import pytest

from experiments.gates import retrain
from experiments.gates.baselines import Baseline, Origin
from experiments.gates.pairs import CHAOS, LEAST, compare_seeds, tolerance
from experiments.storage import machine
from models.fitters.compilation_cache import FLAG
from models.fitters.program import XLA_FLAGS

VALUES = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
HERE = {"keras": "3.15", "processor": "x86_64, AuthenticAMD 25 17, avx2 fma"}
ELSEWHERE = {**HERE, "processor": "x86_64, AuthenticAMD 25 17, avx2 avx512f fma"}
NEWER = {**HERE, "keras": "3.16"}


def pairs_of(drifts, versions, tolerance=3e-6, made=HERE):
    baseline = Baseline("mine", "val/mse", 42, VALUES, tolerance, Origin(versions=made))
    return compare_seeds(
        baseline, [v * (1 + d) for v, d in zip(VALUES, drifts, strict=False)], versions
    )


@pytest.mark.parametrize(
    ("drifts", "versions", "rest", "changed", "doubtful"),
    [
        ([0] * 5, HERE, {}, False, False),
        ([0, 0, 0, 0, 1e-11], HERE, {}, True, True),
        ([0, 0, 0, 0, 1e-13], HERE, {}, False, False),
        ([1e-6] * 5, ELSEWHERE, {}, False, False),
        ([1e-5, 1e-5, 0, 0, 0], ELSEWHERE, {}, False, False),
        ([1e-5, 1e-5, 1e-5, 0, 0], ELSEWHERE, {}, True, True),
        ([1e-5] * 5, ELSEWHERE, {"tolerance": 2e-5}, False, False),
        ([0.1] * 5, ELSEWHERE, {"tolerance": None}, False, True),
        ([0.1] * 5, HERE, {"tolerance": None}, True, True),
        ([0] * 5, ELSEWHERE, {"tolerance": None}, False, False),
        ([1e-6] * 5, NEWER, {}, False, True),
        ([1e-5] * 5, NEWER, {}, True, True),
        ([0] * 5, NEWER, {}, False, False),
        ([0, 0, 0, 0, math.nan], ELSEWHERE, {}, True, True),
        ([0, 0, 0, 0, math.nan], HERE, {}, True, True),
        ([1e-6] * 5, HERE, {"made": {}}, False, False),  # what made it is unknown
    ],
)
def test_what_has_changed_and_what_is_in_doubt(drifts, versions, rest, changed, doubtful):
    pairs = pairs_of(drifts, versions, **rest)
    assert (pairs.changed, pairs.doubtful) == (changed, doubtful)


def test_what_is_other_elsewhere_is_told():
    assert pairs_of([0], HERE).elsewhere == ()
    assert pairs_of([0], ELSEWHERE).elsewhere == ("another processor (with avx512f)",)
    assert pairs_of([0], HERE, made=ELSEWHERE).elsewhere == ("another processor (without avx512f)",)
    assert pairs_of([0], NEWER).elsewhere == ("keras 3.16 (was 3.15)",)
    assert pairs_of([0], HERE, made={}).elsewhere == ("a processor that may be another one",)


def test_a_stored_zero_is_compared_too():
    baseline = Baseline("mine", "val/mse", 42, (0.0, 1.0), 3e-6, Origin(versions=HERE))
    assert compare_seeds(baseline, [0.0, 1.0], HERE).equal
    assert compare_seeds(baseline, [1e-30, 1.0], HERE).changed


def test_a_tolerance_has_room_and_chaos_has_none():
    assert tolerance([]) == tolerance([0.0, 1e-7]) == LEAST
    assert tolerance([1e-7, 2e-6]) == pytest.approx(1e-5)
    assert tolerance([1e-7, CHAOS]) is None
    assert tolerance([math.inf]) is None


CPUINFO = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 106
model name\t: Intel(R) Xeon(R)
flags\t\t: fpu sse sse2 ht avx avx2 fma avx512f rdrand bmi1

processor\t: 1
vendor_id\t: GenuineIntel
flags\t\t: fpu
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd crc32 sve\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n"


@pytest.fixture
def reading(tmp_path, monkeypatch):
    """reading(content of /proc/cpuinfo or None) -> the text of that processor."""

    def read(content):
        path = tmp_path / "cpuinfo"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content)
        machine.processor.cache_clear()
        return machine.processor()

    for name in machine.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(machine, "GPUS", tmp_path / "gpus")
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(machine.platform, "processor", lambda: "i386")
    yield read
    machine.processor.cache_clear()


def test_a_processor_is_what_moves_a_floating_point_number(reading, tmp_path, monkeypatch):
    known = "x86_64, GenuineIntel 6 106, avx avx2 avx512f fma sse sse2"
    assert reading(CPUINFO) == known
    assert reading(CPUINFO.replace("rdrand bmi1", "")) == known
    assert "avx512f" not in reading(CPUINFO.replace(" avx512f", ""))
    assert reading(CPUINFO.replace("106", "85")) != known
    assert reading(ARM) == "x86_64, 0x41 0xd40, asimd sve"
    assert reading(None) == "x86_64, i386"
    (tmp_path / "gpus" / "0").mkdir(parents=True)
    (tmp_path / "gpus" / "0" / "information").write_text("Model: \t\t NVIDIA H200\nIRQ: 1\n")
    assert reading(CPUINFO) == f"{known}, GPU NVIDIA H200"


def test_settings_that_emulate_another_processor_count(reading, monkeypatch):
    assert machine.OURS == XLA_FLAGS
    assert f"{FLAG}=" == machine.OUR_FOLDER
    plain = reading(CPUINFO)
    monkeypatch.setenv("XLA_FLAGS", f" {' '.join(XLA_FLAGS)}")
    assert reading(CPUINFO) == plain, "the engine sets it itself"
    monkeypatch.setenv("XLA_FLAGS", f"--xla_cpu_max_isa=AVX2 {' '.join(XLA_FLAGS)}")
    assert reading(CPUINFO) == f"{plain}, XLA_FLAGS=--xla_cpu_max_isa=AVX2"
    monkeypatch.setenv("XLA_FLAGS", f"{XLA_FLAGS[-1]}other")
    assert reading(CPUINFO) == f"{plain}, XLA_FLAGS={XLA_FLAGS[-1]}other"


def test_another_processor_takes_no_programs_that_were_compiled_for_this_one(monkeypatch):
    """It would train as this one does, and find no drift at all."""
    monkeypatch.setenv("TF_XLA_FLAGS", f'--tf_xla_clustering_debug {FLAG}="/a b"')
    seen = []

    def answer(command, env, **rest):
        seen.append(env)
        return subprocess.CompletedProcess(command, 0, "[[1.5, null]]\n", "")

    monkeypatch.setattr(subprocess, "run", answer)
    assert retrain.emulated([], retrain.EMULATED["AVX2"]) == [(1.5, None)]
    assert seen[0]["TF_XLA_FLAGS"] == "--tf_xla_clustering_debug"
    assert "--xla_cpu_max_isa=AVX2" in seen[0]["XLA_FLAGS"]
