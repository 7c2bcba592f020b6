"""The words of a comparison: what a run is called, what the command was, and the verdict."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .terminal import number

if TYPE_CHECKING:
    from .comparison import Row

# What a run's own label (`20 relu ×2`) and the name of its group say already.
SAID = ("model.kind", "model.depth", "model.width", "model.activation")
NAMED = 3  # ties that are named; the rest is counted


def words_of(command: str) -> dict[str, str]:
    """The `key=value` words of a command line, in order."""
    try:
        words = shlex.split(command)
    except ValueError:  # a quote that is never closed
        words = command.split()
    pairs = (word.lstrip("+").partition("=") for word in words[2:] if "=" in word)
    return {key: value for key, _, value in pairs}


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


def own_words(flat: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[str]:
    """For each run the values of `keys` that its label does not say."""
    own = [key for key in keys if key not in SAID and not key.startswith(("dataset.", "split."))]
    return [", ".join(_own(key, keys_[key]) for key in own if key in keys_) for keys_ in flat]


def _own(key: str, value: Any) -> str:
    """A preset's name speaks for itself; other values stand beside their key."""
    return plain(value) if key == "experiment" else f"{key.rpartition('.')[2]} {plain(value)}"


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
        for place, name in enumerate(names):
            alike = [
                keys.get(key) for keys, other in zip(flat, names, strict=True) if other == name
            ]
            if any(value != alike[0] for value in alike) and key in flat[place]:
                extra[place].append(f"{key} {plain(flat[place][key])}")
    return [f"{n} ({', '.join(e)})" if e else n for n, e in zip(names, extra, strict=True)]


def percent(share: float) -> str:
    """A share in per cent, with one digit where a whole number would say nothing."""
    return f"{share:.1%}" if share < 0.1 or share > 0.99 else f"{share:.0%}"


def verdict(
    ranked: Sequence[Row],
    limits: Mapping[str, float],
    floor: float | None,
    score: str,
    sharp: str = "",
) -> tuple[str, ...]:
    """Sentences on the runs of a group, which come best first; `sharp` goes with those on ties."""
    if not ranked:
        return ("No run on these data is done.",)
    best = ranked[0]
    side = "validation" if score.startswith("val") else "training"
    repeats = f" over {best.repeats} repeats" if best.std is not None else ""
    mean = number(best.mean) + (f" ± {best.std:.2g}" if best.std is not None else "")
    first = f"{best.label} has the lowest {side} error: {mean}{repeats}."
    ties = f"{_ties(ranked)} {sharp}".rstrip()
    return (first, ties, _beside(best.mean or 0.0, limits, floor))


def _ties(ranked: Sequence[Row]) -> str:
    """Who cannot be told from the best, and how many are worse."""
    others = ranked[1:]
    if not others:
        return "It is the only run that is done on these data."
    ties = [row for row in others if row.tied_with_best]
    worse = sum(row.tied_with_best is False for row in others)
    unknown = len(others) - len(ties) - worse
    said = []
    if ties:
        names = "; ".join(row.label for row in ties[:NAMED])
        more = f"; and {len(ties) - NAMED:,} more" if len(ties) > NAMED else ""
        cannot = "run ties" if len(ties) == 1 else "runs tie"
        exact = all(row.how == "exact" for row in ties)
        why = "with the same error" if exact else "not told apart by the repeats"
        said.append(f"{len(ties):,} {cannot} with it, {why}: {names}{more}.")
    if worse:
        told = "No run ties with it: " if not (ties or unknown) else ""
        all_ = "the other" if not unknown else "another"
        text = f"{told}{all_} {worse:,} {'is' if worse == 1 else 'are'} worse."
        said.append(text[0].upper() + text[1:])
    if unknown:
        what = "One repeat cannot judge whether" if unknown == len(others) else "Whether"
        who = "the differences are" if unknown == len(others) else f"{unknown:,} more are"
        tail = " real" if unknown == len(others) else " worse, one repeat cannot judge"
        said.append(f"{what} {who}{tail}: ask for more with training.repeats=5.")
    return " ".join(said)


def sharpness(repeats: int, now: float, more: int, then: float) -> str:
    """What these repeats can tell apart, and what more of them could."""
    return (
        f"With {repeats} repeats a run has to be {_times(now)} times worse to be told from it; "
        f"with training.repeats={more}, {_times(then)} times."
    )


def _times(ratio: float) -> str:
    return "more than 100" if ratio > 100 else f"about {ratio:.3g}"


def _beside(mean: float, limits: Mapping[str, float], floor: float | None) -> str:
    """Where an error stands between the best possible and least squares."""
    said = "Its error is "
    best, line = limits.get("bayes"), limits.get("least_squares")
    if best is None and floor is None:
        said = "How low it could be is unknown for these data. Its error is "
    else:
        said += _above(mean, best, floor) + " and "
    if line is None or line <= 0:
        return said + "not set beside least squares."
    if abs(mean / line - 1) < 5e-4:
        return said + f"the same as that of least squares ({number(line)})."
    if mean < line:
        return said + f"{percent(1 - mean / line)} below least squares ({number(line)})."
    return said + f"{mean / line:.2f} times that of least squares ({number(line)})."


def _above(mean: float, best: float | None, floor: float | None) -> str:
    low = floor if best is None else best
    assert low is not None
    what = "the noise floor" if best is None else "that of the best possible prediction"
    known = number(low)
    if best is not None and floor is not None:
        known += f" on the same rows; noise floor {number(floor)}"
    if low <= 1e-9 * mean or low == 0:
        return f"{number(mean - low)} above {what} ({known})"
    if mean < low:
        why = "by chance or because the noise of these rows was learned"
        return f"{percent(1 - mean / low)} below {what} ({known}), {why},"
    return f"{mean / low:.2f} times {what} ({known})"
