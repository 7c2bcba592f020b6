"""A run trained again from its own config, and its numbers beside those of its folder."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from ..config.schema import check_config
from ..errors import Problem
from ..record import Record
from ..runner.run import train_into
from ..storage import run_folder
from ..storage.provenance import versions

# What decides last digits. Where any of it is other than then, errors may differ: by so much of
# their size, at the median over the repeats.
DECIDES = ("code", "python", "tensorflow", "keras", "numpy", "scikit-learn", "processor")
ALLOWANCE = 1e-3
RETRAINED = "the numbers do not come out again: see what has changed since"


class Again(NamedTuple):
    """How a run came out again: what is wrong, and what is other here than where it was made."""

    problems: list[Problem]
    elsewhere: list[str]


def train_again(folder: Path) -> Again:
    """Train the run of a folder as it was trained, in a temporary folder, and compare.

    Raises:
        ConfigError: where its config or data cannot be used.
        StorageError: where nothing can be written.
        RunError: where training breaks.
    """
    stored = run_folder.read(folder)
    config = check_config(stored.about.config)
    logging.getLogger("experiments").addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory(prefix="archlab-verify-") as place:
        train_into(config, Path(place) / "run", [])
        found = run_folder.read(Path(place) / "run")
    elsewhere = other_than(stored.about.versions, versions())
    return Again(list(other_numbers(folder, stored, found, exact=not elsewhere)), elsewhere)


def other_than(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """In words, what decides last digits and is not as it was."""
    return [
        f"{name} {now.get(name)} (was {then.get(name)})"
        for name in DECIDES
        if then.get(name) != now.get(name)
    ]


def other_numbers(folder: Path, stored: Record, found: Record, exact: bool) -> Iterator[Problem]:
    """What is other, a line for each score; `exact`: whether every bit has to be the same.

    A run that was trained in stages has more repeats than its config asks for; those of the same
    seeds are compared.
    """
    seen, again = stored.about.data.get("sha256"), found.about.data.get("sha256")
    if seen != again:
        yield Problem(str(folder), "was trained on other data than there are now", RETRAINED)
        return
    key = str(folder / run_folder.METRICS_FILE)
    for name, score in stored.metrics.scores.items():
        now = found.metrics.scores.get(name)
        words = _of_score(name, score.values, () if now is None else now.values, exact)
        if words:
            yield Problem(key, words, RETRAINED)
    if exact and stored.metrics.repeats == found.metrics.repeats:
        yield from _other_arrays(folder, stored, found)


def _of_score(
    name: str, then: Sequence[float | None], now: Sequence[float | None], exact: bool
) -> str:
    """How the errors of repeats differ; nothing where they do as little as they may."""
    pairs = list(zip(then, now, strict=False))
    if not pairs:
        return f"has {name}, which does not come out again"
    drifts = [_relative(old, new) for old, new in pairs]
    if (max(drifts) == 0) if exact else (median(drifts) <= ALLOWANCE):
        return ""
    moved = sum(drift > 0 for drift in drifts)
    worst = drifts.index(max(drifts))
    old, new = pairs[worst]
    return (
        f"has other {name} in {moved} of {len(pairs)} repeats, received {new} for {old} in repeat "
        f"{worst}"
    )


def _relative(old: float | None, new: float | None) -> float:
    """How far apart two errors are, over the first; None is one of a repeat that diverged."""
    if old is None or new is None:
        return 0.0 if old is new else float("inf")
    return 0.0 if old == new else abs(new - old) / (abs(old) or 1.0)


def _other_arrays(folder: Path, stored: Record, found: Record) -> Iterator[Problem]:
    """Predictions, losses and snapshots, bit for bit."""
    arrays: dict[str, tuple[Any, Any]] = {
        "predictions.csv": (stored.predictions["prediction"], found.predictions["prediction"]),
        "history.csv": (stored.history, found.history),
        run_folder.SNAPSHOTS: (stored.snapshots, found.snapshots),
    }
    for name, (then, now) in arrays.items():
        old, new = (np.asarray(one, dtype=float) for one in (then, now))
        if not np.array_equal(old, new, equal_nan=True):
            yield Problem(str(folder / name), "holds other numbers than come out now", RETRAINED)
