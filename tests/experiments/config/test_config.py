"""Every key has a type and a range, and everything that is wrong is said at once."""

from __future__ import annotations

import copy

import pytest

from datasets import DATASETS, Split
from experiments.config.field_text import fields, wanted
from experiments.config.schema import Config, check_config
from experiments.errors import ConfigError
from models import MODELS, Training
from models.spec import DEFAULTS

GOOD = {
    "dataset": {
        "kind": "sine",
        "n_samples": 500,
        "slope": 64.59172413316013,
        "noise": 10,
        "bias": 0,
        "seed": 42,
        "bias_column": True,
    },
    "split": {"how": "tail", "fraction": 0.2, "seed": 1},
    "model": {"kind": "network", "depth": 2, "width": 5, "activation": "sigmoid"},
    "training": {
        "engine": "stacked",
        "optimizer": "adam",
        "learning_rate": 0.01,
        "epochs": 10,
        "batch_size": 32,
        "seed": 1,
        "repeats": 1,
        "vary": ["weights"],
        "initializer": "glorot_uniform",
        "normalize_on": "train",
        "normalize_target": False,
    },
}
KEYS = [(section, key) for section, values in GOOD.items() for key in values]


def with_value(section, key, value):
    tree = copy.deepcopy(GOOD)
    tree[section][key] = value
    return tree


def problems_of(tree):
    with pytest.raises(ConfigError) as caught:
        check_config(tree)
    return caught.value.problems


def test_a_good_config_is_frozen_and_typed():
    config = check_config(GOOD)
    assert isinstance(config, Config)
    assert config.model.layers[1].units == 5
    with pytest.raises(AttributeError):
        config.training.epochs = 3
    assert config.tree()["training"] == {**DEFAULTS, **GOOD["training"]}


def test_the_fingerprint_is_that_of_the_content():
    assert check_config(GOOD).fingerprint() == check_config(copy.deepcopy(GOOD)).fingerprint()
    other = check_config(with_value("training", "seed", 2))
    assert other.fingerprint() != check_config(GOOD).fingerprint()


@pytest.mark.parametrize(("section", "key"), KEYS)
@pytest.mark.parametrize("value", [None, "nonsense", {"a": 1}, [[]], -(10**20), "???"])
def test_no_key_lacks_a_check(section, key, value):
    if key == "bias" and value == -(10**20):
        value = -(10**300)
    if key == "slope" and value is None:
        value = "null"  # the text; null itself is one of its values
    problems = problems_of(with_value(section, key, value))
    assert [problem.key for problem in problems] == [f"{section}.{key}"]
    line = str(problems[0])
    assert line.startswith(f"error: {section}.{key}: ")
    assert "received" in line
    assert "; " in line
    assert "\n" not in line


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_a_missing_key_is_named(section, key):
    tree = copy.deepcopy(GOOD)
    del tree[section][key]
    assert [problem.key for problem in problems_of(tree)] == [f"{section}.{key}"]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("training", "epochs", 1.0),
        ("training", "epochs", True),
        ("training", "epochs", "10"),
        ("training", "repeats", 0),
        ("training", "learning_rate", 0),
        ("training", "learning_rate", float("nan")),
        ("training", "learning_rate", float("inf")),
        ("split", "fraction", 1),
        ("split", "fraction", -0.1),
        ("dataset", "noise", float("nan")),
        ("dataset", "n_samples", 1),
        ("dataset", "bias_column", 1),
        ("model", "width", 0),
        ("model", "width", [3, 0]),
        ("model", "activation", ["relu", "tan"]),
    ],
)
def test_values_out_of_range_or_type_are_refused(section, key, value):
    assert [problem.key for problem in problems_of(with_value(section, key, value))] == [
        f"{section}.{key}"
    ]


def test_the_borders_are_allowed():
    for section, key, value in (
        ("training", "epochs", 0),
        ("training", "learning_rate", 1),
        ("split", "fraction", 0),
        ("model", "depth", 0),
        ("dataset", "noise", 0),
        ("dataset", "slope", None),
        ("dataset", "slope", -3),
    ):
        check_config(with_value(section, key, value))


def test_everything_that_is_wrong_is_said_at_once():
    tree = with_value("training", "epochs", "ten")
    tree["training"]["optimizer"] = "adm"
    tree["model"]["kind"] = "netwrk"
    tree["dataset"]["foo"] = 1
    tree["extra"] = 3
    lines = [str(problem) for problem in problems_of(tree)]
    keys = [line.split(": ")[1] for line in lines]
    assert sorted(keys) == [
        "dataset.foo",
        "extra",
        "model.kind",
        "training.epochs",
        "training.optimizer",
    ]
    assert any("did you mean adam?" in line for line in lines)
    assert any("did you mean network?" in line and "pinv" in line for line in lines)


def test_lists_that_disagree_are_refused():
    (problem,) = problems_of(with_value("model", "width", [1, 2, 3]))
    assert problem.key == "model.width"
    assert "[1, 2, 3]" in problem.what


def test_a_split_that_leaves_a_side_empty_is_refused_before_the_data_are_made():
    (problem,) = problems_of(with_value("split", "fraction", 0.999))
    assert problem.key == "split.fraction"


@pytest.mark.parametrize(
    "spec",
    list(dict.fromkeys([*(s.spec for s in DATASETS.values()), *MODELS.values(), Split, Training])),
)
def test_every_field_has_words_and_an_example(spec):
    for name, field in fields(spec).items():
        if name != "kind":
            assert field.examples, name
            assert field.description, name
            assert wanted(spec, name)


def test_lists_set_the_depth_unless_it_is_asked_for(configured):
    assert configured("model.width=[9,17,4]").model.depth == 3
    assert configured("model.activation=[tanh]").model.depth == 1
    assert configured("experiment=sine_linear", "model.width=[4,4]").model.depth == 2
    with pytest.raises(ConfigError, match=r"model\.width"):
        configured("model.width=[9,17,4]", "model.depth=2")
    with pytest.raises(ConfigError, match=r"model\.activation"):
        configured("model.width=[9,17,4]", "model.activation=[relu,tanh]")


def test_a_kind_drops_the_keys_of_other_kinds_unless_they_are_asked_for(configured):
    assert configured("model.kind=pinv").model.kind == "pinv"
    with pytest.raises(ConfigError, match=r"model\.depth"):
        configured("model.kind=pinv", "model.depth=3")


CSV = {
    "kind": "csv",
    "path": "my.csv",
    "features": ["a", "b"],
    "target": "c",
    "delimiter": "comma",
    "decimal": "point",
    "encoding": "utf-8",
    "missing": "refuse",
    "ask": [[1, 2], [3, 4.5]],
    "source": "",
}


@pytest.mark.parametrize("key", [key for key in CSV if key != "kind"])
@pytest.mark.parametrize("value", [None, 3, {"a": 1}, [[]], [None], "???"])
def test_no_key_of_a_csv_lacks_a_check(key, value):
    config = check_config({**GOOD, "dataset": CSV})
    assert config.dataset.ask == ((1, 2), (3, 4.5))
    if key == "ask" and value == [[]]:
        value = "all"
    (problem,) = problems_of({**GOOD, "dataset": {**CSV, key: value}})
    assert problem.key == f"dataset.{key}"
    assert "received" in problem.what
    assert problem.fix


def test_a_csv_must_be_named(configured):
    with pytest.raises(ConfigError) as caught:
        configured("dataset=csv")
    assert [str(problem) for problem in caught.value.problems] == [
        "error: dataset.features: must be a text, or a list of them, received nothing; "
        "for example dataset.features=[TV]",
        "error: dataset.path: must be a text, received nothing; "
        "for example dataset.path=data/mine.csv",
        "error: dataset.target: must be a text, received nothing; for example dataset.target=Sales",
    ]


def test_a_missing_interpolation_is_named(configured):
    with pytest.raises(ConfigError, match=r"training\.epochs.*nowhere"):
        configured("training.epochs=${nowhere}")
