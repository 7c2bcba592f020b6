"""history.csv: every epoch of the repeat shown, fifty at most of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import report
from experiments.plots.pictures import loss_curves
from experiments.record import Record
from experiments.report.payload import curves, packing
from experiments.scoring import history
from experiments.storage import run_folder
from models import Fit
from tests.experiments.records import make_record


def shared(table):
    return Record(None, None, table, None, None, None, "").shared_history


def fitted(*lengths):
    """A fit of as many repeats, whose losses over so many epochs are repeat + 1 / epoch."""
    losses = [k + 1 / np.arange(1, length + 1) for k, length in enumerate(lengths)]
    names = ("loss", "mse", "val_loss", "val_mse")
    none = (np.zeros(0),) * len(lengths)
    curves = tuple(dict.fromkeys(names, loss) if len(loss) else {} for loss in losses)
    return Fit(np.zeros((len(lengths), 1)), curves, none, none, none, (None,) * len(lengths), 0.0)


def epochs_of(table, repeat):
    return table[table["repeat"] == repeat]["epoch"].to_numpy()


def test_the_shown_repeat_keeps_every_epoch_and_the_others_fifty():
    table = history.table(fitted(1000, 1000, 1000), shown=1)
    assert epochs_of(table, 1).tolist() == [*range(1, 1001)]
    for repeat in (0, 2):
        kept = epochs_of(table, repeat)
        assert len(kept) <= 50
        assert kept[[0, 1, -1]].tolist() == [1, 2, 1000]
        assert np.diff(kept).max() <= 1000 / 20  # a linear axis sees the end too
    assert (table["loss"] == table["repeat"] + 1 / table["epoch"]).all()


@pytest.mark.parametrize("epochs", [1, 2, 7])
def test_few_epochs_are_kept_as_they_are(epochs):
    table = history.table(fitted(epochs, epochs), shown=0)
    assert epochs_of(table, 1).tolist() == [*range(1, epochs + 1)]


def test_no_epochs_are_an_empty_table():
    table = history.table(fitted(0, 0), shown=0)
    assert list(table) == history.COLUMNS
    assert len(table) == len(shared(table)) == 0


def test_a_repeat_that_ended_early_keeps_its_last_epoch_and_moves_no_median():
    table = history.table(fitted(1000, 333, 1000), shown=0)
    assert epochs_of(table, 1)[-1] == 333
    compared = shared(table)
    counts = compared.groupby("epoch").size()
    assert counts[counts.index <= 333].unique().tolist() == [3]
    assert counts[counts.index > 333].unique().tolist() == [2]
    assert counts.index[[0, -1]].tolist() == [1, 1000]


def test_pictures_have_what_is_known_and_charts_compare_where_all_are(configured):
    record, _ = make_record(configured("training.epochs=400", "training.repeats=20"))
    base_E = np.geomspace(100, 1, 400)
    for line in loss_curves.numbers(record).curves[0].lines:
        every = line.repeat == record.about.shown_repeat
        assert len(line.epochs_E) == (400 if every else len(history.kept_epochs(400)))
        np.testing.assert_allclose(line.height_E, (line.repeat + 1) * base_E[line.epochs_E - 1])
    chart = packing.unpacked(packing.packed(curves.learning(record)))
    epochs_E = record.shared_history["epoch"].unique()
    assert set(chart["thinEpochs"]) <= set(epochs_E)
    assert chart["thinEpochs"][-1] == chart["lossEpochs"][-1] == 400
    level_E = 100 * np.geomspace(1, 0.01, 400)[np.array(chart["thinEpochs"]) - 1]
    each = 10 ** np.array(chart["thin"]) / level_E
    assert len(each) == 19
    assert set(np.round(each[:, 0])) | {record.about.shown_repeat + 1.0} == set(range(1, 21))


def test_nine_digits_tell_any_two_float32_losses_apart(configured, tmp_path):
    record, _ = make_record(configured("training.epochs=50", "training.repeats=2"))
    losses = np.geomspace(1e-8, 1e8, len(record.history)).astype(np.float32)
    record.history["loss"] = losses.astype(np.float64)
    (tmp_path / "status.json").write_text("{}")
    run_folder.write(tmp_path, record)
    again = pd.read_csv(tmp_path / "history.csv")["loss"].to_numpy().astype(np.float32)
    np.testing.assert_array_equal(again, losses)


def test_a_repeat_more_costs_a_few_kilobytes(configured, tmp_path):
    sizes = {}
    for repeats in (5, 40):
        folder = tmp_path / str(repeats)
        record, network = make_record(configured(f"training.repeats={repeats}"))
        folder.mkdir()
        run_folder.start(folder, record.about, [])
        run_folder.write(folder, record)
        report.build_report(folder, record, network)
        sizes[repeats] = {path.name: path.stat().st_size for path in folder.iterdir()}
    grids = {repeats: sizes[repeats].pop("grid.npz") for repeats in sizes}
    assert grids[40] - grids[5] == 35 * 400 * 4  # a curve each
    more = sum(sizes[40].values()) - sum(sizes[5].values())
    assert more < 35 * 7000  # its line in two pictures and on the page, fifty epochs of losses
    assert sizes[40]["history.csv"] < 150_000


def test_the_table_is_the_same_as_one_put_together_repeat_by_repeat():
    fit = fitted(120, 70, 0, 333)
    table = history.table(fit, shown=1)
    parts = []
    for repeat, curves_of in enumerate(fit.history):
        count = len(curves_of.get("loss", ()))
        kept = {*history.kept_epochs(333).tolist(), count}
        epochs = np.array([e for e in range(1, count + 1) if repeat == 1 or e in kept], dtype=int)
        if count:
            losses = {name: curve[epochs - 1] for name, curve in curves_of.items()}
            parts.append(pd.DataFrame({"repeat": repeat, "epoch": epochs, **losses}))
    expected = pd.concat(parts, ignore_index=True).reindex(columns=history.COLUMNS)
    pd.testing.assert_frame_equal(table, expected)
