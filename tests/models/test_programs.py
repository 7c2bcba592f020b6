"""The stacked engine tells how many of its programs are compiled; that changes no number."""

from __future__ import annotations

import numpy as np

from models.fitters import plan
from models.fitting import fit, fit_each
from tests.models.tasks import make_task


def test_programs_are_counted_once_each_and_change_no_number():
    tasks = [make_task({"width": width}, engine="stacked", epochs=3) for width in (5, 20, 20)]
    shapes = {shape for shape, _ in plan.calls_for(tasks, None)}
    told, events = [], []

    def on_programs(compiled, programs):
        told.append((compiled, programs))
        events.append("program")

    heard = fit(tasks, lambda epochs: events.append("epochs"), on_programs)
    assert told == [(count, len(shapes)) for count in range(len(shapes) + 1)]
    assert len(shapes) == 2
    assert events[:2] == ["program", "program"], "it is told before the epochs that it ran"
    for one, other in zip(heard, fit(tasks), strict=True):
        np.testing.assert_array_equal(one.prediction_RxN, other.prediction_RxN)


def test_who_compiles_nothing_tells_of_no_program():
    told = []
    tasks = [make_task(model, epochs=2) for model in ("pinv", "svd")]
    fits = dict(fit_each(tasks, lambda n: None, None, lambda *numbers: told.append(numbers)))
    assert sorted(fits) == [0, 1]
    assert told == []
