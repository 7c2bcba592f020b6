"""Configs and tables changed at random: refused in our own words, or trained to finite numbers."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from experiments.config.schema import SECTIONS, check_config
from experiments.config.size import problems_of_size, size_of
from experiments.errors import ConfigError
from experiments.storage import run_folder
from experiments.task import prepare

fuzzed = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a failure is short enough as it is
    derandomize=True,  # the same examples at every start: a failure is a finding, not luck
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NUMBERS = st.one_of(
    st.integers(-5, 200),
    st.sampled_from([2**31, 2**63, 10**30, -(10**30)]),
    st.floats(),
    st.sampled_from([0.0, -0.0, 5e-324, 1e308, 1e-12]),
)
WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["auto", "relu", "adam", "???", "${oc.env:HOME}", "../x", "=1+1", "\x00"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
CHOICES = [
    ["dataset=linear"],
    ["dataset=outliers", "model=pinv"],
    ["experiment=sine_deep"],
    ["dataset=cubic", "model=gradient_descent"],
    ["training.optimizer=sgd", "training.schedule=step", "training.patience=3"],
]


@pytest.fixture
def trees(configured):
    return [configured(*chosen).tree() for chosen in CHOICES]


@st.composite
def changes(draw):
    """What is done to a config: which one, and a few (section, key or none, how, value)."""
    one = st.tuples(
        st.sampled_from(SECTIONS),
        st.integers(0, 30),
        st.sampled_from(["set", "drop", "add", "whole"]),
        VALUES,
        WORDS,
    )
    return draw(st.integers(0, len(CHOICES) - 1)), draw(st.lists(one, min_size=1, max_size=3))


def changed(tree, all_changes):
    tree = copy.deepcopy(tree)
    for section, number, how, value, word in all_changes:
        if how == "whole" or not isinstance(tree.get(section), dict):
            tree[section] = value
            continue
        keys = sorted(tree[section])
        key = keys[number % len(keys)] if keys else word
        if how == "drop":
            tree[section].pop(key, None)
        else:
            tree[section][word if how == "add" else key] = value
    return tree


@settings(fuzzed, max_examples=500)
@given(changes())
def test_a_config_changed_at_random_is_refused_in_lines_or_whole(trees, change):
    number, all_changes = change
    tree = changed(trees[number], all_changes)
    try:
        config = check_config(tree)
    except ConfigError as error:
        lines = str(error).splitlines() or [str(problem) for problem in error.problems]
        assert error.problems
        assert all("\n" not in str(problem) for problem in error.problems), lines
        return
    json.dumps(config.tree(), allow_nan=False)
    assert check_config(config.tree()) == config, "what is saved is the same config"
    assert size_of(config).bytes >= 0
    assert all(str(problem) for problem in problems_of_size([config], 2**30, None))


CELLS = [b"", b"1", b"-3.5", b"1e308", b"1e400", b"nan", b"inf", b"x", b'"', b'"1,2"', b"=1+1"]
SEPARATORS = [b",", b"\n", b"\r\n", b"\r", b";", b"\t", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"#"]
PLAIN = b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (i, (i * 7) % 11, i * i) for i in range(12))


@pytest.fixture
def of_a_table(configured, tmp_path):
    """A config of a table that is not there yet."""
    path = f"dataset.path={tmp_path / 'table.csv'}"
    named = ["dataset=csv", path, "dataset.features=[a,b]", "dataset.target=y"]
    return configured(*named, "model=pinv")


@settings(fuzzed, max_examples=500)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(PLAIN)),
            st.integers(0, 8),
            st.one_of(
                st.sampled_from(CELLS + SEPARATORS),
                st.binary(max_size=6),
                st.sampled_from([b"9" * 400, b"a" * 70_000, b"\n" * 50, b"," * 300]),
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_table_changed_at_random_is_refused_in_lines_or_finite(of_a_table, cuts):
    content = PLAIN
    for at, length, put in cuts:
        content = content[:at] + put + content[at + length :]
    Path(of_a_table.dataset.path).write_bytes(content)
    try:
        dataset, task = prepare(of_a_table)
    except ConfigError as error:
        assert error.problems
        assert all(str(problem).isprintable() for problem in error.problems)
        return
    assert np.isfinite(dataset.x_NxF).all()
    assert np.isfinite(dataset.y_N).all()
    assert len(task.train_T) > 0


EXTREMES = {
    "dataset.noise": [0, 1e-300, 1e9],
    "dataset.slope": [0, -1e9, 1e9, 1e-300, "null"],
    "dataset.bias": [0, -1e9, 1e9],
    "dataset.n_samples": [2, 3, 17],
    "split.fraction": [0, 0.01, 0.9],
    "training.learning_rate": [1e-300, 1e6],
    "training.normalize_target": ["true", "false"],
    "dataset": ["linear", "cubic", "sine", "outliers", "noisy_sine"],
    "model": ["pinv", "svd", "linear_regression", "gradient_descent"],
}


@settings(fuzzed, max_examples=25)
@given(st.fixed_dictionaries({key: st.sampled_from(values) for key, values in EXTREMES.items()}))
def test_a_run_on_extreme_numbers_is_done_with_finite_ones_or_not_done(
    ask, tmp_path_factory, chosen
):
    here = tmp_path_factory.mktemp("extreme")
    closed = chosen["model"] != "gradient_descent"
    own = {key: value for key, value in chosen.items() if not (closed and "learning" in key)}
    own |= {} if closed else {"training.epochs": 3, "training.repeats": 2}
    ended = ask(here, [f"{key}={value}" for key, value in own.items()] + ["hydra.run.dir=out"])
    assert ended.returncode in (0, 1, 2), ended.stderr
    assert "Traceback" not in ended.stderr
    assert {path.name for path in here.iterdir()} <= {"out"}
    if ended.returncode == 0:
        assert run_folder.state(here / "out") == "done"
        metrics = json.loads((here / "out" / run_folder.METRICS_FILE).read_text())
        assert all(map(math.isfinite, metrics["train/mse"]["values"]))
    else:
        assert ended.stderr.count("\n") >= 1, "says why"


def test_the_trees_that_are_changed_are_whole(trees):
    assert [check_config(tree).tree() for tree in trees] == trees
