"""Values that no keyword of `run` and `compare` takes: ConfigError with lines that name it."""

from __future__ import annotations

import copy
import gc
import threading

import pytest

from experiments import compare, run
from experiments.errors import ConfigError


class Rude:
    """An object that cannot be written down."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


class RudeList(list):
    """A list that lists nothing."""

    def __iter__(self):
        raise RuntimeError("no")


def nested(kind, times):
    """One in so many lists or tuples."""
    made = kind([1])
    for _ in range(times):
        made = kind([made])
    return made


RUDE = "received a Rude that cannot be shown"
ROWS = [
    ({"-m": 1}, "'-m': is no key, received 1; give keys such as model__depth"),
    ({"": 1}, "'': is no key"),
    ({"model__depth=2,open": 1}, "'model__depth=2,open': is no key"),
    ({"dataset": 5}, "dataset: Config group override must be"),
    ({"dataset": None}, "dataset: Config group override must be"),
    ({"dataset": float("nan")}, "dataset: Config group override must be"),
    ({"dataset": ((1,),)}, "dataset: "),
    ({"dataset": "\0"}, "dataset: embedded null byte"),
    ({"dataset": "a" * 300}, "dataset: "),
    ({"model__width": 10**400}, "model__width: must be a number that a float can hold"),
    (
        {"model__width": Rude()},
        f"model__width: must be a number, a text, true or false, or a tuple of them, {RUDE}",
    ),
    (
        {"model__width": (1, Rude())},
        f"model__width: must be a number, a text, true or false, or a tuple of them, {RUDE}",
    ),
    ({"model__width": [1, Rude()]}, "model__width: "),
    ({"model__width": {"a": Rude()}}, "model__width: must be a number"),
    ({"model__width": RudeList([1])}, "model__width: cannot be read (RuntimeError), received [1]"),
    ({"model__width": nested(list, 5000)}, "model__width: "),
    ({"model__width": nested(tuple, 5000)}, "model__width: cannot be read (RecursionError)"),
    ({"model__width": nested(tuple, 300)}, "model__width: is nested too deep, received '[[["),
    ({"model__width": (1,) * 100_000}, "model__width: holds more than a config can, received 100,"),
    ({"folder": Rude()}, f"folder: must be a path, {RUDE}"),
    ({"folder": 5}, "folder: must be a path, received 5; for example folder='results'"),
    ({"folder": b"here"}, "folder: must be a path, received b'here'"),
    ({"open": Rude()}, f"open: is for the command line, {RUDE}"),
    ({"training__repeats": -(10**5000)}, "training__repeats: must be a number that a float can"),
]


@pytest.mark.parametrize("door", [run, compare])
@pytest.mark.parametrize(("words", "line"), ROWS, ids=range(len(ROWS)))
def test_a_value_that_no_keyword_takes_is_named(door, words, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        door(**words)
    told = str(caught.value)
    assert told.startswith(f"error: {line}"), told
    assert all(one.startswith("error: ") and "; " in one for one in told.splitlines())
    assert not [*tmp_path.iterdir()]


def test_two_places_are_named_whatever_they_are():
    with pytest.raises(ConfigError, match=f"^error: folder: gives the results two places, {RUDE}"):
        compare(name="mine", folder=Rude())


def test_threads_train_one_after_the_other():
    words = {"model": ["pinv", "svd"], "training__repeats": 1}
    ended = []

    def one(seed):
        try:
            ended.append(len(compare(dataset__seed=seed, **words)))
        except Exception as error:
            ended.append(error)

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [2, 2, 2]


def test_a_copy_of_a_result_keeps_its_files():
    first = run(model="pinv", training__repeats=1)
    second = copy.deepcopy(first)
    del first
    gc.collect()
    assert second.page.is_file()
