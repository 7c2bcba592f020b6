from __future__ import annotations

import numpy as np
import pytest

from models import network as networks
from models import scaling, seeds
from models.activations import ACTIVATIONS
from models.initializers import glorot_uniform
from tests.models.tasks import make_task


@pytest.mark.parametrize(
    "model",
    [
        {"depth": 0},
        {"depth": 2, "width": 5, "activation": "sigmoid"},
        {"depth": 3, "width": (9, 17, 4), "activation": ("tanh", "relu", "linear")},
    ],
)
def test_layers_are_named_for_people_and_counted_as_keras_counts(model):
    task = make_task(model, features=3)
    network = networks.build(task)
    hidden = [f"hidden_{k + 1}" for k in range(model["depth"])]
    assert [layer.name for layer in network.layers] == ["normalization", *hidden, "output"]
    trainable = sum(int(np.prod(w.shape)) for w in network.trainable_weights)
    assert (network.count_params(), trainable) == task.model.parameters(3)
    for layer, spec in zip(network.layers[1:-1], task.model.layers, strict=True):
        assert (layer.units, layer.activation.__name__) == (spec.units, spec.activation)
    assert network.layers[-1].activation.__name__ == "linear"


def test_building_twice_gives_the_same_names():
    names = [[w.path for w in networks.build(make_task()).weights] for _ in range(2)]
    assert names[0] == names[1]


@pytest.mark.parametrize(("normalize_on", "rows"), [("train", 20), ("all", 30)])
def test_normalization_is_adapted_on_the_rows_asked_for(normalize_on, rows):
    task = make_task(normalize_on=normalize_on)
    normalization = networks.build(task).layers[0]
    seen = task.x_NxF[:rows]
    np.testing.assert_allclose(np.ravel(normalization.mean), seen.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.ravel(normalization.variance), seen.var(axis=0), rtol=1e-5)


def test_normalization_on_no_rows_hands_features_on_as_they_are(tmp_path):
    import keras

    task = make_task({"depth": 0}, normalize_on="none")
    np.testing.assert_array_equal(scaling.features(task), task.x_NxF.astype(np.float32))
    network = networks.build(task)
    kernel, bias = network.layers[-1].get_weights()
    network.save(tmp_path / "model.keras")
    expected_N = (task.x_NxF @ kernel + bias)[:, 0]
    for one in (network, keras.saving.load_model(tmp_path / "model.keras")):
        np.testing.assert_allclose(networks.predict(one, task.x_NxF), expected_N, rtol=1e-5)
    assert network.count_params() == task.model.parameters(2)[0]


def test_initial_weights_of_one_value_make_units_that_are_alike():
    task = make_task({"depth": 2, "width": 4}, initializer="ones")
    kernels = networks.initial_weights(task, 0)[::2]
    assert [kernel.shape for kernel in kernels] == networks.sizes(task)
    assert all((kernel == 1).all() for kernel in kernels)


def test_prediction_is_the_formula():
    task = make_task({"depth": 2, "width": (3, 2), "activation": ("tanh", "relu")})
    weights = networks.initial_weights(task, repeat=0)
    network = networks.restore(networks.build(task), weights)
    seen = task.x_NxF[task.train_T]
    z_NxF = (task.x_NxF - seen.mean(axis=0)) / seen.std(axis=0)
    w1, b1, w2, b2, w3, b3 = weights
    expected_N = (np.maximum(np.tanh(z_NxF @ w1 + b1) @ w2 + b2, 0) @ w3 + b3)[:, 0]
    np.testing.assert_allclose(networks.predict(network, task.x_NxF), expected_N, atol=1e-5)


def test_initial_weights_depend_on_seed_repeat_and_layer_alone():
    import keras

    task = make_task({"depth": 2, "width": 4})
    first = networks.initial_weights(task, 0)
    keras.utils.set_random_seed(99)
    keras.layers.Dense(3).build((None, 2))  # another network in the same process
    np.testing.assert_equal(networks.initial_weights(task, 0), first)
    wider = networks.initial_weights(make_task({"depth": 2, "width": (4, 9)}), 0)
    np.testing.assert_array_equal(wider[0], first[0])
    for other in (make_task({"depth": 2, "width": 4}, seed=2), task):
        repeat = 0 if other is not task else 1
        assert not np.array_equal(networks.initial_weights(other, repeat)[0], first[0])
    assert not np.array_equal(first[2], first[0][:2])


def test_initial_weights_have_keras_distribution():
    kernel = glorot_uniform(seeds.of_weights(0, 0, 0), 200, 300)
    limit = np.sqrt(6 / 500)
    assert np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert kernel.mean() == pytest.approx(0, abs=0.001)


def test_batch_orders_are_permutations_that_differ():
    orders = {tuple(seeds.batch_order(20, s, r, e)) for s in (0, 1) for r in (0, 1) for e in (0, 1)}
    assert len(orders) == 8
    assert all(sorted(order) == list(range(20)) for order in orders)


@pytest.mark.parametrize("seed", [0, 42, 2**32 - 1, 2**32, 2**70 + 3])
def test_many_batch_orders_are_those_drawn_one_by_one(seed):
    repeats, epochs = [0, 7, 100_000], range(2, 5)
    drawn = [*seeds.batch_orders(50, seed, repeats, epochs)]
    expected = [[seeds.batch_order(50, seed, k, epoch) for epoch in epochs] for k in repeats]
    np.testing.assert_array_equal(drawn, expected)
    assert [one.shape for one in seeds.batch_orders(50, seed, [1], range(0))] == [(0, 50)]


@pytest.mark.parametrize(
    ("epochs", "count"), [(0, 1), (1, 2), (10, 11), (500, None), (100_000, None)]
)
def test_snapshots_are_log_spaced_and_few(epochs, count):
    chosen = seeds.snapshot_epochs(epochs)
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert (np.diff(chosen) > 0).all()
    assert len(chosen) == count if count else 30 <= len(chosen) <= 41


@pytest.mark.parametrize("n", [1, 200])
def test_a_standardised_target_ends_in_a_rescaling_layer(n):
    task = make_task({"depth": 1}, normalize_target=True)
    task.y_N[:] = task.y_N * n
    y_T = task.y_N[task.train_T]
    assert scaling.of_target(task) == (y_T.mean(), y_T.std())
    np.testing.assert_allclose(scaling.target(task)[task.train_T].std(), 1)
    network = networks.build(task)
    assert [layer.name for layer in network.layers][-2:] == ["output", "target_units"]
    plain = networks.learner(network)
    expected_N = np.asarray(plain(task.x_NxF))[:, 0] * y_T.std() + y_T.mean()
    np.testing.assert_allclose(
        networks.predict(network, task.x_NxF), expected_N, atol=1e-6 * n * 20
    )
    assert network.count_params() == task.model.parameters(2)[0]
    weights = networks.initial_weights(task, 0)
    networks.restore(network, weights)
    np.testing.assert_equal(networks.dense_weights(plain), weights)


def test_a_target_that_does_not_vary_keeps_its_scale():
    task = make_task({"depth": 1}, normalize_target=True)
    task.y_N[:] = 7
    assert scaling.of_target(task) == (7, 1)
    assert scaling.of_target(make_task("pinv", normalize_target=True)) == (0, 1)
    assert scaling.of_target(make_task({"depth": 1})) == (0, 1)


def test_features_far_from_zero_keep_their_digits():
    """10,000,003 has no digits after the point in float32; Normalization subtracts in float64."""
    task, moved = make_task(), make_task()
    moved.x_NxF[:] += 1e7
    np.testing.assert_allclose(scaling.features(moved), scaling.features(task), atol=1e-6)
    networks_of = [
        networks.restore(networks.build(t), networks.initial_weights(t, 0)) for t in (task, moved)
    ]
    first_N, moved_N = (
        networks.predict(network, t.x_NxF)
        for network, t in zip(networks_of, (task, moved), strict=True)
    )
    np.testing.assert_allclose(moved_N, first_N, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "training"),
    [
        ({"depth": 0}, {}),
        ({"depth": 2, "activation": ("tanh", "relu")}, {"normalize_target": True}),
        ({"depth": 1}, {"normalize_on": "none", "weight_decay": 0.1}),
        ("pinv", {}),
    ],
)
def test_a_network_that_another_task_had_before_equals_a_new_one(model, training):
    first = networks.shared(make_task(model, rows=50, data_seed=1, **training)).network
    networks.restore(first, [2 * weight + 1 for weight in networks.dense_weights(first)])
    task = make_task(model, data_seed=2, **training)
    weights = networks.initial_weights(task, 0)
    again = networks.restore(networks.shared(task).network, weights)
    assert again is first
    new = networks.restore(networks.build(task), weights)
    for one, other in zip(again.weights, new.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    expected_N = networks.predict(new, task.x_NxF)
    np.testing.assert_array_equal(networks.predict(again, task.x_NxF), expected_N)
    np.testing.assert_array_equal(np.asarray(again(task.x_NxF), dtype=float)[:, 0], expected_N)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_network_gets_the_activations_of_the_task_that_asks_for_it(activation):
    first = networks.shared(make_task({"depth": 3, "activation": "mish"}))
    task = make_task({"depth": 3, "activation": ("relu", activation, "tanh")})
    weights = networks.initial_weights(task, 0)
    again = networks.shared(task)
    assert again.network is first.network
    new = networks.compile_for(networks.restore(networks.build(task), weights), task)
    assert [one.get_config() for one in again.network.layers] == [
        one.get_config() for one in new.layers
    ]
    np.testing.assert_array_equal(
        networks.restore(again.network, weights)(task.x_NxF), new(task.x_NxF)
    )
    assert again.summary == networks._summary(networks.build(task))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 5, "epochs": 9, "batch_size": 4, "repeats": 3, "initializer": "ones"},
        {"schedule": "cosine", "warmup_epochs": 1, "patience": 3, "vary": ("weights", "split")},
        {"learning_rate": 0.02},
        {"optimizer": "rmsprop"},
        {"optimizer": "sgd", "momentum": 0.5},
        {"weight_decay": 0.1},
        {"optimizer": "adamw", "weight_decay": 0.1},
        {"loss": "mae"},
        {"normalize_target": True},
        {"normalize_on": "all"},
    ],
)
def test_tasks_share_a_network_if_keras_describes_theirs_alike(change):
    import keras

    task, other = make_task(), make_task(**change)
    said = [
        keras.saving.serialize_keras_object(networks.compile_for(networks.build(one), one))
        for one in (task, other)
    ]
    assert (networks.shared(task) is networks.shared(other)) == (said[0] == said[1])
    assert networks.shared(task) is not networks.shared(make_task({"width": 5}))
    assert networks.shared(task) is not networks.shared(make_task(features=3))


def test_few_networks_are_kept_and_no_large_one(monkeypatch):
    monkeypatch.setattr(networks, "MOST_SHARED", 2)
    tasks = [make_task({"width": width}) for width in (1, 2, 3)]
    first, *others = [networks.shared(task) for task in tasks]
    assert [networks.shared(task) for task in tasks[1:]] == others
    assert networks.shared(tasks[0]) is not first
    monkeypatch.setattr(networks, "MOST_PARAMETERS", 10)
    assert networks.shared(tasks[2]) is not networks.shared(tasks[2])
