from __future__ import annotations

import pytest
from pydantic import ValidationError

from models import ClosedForm, Layer, Network


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
