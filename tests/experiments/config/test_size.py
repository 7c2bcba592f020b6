"""What is too large or too long is refused before anything is built."""

from __future__ import annotations

import itertools

import pytest

from datasets import memory as room
from experiments.config.size import ADDRESSES, problems_of_size, size_of

GIB = 2**30


def test_parameters_and_multiplications_are_counted_by_hand(configured):
    named = ["dataset=linear", "dataset.n_samples=100", "split.fraction=0.2", "model.depth=2"]
    rest = ["model.width=5", "training.epochs=10", "training.repeats=3", "training.batch_size=20"]
    size = size_of(configured(*named, *rest))
    assert size.parameters == 2 * 5 + 5 + 5 * 5 + 5 + 5 + 1 + 2 * 2 + 1
    assert size.multiplications == 3 * size.parameters * 80 * 10 * 3


@pytest.mark.parametrize(
    "larger",
    ["model.depth=5", "model.width=50", "training.repeats=90", "training.epochs=5000"],
)
def test_each_key_that_takes_memory_counts(configured, larger):
    plain = ["model.depth=2", "model.width=5", "training.repeats=9", "training.epochs=5"]
    assert size_of(configured(*plain, larger)).bytes > size_of(configured(*plain)).bytes


@pytest.mark.parametrize(
    ("named", "memory", "addresses", "words"),
    [
        (["model.width=10000", "model.depth=100"], 64 * GIB, None, "9,901,030,006 parameters"),
        (["model.width=1000", "model.depth=50"], 4 * GIB, None, "of memory, and there are 4 GiB"),
        (["model.width=1000", "model.depth=50"], None, 6 * GIB, "of memory, and there are 2.8"),
        ([], None, ADDRESSES - 1, "error: ulimit -v: training takes 4 GiB"),
        (
            ["training.epochs=10000000", "model.width=10000", "model.depth=9"],
            None,
            None,
            "training.epochs=10000000",
        ),
    ],
)
def test_what_is_too_large_is_one_line(configured, named, memory, addresses, words):
    (problem,) = problems_of_size([configured(), configured(*named)], memory, addresses)
    assert words in str(problem)


def test_presets_and_what_a_small_machine_can_do_pass(configured):
    configs = [configured("experiment=sine_deep"), configured("model.width=100", "model.depth=9")]
    assert not [*problems_of_size(configs, 2 * GIB, 2 * ADDRESSES)]
    assert not [*problems_of_size([], 1, ADDRESSES)]


@pytest.mark.parametrize("text", ["1048576\n", "max\n"])
def test_memory_is_that_of_the_container_where_it_has_less(tmp_path, monkeypatch, text):
    whole = room.memory()
    (tmp_path / "limit").write_text(text)
    monkeypatch.setattr(room, "LIMITS", (tmp_path / "limit", tmp_path / "missing"))
    assert whole is None or whole > 2**30
    assert room.memory() == (2**20 if text[0] == "1" else whole)


@pytest.mark.parametrize("field", ["width", "activation"])
def test_a_list_of_no_layer_is_refused(ask, tmp_path, field):
    ended = ask(tmp_path, [f"model.{field}=[]"])
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: model.{field}: names no layer, received []; ")
    assert not [*tmp_path.iterdir()]


def test_runs_are_counted_before_they_are_made(ask, tmp_path):
    for values in itertools.permutations(["dataset.seed=range(0,1e9)", "model.depth=1,2"]):
        ended = ask(tmp_path, ["-m", *values])
        assert ended.returncode == 2
        assert "more than 1,000,000 runs, received 2,000,000,000" in ended.stderr
        assert ended.stderr.count("\n") == 1
    assert not [*tmp_path.iterdir()]
