"""Early stopping: Keras' EarlyStopping to the epoch, member by member, in both engines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models import fit, seeds
from models.fitters import plan
from tests.models.tasks import make_task

EPOCHS = 40


def task(patience, engine="stacked", **settings):
    """Steps so large that the validation loss goes up and down."""
    training = {"epochs": EPOCHS, "learning_rate": 0.3, "batch_size": 5, "repeats": 4}
    return make_task(engine=engine, patience=patience, **{**training, **settings})


def expected_stop(losses, patience):
    """(epoch it stops at, best epoch) of a loss by epochs, by the rule in words."""
    best, waited = 0, 0
    for epoch, loss in enumerate(losses, start=1):
        if epoch == 1 or loss < losses[best - 1]:
            best, waited = epoch, 0
            continue
        waited += 1
        if waited >= patience:
            return epoch, best
    return len(losses), best


@pytest.mark.parametrize("validation", [10, 0])
def test_a_repeat_stops_where_the_rule_says_and_ends_with_its_best_weights(validation):
    free = fit([task(None, validation=validation)])[0]
    for patience in (0, 1, 3):
        told = []
        (fitted,) = fit([task(patience, validation=validation)], told.append)
        assert sum(told) == 4 * EPOCHS
        monitor = "val_loss" if validation else "loss"
        for repeat, curves in enumerate(free.history):
            stop, best = expected_stop(curves[monitor], patience)
            assert fitted.best_epoch[repeat] == best
            for name, curve in fitted.history[repeat].items():
                np.testing.assert_array_equal(curve, curves[name][:stop])
            to_best = task(None, epochs=best, validation=validation)
            at_best = fit([to_best])[0]
            np.testing.assert_array_equal(
                fitted.prediction_RxN[repeat], at_best.prediction_RxN[repeat]
            )
            np.testing.assert_equal(fitted.weights[repeat], at_best.weights[repeat])
            wanted = seeds.snapshot_epochs(EPOCHS)
            taken = sorted({*wanted[wanted < stop].tolist(), stop})
            assert fitted.snapshot_epochs[repeat].tolist() == taken
            np.testing.assert_array_equal(
                fitted.snapshots[repeat][:-1], free.snapshots[repeat][: len(taken) - 1]
            )
        assert len({len(curves["loss"]) for curves in fitted.history}) > 1, "no test of members"


@pytest.mark.parametrize("patience", [0, 3])
def test_both_engines_stop_at_the_same_epoch(patience):
    fast, slow = (fit([task(patience, engine, repeats=2)])[0] for engine in ("stacked", "keras"))
    assert fast.best_epoch == slow.best_epoch
    for repeat in range(2):
        ours, theirs = fast.history[repeat], slow.history[repeat]
        assert len(ours["loss"]) == len(theirs["loss"]) < EPOCHS
        np.testing.assert_array_equal(fast.snapshot_epochs[repeat], slow.snapshot_epochs[repeat])
        for a, b in zip(fast.weights[repeat], slow.weights[repeat], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)
        np.testing.assert_array_equal(
            slow.snapshots[repeat][-1], slow.prediction_RxN[repeat].astype(np.float32)
        )


def test_a_schedule_in_parts_remembers_what_was_best(monkeypatch):
    whole = fit([task(3), task(10**6)])
    told = []
    monkeypatch.setattr(plan, "CALL_EPOCHS", 4)
    for ours, theirs in zip(fit([task(3), task(10**6)], told.append), whole, strict=True):
        np.testing.assert_array_equal(ours.prediction_RxN, theirs.prediction_RxN)
        np.testing.assert_equal(ours.history, theirs.history)
        np.testing.assert_equal(ours.snapshots, theirs.snapshots)
        assert ours.best_epoch == theirs.best_epoch
    assert sum(told) == 2 * 4 * EPOCHS


@pytest.mark.parametrize("engine", ["stacked", "keras"])
def test_a_diverged_repeat_keeps_its_last_weights(engine):
    wild = task(3, engine, optimizer="sgd", learning_rate=1e4, repeats=1)
    without = replace(wild, training=replace(wild.training, patience=None))
    ours, theirs = fit([wild])[0], fit([without])[0]
    assert ours.diverged_at == theirs.diverged_at != (None,)
    assert ours.best_epoch == (None,)
    np.testing.assert_array_equal(ours.prediction_RxN, theirs.prediction_RxN)
