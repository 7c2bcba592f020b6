from __future__ import annotations

import pytest
from pydantic import ValidationError

from experiments.errors import ConfigError
from models import ClosedForm, Layer, Network
from models.optimizers import OPTIMIZERS
from models.spec import DEFAULTS


def network(**fields):
    return Network(**{"kind": "network", "depth": 2, "width": 5, "activation": "relu", **fields})


def test_one_value_serves_every_layer():
    assert network(depth=3, width=7).layers == (Layer(7, "relu"),) * 3


def test_lists_give_one_value_a_layer():
    spec = network(width=(9, 4), activation=("tanh", "linear"))
    assert spec.layers == (Layer(9, "tanh"), Layer(4, "linear"))
    assert spec.label == "9 tanh → 4 linear"


def test_depth_zero_is_the_perceptron():
    assert network(depth=0).layers == ()
    assert network(depth=0).label == "perceptron"


def test_equal_layers_are_told_together():
    assert network(depth=3, width=(5, 5, 2)).label == "2 × 5 relu → 2 relu"


def test_lists_of_other_length_are_refused():
    with pytest.raises(ValidationError, match="one value or 2"):
        network(width=(1, 2, 3))


@pytest.mark.parametrize(
    ("fields", "total"),
    [
        ({"depth": 0}, 8),
        ({"depth": 1}, 26),
        ({"depth": 2}, 56),
        ({"depth": 5, "width": 100}, 40_806),
    ],
)
def test_parameters_of_the_presets(fields, total):
    assert network(**fields).parameters(2) == (total, total - 5)


def test_closed_form_has_a_weight_a_feature_and_an_intercept():
    assert ClosedForm(kind="pinv").parameters(2) == (3, 3)


def test_a_spec_cannot_be_changed():
    with pytest.raises(AttributeError):
        network().depth = 3


def test_defaults_of_optional_keys_are_those_of_the_config(configured):
    training = configured().training
    assert training.changed() == ()
    assert {key: getattr(training, key) for key in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        (["training.momentum=0.9"], "training.momentum"),
        (["training=sgd", "training.nesterov=true"], "training.nesterov"),
        (["training.step_epochs=7"], "training.step_epochs"),
        (["training.schedule=cosine", "training.step_factor=0.2"], "training.step_factor"),
        (["model=gradient_descent", "training.loss=mae"], "training.loss"),
        (["model=gradient_descent", "training.patience=3"], "training.patience"),
    ],
)
def test_a_key_that_nothing_reads_is_refused(configured, overrides, key):
    with pytest.raises(ConfigError) as refused:
        configured(*overrides)
    assert [problem.key for problem in refused.value.problems] == [key]


def test_closed_forms_stand_beside_networks_of_any_training(configured):
    assert configured("model=pinv", "training.loss=mae", "training.patience=3").model.layers == ()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_a_config_that_chooses_it(configured, name):
    assert configured(f"training={name}").training.optimizer == name
