"""A notebook ends at the numbers of its run, and goes on working when somebody changes it."""

from __future__ import annotations

import json

import pytest

from benchmarks.synthetic import write_run
from models.activations import ACTIVATIONS
from tests.conftest import stand_in
from tests.experiments.notebook.conftest import played, written
from tests.experiments.records import make_record

SHORT = ("training.repeats=2", "training.epochs=12")
RUNS = {
    "cubic-cosine": (
        "dataset=cubic",
        "model.width=[9,4]",
        "model.activation=[relu,tanh]",
        "training.schedule=cosine",
        "training.warmup_epochs=3",
        "training.normalize_on=all",
        *SHORT,
    ),
    "every-activation": (
        "dataset=linear",
        f"model.activation=[{','.join(ACTIVATIONS)}]",
        "model.width=4",
        "training.initializer=he_uniform",
        *SHORT,
    ),
    "sgd-without-validation": (
        "dataset=sine",
        "split.fraction=0",
        "training=sgd",
        "training.momentum=0.8",
        "training.nesterov=true",
        "training.weight_decay=0.001",
        "training.schedule=step",
        "training.step_epochs=4",
        "training.initializer=he_normal",
        "training.batch_size=7",
        *SHORT,
    ),
    "everything-varies": (
        "dataset=outliers",
        "dataset.n_samples=120",
        "split.how=shuffled",
        "training=adamw",
        "training.loss=huber",
        "training.normalize_target=true",
        "training.vary=[weights,data,split]",
        "training.patience=3",
        "training.learning_rate=0.05",
        "training.repeats=3",
        "training.epochs=60",
    ),
    "untrained": (
        "dataset=noisy_sine",
        "dataset.slope=null",
        "split.how=shuffled",
        "dataset.bias_column=false",
        "model.depth=0",
        "training.epochs=0",
        "training.normalize_on=none",
        "training.vary=[split]",
        "training.repeats=2",
    ),
}


def test_notebooks_end_at_the_numbers_of_their_runs(trained, tmp_path, capsys):
    table = stand_in("house_prices_train.csv", tmp_path)
    prices = (
        "dataset=csv",
        f"dataset.path={table}",
        "dataset.features=[GrLivArea,OverallQual]",
        "dataset.target=SalePrice",
        "training=rmsprop",
        "training.loss=mae",
        "training.normalize_target=true",
        *SHORT,
    )
    for folder in trained({**RUNS, "house prices": prices}).values():
        room = played(written(folder), tmp_path)
        final = json.loads((folder / "metrics.json").read_text())
        shown = json.loads((folder / "status.json").read_text())["shown_repeat"]
        for title, name in (("training MSE", "train/mse"), ("validation MSE", "val/mse")):
            if name in final:
                assert room["of_run"][title] == final[name]["values"][shown]
                assert room["here"][title] == pytest.approx(room["of_run"][title], rel=1e-4)
        assert ("val/mse" in final) == ("validation MSE" in room["here"])
        assert capsys.readouterr().out.endswith("The run's own numbers, to four digits and more.\n")


CHANGES = [
    {
        "LAYERS": [(3, "elu"), (2, "softplus"), (4, "linear")],
        "EPOCHS": 4,
        "BATCH_SIZE": 100,
        "NORMALIZE_TARGET": True,
        "NORMALIZE_ON": "none",
        "PATIENCE": 9,
        "N_SAMPLES": 77,
        "SLOPE": None,
    },
    {"LAYERS": [], "EPOCHS": 0, "VALIDATION": 0.0, "NOISE": 0.0, "BIAS_COLUMN": False},
]


@pytest.mark.parametrize("changed", CHANGES, ids=["a little of everything", "nothing to learn"])
def test_settings_can_be_changed_and_the_last_cell_says_so(configured, tmp_path, capsys, changed):
    words = "dataset=cubic", "training.schedule=cosine", "training.warmup_epochs=1", *SHORT
    write_run(tmp_path / "run", make_record(configured(*words))[0])
    notebook = written(tmp_path / "run")
    assert set(changed) <= set(played(notebook, tmp_path, upto="settings"))
    room = played(notebook, tmp_path, **changed)
    units = [layer.units for layer in room["model"].layers if hasattr(layer, "units")]
    assert units == [units for units, _ in changed["LAYERS"]] + [1]
    assert len(room["curves"].get("loss", ())) == changed["EPOCHS"]
    assert ("validation MSE" in room["here"]) == (changed.get("VALIDATION") != 0)
    assert "These are other numbers than the run's." in capsys.readouterr().out
