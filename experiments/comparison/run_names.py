"""What runs, groups and commands are called, so that they can be told apart."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

# What a run's own label (`2 × 20 relu`) and the name of its group say already.
SAID = ("model.kind", "model.depth", "model.width", "model.activation")
ONE_BY_ONE = ("basic", "joblib")  # launchers of Hydra's own, which cannot go on with a sweep
_SPECIAL = frozenset("'\"\\\t\r\n")  # letters that a shell does not take as they are


@lru_cache(maxsize=20_000)  # each is asked for three times while a sweep is compared
def words_of(command: str) -> Mapping[str, str]:
    """The `key=value` words of a command line, in order."""
    pairs = (word.lstrip("+").partition("=") for word in _shell_words(command)[2:] if "=" in word)
    return MappingProxyType({key: value for key, _, value in pairs})


def _shell_words(command: str) -> list[str]:
    """What a shell would make of it; `shlex` reads letter by letter and is asked where it must."""
    if _SPECIAL.isdisjoint(command):
        return [word for word in command.split(" ") if word]
    try:
        return shlex.split(command)
    except ValueError:  # a quote that is never closed
        return command.split()


def keys_of(commands: Sequence[str]) -> list[str]:
    """The config keys that command lines name; a choice such as dataset=sine names its kind."""
    seen = dict.fromkeys(key for command in commands for key in words_of(command))
    found: dict[str, None] = {}
    for key in seen:
        found.update(dict.fromkeys([f"{key}.kind"] if key in ("dataset", "model") else [key]))
    return list(found)


def command_of(commands: Sequence[str]) -> str:
    """One command line for all runs, from those of the single runs.

    Where they are not all combinations of some values, the first one stands for all.
    """
    if len(commands) < 2:
        return "".join(commands)
    each = [words_of(command) for command in commands]
    values = {
        key: list(dict.fromkeys(words[key] for words in each if key in words)) for key in each[0]
    }
    combinations = 1
    for choices in values.values():
        combinations *= len(choices)
    distinct = {tuple(words.items()) for words in each}
    if combinations == len(distinct) and all(list(words) == list(values) for words in each):
        return " ".join(
            [
                "python run.py -m",
                *(f"{key}={shlex.quote(','.join(v))}" for key, v in values.items()),
            ]
        )
    return f"{commands[0]}  (and {len(commands) - 1:,} more; each run's page has its own)"


def same_command(command: str, name: str) -> str:
    """What goes on with a sweep, in words: its command, and what has to be changed in it.

    Args:
        command: the sweep's.
        name: the sweep's, which was made up where the command names none.
    """
    words = words_of(command)
    changes = []
    if words.get("hydra/launcher") in ONE_BY_ONE:
        changes.append("without hydra/launcher")
    if not {"sweep.name", "hydra.sweep.dir"} & set(words):
        changes.append(f"with sweep.name={name}")
    return " ".join(["the same command", *changes])


def distinguishing_labels(flat: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[str]:
    """For each run the values of `keys` that its label does not say."""
    own = [key for key in keys if key not in SAID and not key.startswith(("dataset.", "split."))]
    return [", ".join(_own(key, keys_[key]) for key in own if key in keys_) for keys_ in flat]


def _own(key: str, value: Any) -> str:
    """A preset's name speaks for itself; other values stand beside their key."""
    return plain(value) if key == "experiment" else f"{key.rpartition('.')[2]} {plain(value)}"


def told_apart(value: Any) -> Any:
    """What is equal for two config values just where their JSON is, and can be hashed."""
    kind = type(value)
    if kind in (str, int, bool, type(None)):
        return kind, value
    return kind, repr(value) if kind is float else json.dumps(value)


def plain(value: Any) -> str:
    """A config value as a person would write it."""
    if isinstance(value, list):
        return f"[{','.join(plain(each) for each in value)}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def group_names(names: Sequence[str], flat: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of groups: the dataset's, and what else of data and split tells two of a name apart."""
    extra: list[list[str]] = [[] for _ in flat]
    for key in dict.fromkeys(key for keys in flat for key in keys):
        if not key.startswith(("dataset.", "split.")):
            continue
        for index, name in enumerate(names):
            alike = [
                keys.get(key) for keys, other in zip(flat, names, strict=True) if other == name
            ]
            if any(value != alike[0] for value in alike) and key in flat[index]:
                extra[index].append(f"{key} {plain(flat[index][key])}")
    return [f"{n} ({', '.join(e)})" if e else n for n, e in zip(names, extra, strict=True)]
