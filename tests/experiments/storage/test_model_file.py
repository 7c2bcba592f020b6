from __future__ import annotations

import json
import re
import zipfile

import keras
import numpy as np
import pytest

from experiments.storage import model_file
from models import network as networks
from tests.models.tasks import make_task


def shared(task):
    return networks.restore(networks.shared(task).network, networks.initial_weights(task, 0))


def built(task):
    network = networks.restore(networks.build(task), networks.initial_weights(task, 0))
    return networks.compile_for(network, task)


def parts(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def described(archive):
    """What the parts say of a network; an address in memory stands for what its layers share."""
    return re.sub(rb'"shared_object_id": \d+', b"", archive[model_file.ARCHITECTURE])


@pytest.mark.parametrize(
    ("model", "training"),
    [
        ({"depth": 0}, {"normalize_on": "all"}),
        ({"depth": 12, "width": 3, "activation": "relu"}, {"normalize_target": True}),
        ({"depth": 2}, {"normalize_on": "none", "optimizer": "sgd", "momentum": 0.5}),
        ({"depth": 1}, {"weight_decay": 0.1, "optimizer": "rmsprop", "loss": "huber"}),
        ({"depth": 3, "activation": ("leaky_relu", "tanh", "gelu")}, {}),
        ("svd", {}),
    ],
)
def test_the_second_file_of_a_network_is_what_keras_saves_of_a_new_one(model, training, tmp_path):
    other = model if model == "svd" else {**model, "activation": "selu"}
    first = make_task(other, rows=50, data_seed=1, seed=2, **training)
    model_file.save_network(shared(first), tmp_path / "first.keras", 40)
    task = make_task(model, data_seed=2, **training)
    network = shared(task)
    save, network.save = network.save, None  # Keras is not asked again
    model_file.save_network(network, tmp_path / "second.keras", networks.adapted_rows(task))
    network.save = save
    new = built(task)
    new.save(tmp_path / "new.keras")
    known, made = parts(tmp_path / "new.keras"), parts(tmp_path / "second.keras")
    assert [*made] == [*known]
    assert described(made) == described(known)
    assert made[model_file.WEIGHTS] == known[model_file.WEIGHTS]
    said = [json.loads(one[model_file.METADATA]) for one in (made, known)]
    assert [*said[0]] == [*said[1]]
    assert said[0]["keras_version"] == said[1]["keras_version"]
    loaded = keras.saving.load_model(tmp_path / "second.keras")
    np.testing.assert_array_equal(
        networks.predict(loaded, task.x_NxF), networks.predict(new, task.x_NxF)
    )


def test_a_run_that_failed_before_its_file_leaves_nothing_in_the_next_one(tmp_path):
    shared(make_task({"depth": 3, "width": 7}, rows=50))
    task = make_task({"depth": 3, "width": 7}, rows=30)
    model_file.save_network(shared(task), tmp_path / "made.keras", networks.adapted_rows(task))
    built(task).save(tmp_path / "new.keras")
    made, known = parts(tmp_path / "made.keras"), parts(tmp_path / "new.keras")
    assert described(made) == described(known)
    assert made[model_file.WEIGHTS] == known[model_file.WEIGHTS]


def test_keras_saves_what_is_not_laid_out_as_expected(tmp_path, monkeypatch):
    arrays = model_file._arrays
    monkeypatch.setattr(
        model_file, "_arrays", lambda content: {**arrays(content), "output": [0, 64]}
    )
    task = make_task({"depth": 1, "width": 23})
    network = built(task)
    for name in ("first", "second"):
        weights = [weight + 1 for weight in networks.dense_weights(network)]
        networks.restore(network, weights)
        model_file.save_network(network, tmp_path / f"{name}.keras", 20)
        loaded = keras.saving.load_model(tmp_path / f"{name}.keras")
        np.testing.assert_equal(networks.dense_weights(loaded), tuple(weights))
