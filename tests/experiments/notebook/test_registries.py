"""Whatever the registries know is written down, to the same numbers, or refused in a line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.synthetic import write_run
from datasets import DATASETS, load, split_rows
from experiments.errors import ConfigError
from experiments.notebook import values
from experiments.notebook.__main__ import main, notebook_of
from experiments.notebook.cells import ipynb
from experiments.record import About, Metrics
from experiments.scoring.repeats import spread
from experiments.task import prepare
from models import network, schedules
from models.activations import ACTIVATIONS
from models.initializers import INITIALIZERS
from models.losses import LOSSES
from models.optimizers import OPTIMIZERS
from models.schedules import SCHEDULES
from tests.conftest import stand_in
from tests.experiments.notebook.conftest import played, sources, written
from tests.experiments.records import make_record

OUTSIDE = sorted(name for name, source in DATASETS.items() if source.outside)
SYNTHETIC = sorted(name for name, source in DATASETS.items() if not source.outside)


@pytest.fixture
def cells(configured, tmp_path):
    """cells(overrides) -> (the notebook, its config, a folder) of a run that is only talked of."""

    def made(*overrides):
        config = configured("training.repeats=2", "training.epochs=6", *overrides)
        dataset = load(config.dataset)
        names = {"features": list(dataset.feature_names), "target": dataset.target_name}
        data = {**names, "description": dataset.description}
        about = About(config.tree(), config.fingerprint(), "python run.py", {}, data=data)
        score = {"train/mse": spread([0.5, 0.7])}
        known = Metrics(score, {"bayes": {}}, dataset.noise_floor, {}, 6, 2, {})
        text = ipynb(values.notebook_values(tmp_path, about, known, "predictions.csv"))
        return json.loads(text), config, tmp_path

    return made


@pytest.fixture
def stored(configured, tmp_path):
    """stored(overrides) -> the same of a run that has a folder, but was not really trained."""

    def made(*overrides):
        config = configured("training.repeats=2", "training.epochs=6", *overrides)
        write_run(tmp_path / "run", make_record(config)[0])
        return written(tmp_path / "run"), config, tmp_path

    return made


def built(asked, upto="compile"):
    """What stands in a notebook once its network is compiled, which it refuses or reaches."""
    notebook, config, folder = asked
    for name, source in sources(notebook).items():
        compile(source, name, "exec")
    return played(notebook, folder, upto), config


@pytest.mark.parametrize(("slope", "columns"), [("null", "true"), ("-3.5", "false"), ("0", "true")])
@pytest.mark.parametrize("kind", SYNTHETIC)
def test_data_are_drawn_to_the_same_bits(cells, kind, slope, columns):
    words = f"dataset.slope={slope}", f"dataset.bias_column={columns}", "dataset.noise=0.7"
    room, config = built(cells(f"dataset={kind}", *words, "dataset.n_samples=60"), "data")
    known = load(config.dataset)
    np.testing.assert_array_equal(room["x"], known.x_NxF)
    np.testing.assert_array_equal(room["y"], known.y_N)
    np.testing.assert_allclose(room["y_optimal"], known.optimum_N, rtol=1e-14)
    assert room["noise_floor"] == pytest.approx(known.noise_floor, rel=1e-14)
    assert tuple(room["FEATURES"]) == known.feature_names
    assert room["TARGET"] == known.target_name


@pytest.mark.parametrize("kind", SYNTHETIC)
def test_data_without_noise_are_drawn_too(cells, kind):
    room, config = built(cells(f"dataset={kind}", "dataset.noise=0"), "data")
    np.testing.assert_array_equal(room["y"], load(config.dataset).y_N)


def test_a_dataset_that_no_template_draws_is_read_from_the_run(stored, monkeypatch):
    monkeypatch.setattr(
        values, "recipe", lambda group, name: None if group == "datasets" else f"{group}/{name}.j2"
    )
    room, config = built(stored("dataset=cubic", "dataset.n_samples=60"), "data")
    known = load(config.dataset)
    np.testing.assert_allclose(room["x"], known.x_NxF, rtol=1e-14)
    np.testing.assert_allclose(room["y"], known.y_N, rtol=1e-14)
    np.testing.assert_allclose(room["y_optimal"], known.optimum_N, rtol=1e-14)
    assert room["noise_floor"] == known.noise_floor


def test_rows_from_outside_are_read_from_the_run(stored, tmp_path):
    table = stand_in("house_prices_train.csv", tmp_path)
    columns = "dataset.features=[GrLivArea,OverallQual]", "dataset.target=SalePrice"
    asked = stored("dataset=csv", f"dataset.path={table}", *columns)
    room, config = built(asked, "data")
    known = load(config.dataset)
    np.testing.assert_allclose(room["x"], known.x_NxF, rtol=1e-14)
    np.testing.assert_allclose(room["y"], known.y_N, rtol=1e-14)
    assert room["y_optimal"] is room["noise_floor"] is None
    assert [values.recipe("datasets", name) for name in OUTSIDE] == [None] * len(OUTSIDE)


@pytest.mark.parametrize("how", ["tail", "shuffled"])
@pytest.mark.parametrize("fraction", ["0", "0.29", "0.9"])
def test_rows_are_split_alike(cells, how, fraction):
    words = f"split.how={how}", f"split.fraction={fraction}", "dataset.n_samples=101"
    room, config = built(cells(*words), "split")
    for side, rows in zip(("train", "val"), split_rows(101, config.split), strict=True):
        np.testing.assert_array_equal(room[side], rows)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_initializer_draws_the_same_weights_or_is_refused(cells, name):
    words = f"training.initializer={name}", "model.width=[7,3]", "training.seed=5"
    try:
        room, config = built(cells(*words), "weights")
    except ConfigError:
        assert values.recipe("initializers", name) is None
        return
    _, task = prepare(config)
    shown = room["REPEAT"]
    for layer, kernel in zip(
        room["layers"], network.initial_weights(task, shown)[::2], strict=True
    ):
        np.testing.assert_array_equal(np.asarray(layer.kernel), kernel)


@pytest.mark.parametrize("warmup", [0, 2, 9])
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_has_the_same_rates_or_is_refused(cells, name, warmup):
    steps = ["training.step_epochs=2"] if "step_epochs" in SCHEDULES[name].reads else []
    words = f"training.schedule={name}", f"training.warmup_epochs={warmup}", *steps
    try:
        room, config = built(cells(*words))
    except ConfigError:
        assert values.recipe("schedules", name) is None
        return
    if not schedules.varies(config.training):
        assert float(room["optimizer"].learning_rate) == np.float32(config.training.learning_rate)
        return
    rates_ExK = schedules.rates(config.training, room["steps"], 0, 6)
    np.testing.assert_allclose(room["rates"], rates_ExK.ravel(), rtol=1e-6)
    assert float(room["optimizer"].learning_rate) == room["rates"][0]
    assert float(room["Schedule"]()(10_000)) == room["rates"][-1]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_that_of_the_run(cells, name):
    settings = {"momentum": "0.5", "nesterov": "true", "weight_decay": "0.01"}
    read = [key for key in settings if key in OPTIMIZERS[name].reads or key == "weight_decay"]
    words = [f"training.{key}={settings[key]}" for key in read]
    room, config = built(cells(f"training={name}", *words))
    _, task = prepare(config)
    reference = network.compile_for(network.build(task), task)
    ours, theirs = room["optimizer"].get_config(), reference.optimizer.get_config()
    assert {**ours, "name": ""} == {**theirs, "name": ""}
    for one, other in zip(room["layers"], network._dense(reference), strict=True):
        penalties = [layer.kernel_regularizer for layer in (one, other)]
        assert [p and float(p.l2) for p in penalties] in ([None, None], [0.01, 0.01])


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_that_of_the_run(cells, name):
    room, _ = built(cells(f"training.loss={name}"))
    assert type(room["model"].loss).__name__ == LOSSES[name].class_name


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_one_of_keras(cells, name):
    room, _ = built(cells(f"model.activation={name}"), "network")
    assert room["LAYERS"] == 2 * [(5, name)]
    assert room["model"].layers[1].activation.__name__ == name


def test_what_no_template_writes_down_is_refused_in_a_line(
    configured, tmp_path, monkeypatch, capsys
):
    write_run(tmp_path / "run", make_record(configured("training.repeats=2"))[0])
    monkeypatch.setattr(values, "recipe", lambda group, name: None)
    assert main([str(tmp_path / "run")]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == (
        "error: training.initializer: is not known to notebooks, received 'glorot_uniform'; "
        "write it down in experiments/notebook/templates/initializers/glorot_uniform.j2"
    )
    assert second.startswith("error: training.schedule: is not known to notebooks")
    with pytest.raises(ConfigError):
        notebook_of(tmp_path / "run", tmp_path / "run.ipynb")
