"""The benchmark's sums and its table; what it measures is measured by `make bench`."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import date
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from benchmarks import engines, growth, limits, parts, peers, populations, process, tasks, verdicts
from benchmarks.__main__ import PARTS, Bench
from benchmarks.equal_sweeps import SHAPES, equal_runs
from benchmarks.opening import CHROMIUM
from benchmarks.peers import environment, handed_over, jax_peer
from benchmarks.process import Cost
from benchmarks.resume import make_finished
from benchmarks.table import COLUMNS, HEAD, Point, Rounds, Row, line, page, rounds
from benchmarks.training import written_seconds
from benchmarks.work import FULL, PRESETS, QUICK, Grid
from experiments.comparison.contenders import Contender, Terms
from experiments.storage import run_folder, sweep_folder
from models import fit
from models.network import initial_weights
from tests.conftest import ROOT


def once(value):
    return Rounds((value,))


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("w", once(2)), None),
        (Row("w", once(2), once(30), least=15), True),
        (Row("w", once(2), once(29), least=15), False),
        (Row("w", once(2), least=15), False),
        (Row("w", once(2), most=2), True),
        (Row("w", once(2.1), most=2), False),
        (Row("w", Rounds((1.9, 9, 2)), most=2), True),
        (Row("w", once(float("nan")), most=2), False),
        (Row("w", once(2), once(40), least=15, most=1), False),
    ],
)
def test_a_row_knows_whether_it_meets_what_is_required(row, met):
    assert row.met is met


def test_a_line_shows_both_sides_rounds_and_what_is_required():
    ours, peer = Rounds((20.04, 10, 30), (38, 40, 39)), Rounds((1300, 1000, 1200))
    row = Row("the grid", ours, peer, 60, note="a sample", limit=4)
    assert line(row) == (
        "| the grid | 20.0 s (10.0–30.0) | 39.0 s (38.0–40.0) | 1,200 s (1,000–1,300) |  "
        "| 64.9 times (40.0–100) | 60 times | yes | 4.00 s | 5.01 times | a sample |"
    )
    assert line(Row("a", once(0.3), most=0.25)) == (
        "| a | 0.30 s |  |  |  |  | at most 0.25 s | **no** |  |  |  |"
    )


def test_a_ratio_is_taken_within_a_round():
    slower_and_slower = Row("w", Rounds((1, 2, 4)), Rounds((10, 20, 44)))
    assert slower_and_slower.ratios == (10, 10, 11)
    assert slower_and_slower.ratio == 10
    with pytest.raises(ValueError, match="longer"):
        _ = Row("w", Rounds((1, 2)), once(3)).ratios


def test_costs_become_rounds_in_the_unit_of_a_row():
    assert rounds([Cost(1, 2), Cost(3, 4)], 1000) == Rounds((1000, 3000), (2000, 4000))


def test_the_page_holds_all_rows_the_machine_and_what_failed():
    failed, missing = ["grid (RuntimeError)"], ["page", "resume"]
    text = page([Row("one", once(1)), Row("two", once(2))], failed, date(2026, 1, 2), missing)
    assert text.startswith("# Speed\n\n2026-01-02: ")
    assert "cores" in text
    assert HEAD + "\n| one |" in text
    assert "Could not be measured: grid (RuntimeError)" in text
    assert "Not measured yet: page, resume." in text
    columns = {text.count("|") for text in text.splitlines() if text.startswith("|")}
    assert columns == {len(COLUMNS) + 1}


def test_what_is_measured_is_written_after_every_part(tmp_path, monkeypatch, capsys):
    def broken(size):
        yield Row("half", once(3))
        raise RuntimeError("gone")

    def whole(size):
        for runs in (10, 20, 40):
            yield Row("page", once(1), point=Point("page", runs, 1 + 0.1 * runs, 0.2))

    monkeypatch.setitem(PARTS, "limits", broken)
    monkeypatch.setitem(PARTS, "page", whole)
    bench = Bench(["limits", "page"], tmp_path)
    bench.measure("limits", QUICK)
    text = (tmp_path / "results.md").read_text()
    assert "| half |" in text
    assert "Not measured yet: page." in text
    assert "Could not be measured: limits (RuntimeError)" in text
    assert not (tmp_path / "growth.png").exists()
    bench.measure("page", QUICK)
    bench.conclude()
    text = (tmp_path / "results.md").read_text()
    assert "Not measured yet" not in text
    assert "| exponent of CPU seconds of its page, by runs | 1.00 |" in text
    with Image.open(tmp_path / "growth.png") as drawn:
        assert drawn.width > 1000
    assert "page:" in capsys.readouterr().err


def test_costs_in_proportion_have_the_exponent_one_whatever_a_start_costs():
    sizes = [10, 100, 1000, 5000]
    assert growth.exponent(sizes, [3 + 0.01 * size for size in sizes]) == pytest.approx(1)
    assert growth.exponent(sizes, [1e-4 * size**2 for size in sizes]) == pytest.approx(2, abs=0.1)
    # By chance the smallest was not the cheapest.
    assert growth.exponent([10, 100, 1000, 5000], [1.7, 1.4, 2.3, 6.3]) == pytest.approx(1)
    assert np.isnan(growth.exponent(sizes, [4, 3, 2, 3]))


def test_the_picture_of_growth_shows_every_series():
    points = [Point(what, size, 0.1 * size, 0.5) for what in growth.NAMES for size in (10, 100)]
    rows = [Row("w", once(1), point=point) for point in points]
    assert list(growth.series(rows)) == list(growth.NAMES)
    drawn, few = (
        np.array(Image.open(BytesIO(growth.picture(r))).convert("RGB")) for r in (rows, rows[:2])
    )
    assert drawn.shape == few.shape
    assert (drawn != few).any()


def test_operations_are_those_of_real_units_and_rows():
    (task,) = tasks.tasks(["dataset=linear model.depth=1 model.width=3 training.epochs=2"])
    forward, slopes, back = 2 * (2 * 3 + 3), 2 * (2 * 3 + 3), 2 * 3
    rows = 80 * (forward + slopes + back) + 20 * forward
    assert limits.operations_of(task) == task.repeats * 2 * rows


def test_a_machine_needs_its_start_its_products_and_its_writing():
    starts = {name: Rounds((3.0, 1.0, 2.0)) for name in limits.STARTS}
    machine = limits.Machine(starts, Rounds((50.0, 100.0)), Rounds((10.0, 20.0, 30.0)))
    assert machine.needs(operations=200, written=60) == 2 + 2 + 3


def test_what_is_handed_over_trains_to_the_same_errors(tmp_path):
    """An epoch in plain NumPy, from the file alone."""
    own = "dataset=linear model.depth=1 model.width=3 model.activation=linear"
    prepared = tasks.tasks([f"{own} training.epochs=1 training.repeats=2 training.optimizer=sgd"])
    handed_over.hand_over(tmp_path / "a.npz", prepared)
    with np.load(tmp_path / "a.npz") as stored:
        told, arrays = json.loads(str(stored["runs"])), dict(stored)
    assert told[0]["units"] == [3]
    weights = [arrays[f"weights_0_{place}"][1].astype(float) for place in range(4)]
    for given, here in zip(weights, initial_weights(prepared[0], 1), strict=True):
        np.testing.assert_array_equal(given, here)
    order_T, x, y = arrays["order_0"][1, 0], arrays["x_0"], arrays["y_0"]
    for start in range(0, len(order_T), told[0]["batch"]):
        rows = order_T[start : start + told[0]["batch"]]
        hidden = x[rows] @ weights[0] + weights[1]
        slope_B = 2 * (hidden @ weights[2] + weights[3] - y[rows, None]) / len(rows)
        delta = slope_B @ weights[2].T
        slopes = [x[rows].T @ delta, delta.sum(0), hidden.T @ slope_B, slope_B.sum(0)]
        weights = [w - told[0]["rate"] * g for w, g in zip(weights, slopes, strict=True)]
    rows = arrays["validation_0"]
    error = (x[rows] @ weights[0] + weights[1]) @ weights[2] + weights[3] - y[rows, None]
    (fitted,) = fit(prepared)
    assert fitted.history[1]["val_loss"][-1] == pytest.approx(float(np.mean(error**2)), rel=1e-4)


def test_errors_agree_where_most_are_close(tmp_path):
    ours, theirs = tmp_path / "a.npz", tmp_path / "b.npz"
    np.savez(ours, loss=np.ones((2, 2)), val_loss=np.ones((2, 2)))
    np.savez(theirs, loss=np.ones((2, 2)), val_loss=np.array([[1, 1], [1.001, 2]]))
    share, middle = jax_peer.agreeing(ours, theirs)
    assert share == 0.75
    assert middle == pytest.approx(0.0005)


def test_a_jax_that_cannot_be_installed_is_told_and_tried_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(environment, "PACKAGES", (str(tmp_path / "nothing-here"),))
    monkeypatch.setattr(environment.sys, "platform", "linux")
    with pytest.raises(RuntimeError, match="cannot be installed"):
        environment.python_of()
    assert not list(tmp_path.rglob("ready"))


def test_a_clock_counts_what_is_inside_once():
    clock = parts.Clock()

    def busy():
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass

    inner = clock.around("inner", busy)
    outer = clock.around("outer", lambda: (inner(), busy(), inner()))
    outer()
    assert {name: len(took) for name, took in clock.took.items()} == {"inner": 2, "outer": 1}
    assert sum(clock.took["inner"]) == pytest.approx(0.04, abs=0.01)
    assert sum(clock.took["outer"]) == pytest.approx(0.02, abs=0.01)


def test_a_first_call_counts_as_the_others_do():
    clock = parts.Clock()
    clock.took["many"] += [9.0, 1.0, 3.0]
    clock.took["one"] += [5.0]
    assert clock.steady("many") == 2 * 3
    assert clock.steady("one") == 5


def test_every_clocked_function_is_still_there(monkeypatch):
    clock = parts.Clock()
    monkeypatch.setattr(clock, "around", lambda name, function: function)
    for group in parts.PARTS.values():
        for name in group:
            clock.put_on(name)
    with pytest.raises(AttributeError):
        clock.put_on("experiments.report:gone")


def test_the_grid_is_the_one_of_the_table():
    grid = Grid()
    assert (grid.runs, grid.networks, grid.epochs) == (192, 960, 100)
    assert len(set(grid.jobs())) == 192
    assert set(PRESETS) <= {path.stem for path in ROOT.glob("conf/experiment/*.yaml")}
    assert len(PRESETS) == 11
    assert FULL.networks == (100, 1_000, 10_000, 100_000)


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
    assert peers.whole(first=(3, 6), each=(0.5, 1), epochs=1) == Cost(3, 6)
    assert peers.whole(first=(3, 6), each=(0.5, 1), epochs=101) == Cost(53, 106)
    keras = peers.Keras(Cost(1, 1), (Cost(2, 3), Cost(4, 5)))
    assert keras.all() == Cost(7, 9)
    assert keras.all(repeats=5) == Cost(31, 41)


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


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_opens_the_pages():
    pytest.importorskip("playwright")
    took = process.python(["-m", "benchmarks", "--only", "opening", "--quick"])
    assert took.output.count("its first paint") == took.output.count("until it answers") == 2


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


def test_copies_of_a_run_are_written_as_if_workers_had_trained_them(tmp_path):
    """The whole path of the head: every folder is whole and of its own config."""
    template = engines._template(tmp_path)
    engines._echoed(tmp_path, template, 2)
    assert engines._writing(tmp_path, template) > 0
    file, sweep = tmp_path / "copies.json", tmp_path / "sweep"
    own = ["training.seed=range(0,3)", f"hydra.sweep.dir={sweep}"]
    process.python(["-m", "benchmarks.echo", str(file), str(template), *engines.JOB, *own])
    runs = sweep_folder.read_sweep(sweep).runs
    assert len(runs) == 3
    for run in runs:
        assert run_folder.state(sweep / run.folder) == "done"
        assert run_folder.read_about(sweep / run.folder).config_sha256 == run.config_sha256
