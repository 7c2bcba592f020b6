"""Values that no keyword of `run` and `compare` takes: ConfigError with lines that name it."""

from __future__ import annotations

import pytest

from experiments import compare, run
from experiments.errors import ConfigError

ROWS = [
    ({"dataset": 5}, "dataset: Config group override must be"),
    ({"dataset": None}, "dataset: Config group override must be"),
    ({"dataset": float("nan")}, "dataset: Config group override must be"),
    ({"dataset": ((1,),)}, "dataset: "),
    ({"dataset": "\0"}, "dataset: embedded null byte"),
    ({"dataset": "a" * 300}, "dataset: "),
    ({"model__width": 10**400}, "model__width: must be a number that a float can hold"),
    ({"training__repeats": -(10**5000)}, "training__repeats: must be a number that a float can"),
]


@pytest.mark.parametrize("door", [run, compare])
@pytest.mark.parametrize(("words", "line"), ROWS)
def test_a_value_that_no_keyword_takes_is_named(door, words, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        door(**words)
    told = str(caught.value)
    assert told.startswith(f"error: {line}"), told
    assert all(one.startswith("error: ") and "; " in one for one in told.splitlines())
    assert not [*tmp_path.iterdir()]
