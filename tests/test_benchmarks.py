"""The benchmark's sums and its table; what it measures is measured by `make bench`."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest

from benchmarks import peers, populations, process, tasks, verdicts
from benchmarks.__main__ import PARTS
from benchmarks.equal_sweeps import SHAPES, equal_runs
from benchmarks.resume import make_finished
from benchmarks.table import HEAD, Row, line, page
from benchmarks.training import written_seconds
from benchmarks.work import FULL, PRESETS, QUICK, Grid
from experiments.comparison.contenders import Contender, Terms
from experiments.storage import run_folder, sweep_folder
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("w", 2), None),
        (Row("w", 2, 30, least=15), True),
        (Row("w", 2, 29, least=15), False),
        (Row("w", 2, least=15), False),
        (Row("w", 2, most=2), True),
        (Row("w", 2.1, most=2), False),
        (Row("w", 2, 40, least=15, most=1), False),
    ],
)
def test_a_row_knows_whether_it_meets_what_is_required(row, met):
    assert row.met is met


def test_a_line_shows_the_ratio_beside_what_is_required():
    row = Row("the grid", 20.04, 1300, 60, note="a sample")
    assert line(row) == ("| the grid | 20.0 s | 1,300 s | 64.9 times | 60 times | yes | a sample |")
    assert line(Row("a", 0.3, most=0.25)) == "| a | 0.30 s |  |  | at most 0.25 s | **no** |  |"


def test_the_page_holds_all_rows_the_machine_and_what_failed():
    text = page([Row("one", 1), Row("two", 2)], ["grid (RuntimeError)"], date(2026, 1, 2))
    assert text.startswith("# Speed\n\n2026-01-02: ")
    assert "cores" in text
    assert HEAD + "\n| one |" in text
    assert "Could not be measured: grid (RuntimeError)" in text
    columns = {text.count("|") for text in text.splitlines() if text.startswith("|")}
    assert columns == {8}


def test_the_grid_is_the_one_of_the_table():
    grid = Grid()
    assert (grid.runs, grid.networks, grid.epochs) == (192, 960, 100)
    assert len(set(grid.jobs())) == 192
    assert set(PRESETS) <= {path.stem for path in ROOT.glob("conf/experiment/*.yaml")}
    assert len(PRESETS) == 11
    assert FULL.networks == (100, 1_000, 10_000)


@pytest.mark.parametrize("sample", [Grid.one_a_depth, Grid.one_in_four])
def test_samples_are_spread_evenly_over_the_grid(sample):
    grid = Grid()
    jobs = sample(grid)
    assert set(jobs) < set(grid.jobs())
    for place in range(4):
        counts = Counter(job.split()[place] for job in jobs)
        assert len(set(counts.values())) == 1
        assert len(counts) == (3 if place == 0 else 4)


def test_jobs_become_tasks():
    (first, *_) = found = tasks.tasks(QUICK.grid.jobs())
    assert len(found) == QUICK.grid.runs
    assert (first.repeats, first.epochs) == (QUICK.grid.repeats, QUICK.grid.epochs)
    assert len({id(task.x_NxF) for task in found}) == len(QUICK.grid.datasets)


def test_a_sample_of_epochs_is_scaled_to_all_of_them():
    assert peers.whole(first=3, each=0.5, epochs=1) == 3
    assert peers.whole(first=3, each=0.5, epochs=101) == 53


def test_a_process_is_timed_and_its_failure_is_told():
    took = process.python(["-c", "print('said')"])
    assert took.output == "said\n"
    assert took.peak_gib > 0
    with pytest.raises(RuntimeError, match="ended with 3: why"):
        process.python(["-c", "import sys; print('why', file=sys.stderr); sys.exit(3)"])


def test_the_time_of_a_folder_is_read_from_its_log(tmp_path):
    (tmp_path / "run.log").write_text("a\n[x] folder written in 0.31 seconds\nb\n")
    assert written_seconds(tmp_path) == 0.31


def test_a_finished_sweep_is_made_of_folders_that_are_whole(tmp_path):
    make_finished(tmp_path / "sweep", 3)
    held = sweep_folder.read_sweep(tmp_path / "sweep")
    assert len({run.config_sha256 for run in held.runs}) == 3
    for run in held.runs:
        folder = tmp_path / "sweep" / run.folder
        assert run_folder.state(folder) == "done"
        assert run_folder.read_about(folder).config_sha256 == run.config_sha256


def test_every_part_says_what_it_counts():
    assert all(part.__doc__ for part in PARTS.values())


@pytest.mark.parametrize("name", [n for n, shape in SHAPES.items() if not shape.population])
def test_runs_of_simulated_sweeps_are_equal(name):
    """One typical error, whatever the shape; what learns nothing is worse than it."""
    logs = SHAPES[name].draw(np.random.default_rng(0), 4, 40_000)
    assert logs.mean(axis=1) == pytest.approx(logs.mean(), abs=0.03)
    contenders, terms = equal_runs(name, np.random.default_rng(1), 6, 10, {})
    assert sum(one.exact for one in contenders) == (3 if SHAPES[name].exact else 0)
    assert len({one.seed for one in contenders}) == (6 if SHAPES[name].other_seeds else 1)
    assert terms.worst is None or terms.worst > 1


def test_real_errors_are_trained_once_and_centred(tmp_path, monkeypatch):
    monkeypatch.setattr(populations, "ARCHITECTURES", [(1, 5, "linear"), (1, 5, "tanh")])
    monkeypatch.setattr(populations, "TRAINED", 4)
    monkeypatch.setattr(populations, "AT_ONCE", 2)
    real = populations.kept(tmp_path / "errors.npz")
    again = populations.kept(tmp_path / "errors.npz")
    for dataset in populations.DATASETS:
        assert real[dataset].logs_AxK.shape == (2, 4)
        np.testing.assert_array_equal(real[dataset].logs_AxK, again[dataset].logs_AxK)
        assert len(set(real[dataset].logs_AxK[1])) == 4  # every seed another error
        assert real[dataset].worst > real[dataset].typical.max()
    contenders, terms = equal_runs("real errors on sine", np.random.default_rng(0), 2, 4, real)
    assert [np.log(one.values).mean() for one in contenders] == pytest.approx([0, 0], abs=1e-9)
    assert terms.worst > 1


def test_a_run_in_stages_takes_no_more_than_its_verdict_needs():
    values = np.exp(0.01 * np.random.default_rng(0).normal(size=(3, verdicts.MOST)))
    values[1] *= 6
    noise = np.random.default_rng(1).normal(size=verdicts.MOST)
    values[2] *= np.exp(0.05 + 0.5 * (noise - noise.mean()))
    runs = [Contender(tuple(row), 1) for row in values.tolist()]
    judged, networks = verdicts.in_stages(runs, Terms(worst=7.0))
    assert {judged[0].verdict, judged[2].verdict} == {"best", "unclear"}
    assert judged[1].verdict == "worse"
    assert 2 * verdicts.MOST < networks < 3 * verdicts.MOST
