"""Data from outside through the whole pipeline: known figures, counts, and refusals."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from datasets import DATASETS
from experiments import task as task_
from experiments.errors import ConfigError
from experiments.runner import run
from experiments.storage import run_folder
from experiments.task import prepare, refuse_unusable
from models import fit
from tests.conftest import ROOT, known_file

FIGURES = {
    "tv_marketing": (
        "tvmarketing.csv",
        [0.782224],
        {(50,): 9.4094, (120,): 12.7370, (280,): 20.3429},
        4,
    ),
    "house_prices": (
        "house_prices_train.csv",
        [0.369462, 0.571818],
        {(1710, 7): 221_371.5, (1200, 6): 160_038.6, (2200, 8): 281_587.3},
        1,
    ),
}


@pytest.mark.parametrize("preset", FIGURES)
def test_known_figures_of_gradient_descent(configured, tmp_path, preset):
    file, weights, answers, decimals = FIGURES[preset]
    known_file(file)
    config = configured(f"experiment={preset}")
    _, task = task_.prepare(config)
    ((w_IxO, b_O),) = fit([task])[0].weights
    assert [round(w, 6) for w in w_IxO[:, 0].tolist()] == weights
    assert abs(b_O[0]) < 1e-12
    assert len(task.validation_V) == 0
    run.run(config, tmp_path, [])
    asked = run_folder.read_about(tmp_path).data["asked"]
    assert {tuple(x): round(y, decimals) for x, y in asked} == answers


def test_how_far_the_known_figures_depend_on_the_initial_weights(configured):
    """Ten other seeds leave five digits of every price: 100 steps have not quite arrived."""
    known_file("house_prices_train.csv")
    config = configured("experiment=house_prices", "training.seed=0", "training.repeats=10")
    _, task = task_.prepare(config)
    fitted = fit([task])[0]
    w_RxF = np.array([w_FxO[:, 0] for w_FxO, _ in fitted.weights])
    assert 0 < np.ptp(w_RxF, axis=0).max() < 5e-6
    np.testing.assert_allclose(w_RxF.mean(axis=0), [0.369462, 0.571818], atol=3e-6)


def mine(folder, rows=40):
    """A file with two features and a noisy target, and the overrides that name it."""
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"width": rng.uniform(1, 5, rows), "height": rng.uniform(1, 5, rows)})
    table["price"] = 9e4 * table["width"] + 5e4 * table["height"] + rng.normal(0, 2e4, rows)
    path = folder / "mine.csv"
    table.to_csv(path, index=False)
    named = [f"dataset.path={path}", "dataset.features=[width,height]", "dataset.target=price"]
    return path, ["dataset=csv", *named]


def test_a_csv_dataset_shuffles_its_rows_and_standardises_its_target(configured, tmp_path):
    _, named = mine(tmp_path)
    config = configured(*named)
    assert (config.split.how, config.training.normalize_target) == ("shuffled", True)
    _, task = prepare(config)
    train_T, validation_V = task.train_T, task.validation_V
    assert len(validation_V) == 8
    assert sorted([*train_T, *validation_V]) == list(range(40))
    assert sorted(validation_V) != list(range(32, 40))
    other = configured(*named, "split.how=tail", "training.normalize_target=false")
    assert (other.split.how, other.training.normalize_target) == ("tail", False)


def test_gradient_descent_brings_its_own_learning_rate_that_can_be_changed(configured):
    assert configured("model=gradient_descent", "dataset=linear").training.learning_rate == 1.2
    assert configured("model=gradient_descent", "training=sgd").training.learning_rate == 1.2
    changed = configured("model=gradient_descent", "training.learning_rate=0.5").training
    assert changed.learning_rate == 0.5
    assert configured("model=pinv").training.learning_rate == 0.01


@pytest.mark.parametrize("model", ["gradient_descent", "network"])
@pytest.mark.parametrize("engine", ["stacked", "keras"])
def test_losses_and_references_are_in_one_unit(configured, tmp_path, model, engine):
    """The last epoch's val_loss is the final val/mse, and the references are beside it."""
    _, named = mine(tmp_path)
    run.run(
        configured(
            *named,
            f"model={model}",
            f"training.engine={engine}",
            "training.epochs=60",
            "training.learning_rate=0.1",
            "training.repeats=2",
        ),
        tmp_path / "run",
        [],
    )
    record = run_folder.read(tmp_path / "run")
    last = record.history[record.history["epoch"] == 60]["val_loss"]
    np.testing.assert_allclose(last, record.metrics.scores["val/mse"].values, rtol=1e-4)
    references = record.metrics.references
    assert 0.5 < last.min() / references["least_squares"]["val/mse"] < 2
    assert last.max() < references["mean_predictor"]["val/mse"] / 4
    assert record.metrics.noise_floor is None
    assert "bayes" not in references
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "the noise floor, is unknown for these data" in page


def test_dropped_rows_are_counted_on_the_page_and_in_the_announcement(configured, tmp_path, capfd):
    path, named = mine(tmp_path)
    with path.open("a") as file:
        file.write("1,,3\n,2,3\n")
    config = configured(*named, "dataset.missing=drop", "model=gradient_descent")
    run.run(config, tmp_path / "run", [])
    assert capfd.readouterr().err.startswith(
        "mine (32 training, 8 validation rows, 2 dropped for missing values) · "
    )
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "2 of 42 rows dropped for missing values" in page


def test_what_is_asked_for_stands_on_the_page_as_the_saved_model_says_it(configured, tmp_path):
    _, named = mine(tmp_path)
    config = configured(*named, "dataset.ask=[[2,3],[4,4.5]]", "training.epochs=5")
    run.run(config, tmp_path / "run", [])
    import keras

    network = keras.saving.load_model(tmp_path / "run" / "model.keras")
    said = run_folder.read_about(tmp_path / "run").data["asked"]
    assert [x for x, _ in said] == [[2, 3], [4, 4.5]]
    answer_Q = np.asarray(network(np.array([[2, 3], [4, 4.5]])))[:, 0]
    np.testing.assert_allclose([y for _, y in said], answer_Q, rtol=1e-6)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    shown = re.search(r"<h2>Asked for</h2>(.*?)</section>", page, re.DOTALL)[1]
    assert ">4.5<" in shown
    assert f"{answer_Q[1]:,.1f}" in shown


def test_data_that_cannot_be_used_are_refused_with_their_places(configured, tmp_path):
    path, named = mine(tmp_path)
    refuse_unusable([configured(*named)])
    refuse_unusable([configured("dataset=linear")])
    with path.open("a") as file:
        file.write("1,tall,3\n")
    with pytest.raises(ConfigError, match=rf"^error: {path}:42:height: is no number, received 'ta"):
        refuse_unusable([configured(*named)])
    with pytest.raises(ConfigError) as caught:
        run.run(configured(*named), tmp_path / "run", [])
    assert caught.value.exit_code == 2
    assert run_folder.state(tmp_path / "run") == "failed"
    with pytest.raises(ConfigError, match=r"^error: split\.fraction: leaves no training row"):
        refuse_unusable([configured(*mine(tmp_path, rows=10)[1], "split.fraction=0.95")])


def test_a_diverged_gradient_descent_still_gets_its_folder(configured, tmp_path):
    _, named = mine(tmp_path)
    config = configured(
        *named,
        "model=gradient_descent",
        "training.learning_rate=1000",
        "training.epochs=2000",
        "dataset.ask=[[1,1]]",
    )
    outcome = run.run(config, tmp_path / "run", [])
    assert outcome.state == "diverged"
    assert run_folder.state(tmp_path / "run") == "diverged"
    assert run_folder.read_about(tmp_path / "run").notes == ()


def test_every_dataset_of_conf_names_its_data(configured):
    folder = ROOT / "conf" / "dataset"
    for path in folder.glob("*_*.yaml"):
        spec = configured(f"dataset={path.stem}").dataset
        if not DATASETS[spec.kind].outside:
            continue
        assert spec.ask
        if spec.kind == "csv":
            assert spec.source.startswith("https://")


def test_what_only_describes_changes_no_fingerprint(configured, tmp_path):
    _, named = mine(tmp_path)
    plain = configured(*named)
    described = configured(*named, "dataset.ask=[[2,3]]", "dataset.source=elsewhere")
    assert described != plain
    assert described.fingerprint() == plain.fingerprint()
    assert configured(*named, "dataset.missing=drop").fingerprint() != plain.fingerprint()
