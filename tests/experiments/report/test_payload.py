"""What travels inside the comparison page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.lively import lively_sweep
from benchmarks.synthetic import make_record, make_sweep, write_run
from experiments import report
from experiments.report import payload
from experiments.report.payload import curves, packing
from experiments.report.payload.packing import Curves, packed, quantised, unpacked
from experiments.storage import run_folder
from experiments.storage.files import write_json
from tests.experiments import records
from tests.experiments.report.test_comparison_page import data_of, text_of


def test_numbers_come_back_to_half_a_step_and_unknown_ones_as_unknown():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(5, 40))
    values[2, 7], values[0, 0] = np.nan, np.inf
    tree = {
        "rows": [{"name": "ü<", "fits": quantised(values)}],
        "x": quantised(values[1], steps=65000),
    }
    back = unpacked(packed(tree))
    assert back["rows"][0]["name"] == "ü<"
    fits = np.array(back["rows"][0]["fits"])
    assert np.isnan(fits[2, 7])
    assert np.isnan(fits[0, 0])
    known = np.isfinite(values)
    span = values[known].max() - values[known].min()
    np.testing.assert_allclose(fits[known], values[known], atol=span / 4096 / 2 * 1.001)
    np.testing.assert_allclose(back["x"], values[1], atol=span / 65000)


def test_numbers_outside_stand_at_the_edge():
    back = unpacked(packed(Curves(np.array([-1e30, 0.5, 7.0]), 0.0, 1.0)))
    np.testing.assert_allclose(back, [0, 0.5, 1], atol=1e-3)


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0], [np.nan]])
def test_few_or_equal_numbers_are_no_exception(values):
    np.testing.assert_allclose(unpacked(packed(quantised(np.array(values)))), values)


def back(tree):
    return unpacked(packed(tree))


def test_bytes_follow_in_the_order_of_the_tree():
    first, second = np.array([1.0, 5.0, 2.0]), np.array([[7.0], [0.0]])
    text = packed({"b": [quantised(first)], "a": ({"x": quantised(second)}, 3)})
    found = unpacked(text)
    np.testing.assert_allclose(found["b"][0], first, atol=0.001)
    np.testing.assert_allclose(found["a"][0]["x"], second, atol=0.001)
    with pytest.raises(TypeError, match="set cannot travel"):
        packed({"a": {1, 2}})


def histories():
    """Repeats that ended early, none, one, fifty epochs of others, and rows out of order."""
    rng = np.random.default_rng(0)
    rows = [(k, e) for k in range(30) for e in range(1, 40 - k % 3)]
    yield rows
    yield [(0, e) for e in range(1, 70)]
    yield []
    yield [(k, e) for k in range(4) for e in range(1, 90) if k == 2 or e % 9 == 1]
    yield [rows[at] for at in rng.permutation(len(rows))]


@pytest.mark.parametrize("number", range(5))
def test_learning_curves_are_those_of_the_shared_history(number):
    rows, rng = [*histories()][number], np.random.default_rng(1)
    table = pd.DataFrame(rows, columns=["repeat", "epoch"], dtype=int)
    for name in ("loss", "val_loss", "mse", "val_mse"):
        table[name] = rng.uniform(0.1, 9, len(rows))
    record = make_record([0.2] * 3)
    record = replace(record, history=table, about=replace(record.about, shown_repeat=2))
    found = curves.learning(record)
    shared = record.shared_history
    epochs = np.unique(shared["epoch"])
    epochs = epochs[curves.log_spaced(len(epochs), curves.THIN_EPOCHS)]
    wide = shared.pivot(index="repeat", columns="epoch", values="val_mse")
    wide = wide.drop(index=2, errors="ignore").reindex(columns=epochs)
    assert found["thinEpochs"] == epochs.tolist()
    expected = np.log10(wide.to_numpy(dtype=float)[: curves.THIN_REPEATS])
    np.testing.assert_array_equal(found["thinVal"].values, expected)
    own = table[table["repeat"] == 2].sort_values("epoch")
    own = own.iloc[curves.log_spaced(len(own), curves.LOSS_EPOCHS)]
    assert found["lossEpochs"] == own["epoch"].tolist()
    np.testing.assert_array_equal(found["loss"].values, np.log10(own["mse"].to_numpy()))


def test_an_epoch_that_stands_twice_has_no_curve():
    record = make_record([0.2] * 3)
    twice = pd.DataFrame([(1, 1), (1, 1), (1, 2), (2, 2)], columns=["repeat", "epoch"])
    twice["mse"] = twice["val_mse"] = 1.0
    with pytest.raises(ValueError, match="twice"):
        curves.learning(replace(record, history=twice))


def test_curves_are_those_of_the_grid():
    record = make_record([0.2, 0.3, 0.4])
    assert record.grid is not None
    group, run = back(curves.of_group(record)), back(curves.of_run(record, record))
    x_G, shown = record.grid.x_GxF[:, 1], record.about.shown_repeat
    assert (group["curve"], run["kind"], run["shownRepeat"]) == (True, "curve", shown)
    assert len(group["grid"]) == curves.POINTS
    assert group["grid"][0] == pytest.approx(x_G[0], abs=1e-3)
    assert group["grid"][-1] == pytest.approx(x_G[-1], abs=1e-3)
    last = np.interp(group["grid"], x_G, record.grid.prediction_RxG[shown])
    np.testing.assert_allclose(run["fits"][-1], last, atol=2e-3)
    others = np.interp(group["grid"][::2], x_G, record.grid.prediction_RxG[1])
    assert np.array(run["others"]).shape == (2, 64)
    np.testing.assert_allclose(run["others"][0], others, atol=2e-3)
    np.testing.assert_allclose(
        group["bayes"], np.interp(group["grid"], x_G, record.grid.optimal_G), atol=2e-3
    )
    x_N = record.predictions["x1"]
    assert group["range"] == [x_N.min(), x_N.max()]
    assert sum(group["validation"]) == (record.predictions["split"] == "val").sum()


def test_epochs_are_bounded_and_keep_first_and_last():
    record = make_record([0.2, 0.3])
    run = back(curves.of_run(record, record))
    assert run["epochs"][0] == 0
    assert run["epochs"][-1] == record.snapshot_epochs[-1]
    assert len(run["fits"]) == len(run["epochs"]) <= curves.EPOCHS
    assert run["lossEpochs"][0] == 1
    assert run["lossEpochs"][-1] == 50
    own = record.history[record.history["repeat"] == record.about.shown_repeat]
    kept = np.isin(own["epoch"], run["lossEpochs"])
    np.testing.assert_allclose(10 ** np.array(run["loss"]), own["mse"][kept], rtol=5e-3)
    other = record.history[record.history["repeat"] != record.about.shown_repeat]
    kept = np.isin(other["epoch"], run["thinEpochs"])
    np.testing.assert_allclose(10 ** np.array(run["thinVal"][0]), other["val_mse"][kept], rtol=5e-3)
    assert curves.log_spaced(1000, 5)[[0, -1]].tolist() == [0, 999]


def test_a_run_without_a_grid_has_its_predictions_at_rows():
    record = replace(make_record([0.2, 0.3]), grid=None)
    group, run = back(curves.of_group(record)), back(curves.of_run(record, record))
    assert (group["curve"], group["grid"], group["bayes"]) == (False, None, None)
    assert run["kind"] == "pairs"
    rows_N = curves.group_rows(record)
    np.testing.assert_allclose(run["target"], record.predictions["y"].iloc[rows_N], atol=1e-3)
    np.testing.assert_allclose(run["fits"][-1], record.snapshots[-1][rows_N], atol=1e-3)


def test_predictions_far_from_the_data_stand_at_an_edge_that_is_out_of_sight():
    record = make_record([0.2, 0.3])
    record.grid.snapshots_SxG[1] *= 1e20
    fits = np.array(back(curves.of_run(record, record))["fits"])
    y_N = record.predictions["y"]
    reach = curves.REACH * (y_N.max() - y_N.min())
    assert fits[1].max() == pytest.approx(y_N.max() + reach)
    assert np.isfinite(fits).all()


def test_the_payload_is_json_and_says_every_error_of_every_repeat(tmp_path):
    folder = tmp_path / "sweep"
    make_sweep(folder, runs=6)
    said = report.compare(folder)
    rows = data_of(text_of(folder))["rows"]
    assert [tuple(row["values"]) for row in rows] == [row.values for row in said.rows]
    tree = payload.payload(folder, said)
    json.dumps(packing.unpacked(packed(tree)), allow_nan=False)


def test_of_very_many_runs_the_page_holds_the_best_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(payload, "MOST_HELD", 4)
    folder = tmp_path / "sweep"
    make_sweep(folder, runs=6)
    said = report.compare(folder)
    data = data_of(text_of(folder))
    best = sorted(payload.best_first(said)[:4])
    assert [row["folder"] for row in data["rows"]] == [said.rows[n].folder for n in best]
    for group, of in zip(data["groups"], said.groups, strict=True):
        assert data["rows"][group["best"]]["folder"] == said.rows[of.best].folder
    assert "holds the 4 best of 6 runs" in text_of(folder)
    assert len((folder / "results.csv").read_text().splitlines()) == 7


@pytest.mark.parametrize(
    ("runs", "megabytes"),
    [(48, 0.5), pytest.param(1000, 3.0, marks=pytest.mark.slow)],
)
def test_a_page_is_one_small_file(tmp_path, runs, megabytes):
    """With fits and losses that are as hard to compress as real ones."""
    folder = tmp_path / "sweep"
    lively_sweep(folder, runs, drawn=payload.RUNS)
    report.compare(folder)
    page = folder / report.COMPARISON
    assert page.stat().st_size <= 1e6 * megabytes
    drawn = [row["curves"] for row in data_of(text_of(folder))["rows"] if row["curves"]]
    assert len(drawn) == min(runs, payload.RUNS)
    assert {len(one["fits"][0]) for one in drawn} == {curves.POINTS}


@pytest.mark.parametrize("fraction", [0.94, 0.06, 0.5])
def test_of_a_side_with_few_rows_all_are_drawn(configured, fraction):
    record, _ = records.make_record(configured(f"split.fraction={fraction}", "training.repeats=1"))
    rows = curves.group_rows(record)
    assert len(rows) == len(set(rows.tolist())) == curves.GROUP_ROWS
    split = record.predictions["split"].to_numpy()
    for side in ("train", "val"):
        if (split == side).sum() <= curves.GROUP_ROWS // 2:
            assert (split[rows] == side).sum() == (split == side).sum()
    x_N = record.predictions["x1"].to_numpy()[rows]
    assert (np.diff(x_N) >= 0).all()


def test_curves_of_a_grid_need_no_predictions_of_their_own(tmp_path):
    for name, values in (("a", [0.2, 0.3]), ("b", [0.5, 0.4])):
        write_run(tmp_path / name, make_record(values))
    first, own = run_folder.read(tmp_path / "a"), run_folder.read(tmp_path / "b")
    shared = run_folder.read(tmp_path / "b", first.predictions)
    assert shared.predictions is first.predictions
    assert packed(curves.of_run(shared, first)) == packed(curves.of_run(own, first))
    assert packed(curves.of_run(own, first)) != packed(curves.of_run(first, first))
    (tmp_path / "b" / run_folder.GRID).unlink()
    status = run_folder.read_status(tmp_path / "b")
    del status["files"][run_folder.GRID]  # as an earlier version left it
    write_json(tmp_path / "b" / run_folder.STATUS, status)
    assert run_folder.read(tmp_path / "b", first.predictions).predictions.equals(own.predictions)
