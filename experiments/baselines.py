"""A stored baseline of final errors, and whether new errors are still of its kind.

Errors over seeds are skewed, or have two humps where units die, so they are compared by rank.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import ranks
from . import record as records
from .errors import ConfigError, Problem
from .versions import LIBRARIES

# Of their size: errors closer than this are equal, whatever rounded them.
SAME = 1e-6


@dataclass(frozen=True)
class Origin:
    """What made a baseline, as `status.json` says it; empty where that is unknown."""

    config: dict[str, Any] = field(default_factory=dict)
    data_sha256: str = ""
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Baseline:
    """The final errors that one experiment is known to end with.

    name: of the preset. score: what the errors are, val/mse or train/mse. seed: training.seed of
    the repeats. values: one a repeat, finite, in the target's units squared.
    """

    name: str
    score: str
    seed: int
    values: tuple[float, ...]
    origin: Origin = field(default_factory=Origin)

    @property
    def count(self) -> int:
        """How many repeats there are."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return float(np.mean(self.values))

    @property
    def std(self) -> float:
        """The sample standard deviation (n - 1) of the values; zero of a single one."""
        return float(np.std(self.values, ddof=1)) if self.count > 1 else 0.0

    @property
    def fixed(self) -> bool:
        """Whether the values never varied, as those of closed forms do not."""
        return self.std <= SAME * abs(self.mean)


@dataclass(frozen=True)
class Verdict:
    """What a gate says of one experiment; true where it passes, and its text says why.

    moved: the mean's distance from the baseline's in standard deviations of the baseline, up being
    worse. widened: the standard deviation over the baseline's. Both are nan where they mean
    nothing. p: how often unchanged code looks so unlike its baseline; it fails below `level`.
    """

    name: str
    passed: bool
    moved: float
    widened: float
    p: float
    level: float
    said: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return f"{self.name}: {self.said}"


def judge(
    baseline: Baseline, values: Sequence[float | None], seed: int, level: float = 0.01
) -> Verdict:
    """Whether final errors from other seeds are of the baseline's kind.

    values: one a repeat, None or nan where a training diverged. seed: their training.seed. level:
    how often unchanged code may fail.

    The errors' ranks are tested (see `ranks`): an exact prediction region of probability 1 - level.

    Three things ranks need not see fail too: a diverged training; errors that are all equal where
    the baseline's vary; errors that are all among the baseline's, though from another seed. Errors
    that never varied, as of closed forms, are compared as numbers.
    """
    known = np.array([math.nan if value is None else value for value in values], float)
    if not len(known) or not np.isfinite(known).all():
        diverged = int((~np.isfinite(known)).sum())
        said = f"{diverged} of {len(known)} trainings diverged, none did in the baseline"
        return Verdict(baseline.name, False, math.nan, math.nan, 0.0, level, said)
    mean, std = float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0
    moved = (mean - baseline.mean) / baseline.std if baseline.std else math.nan
    widened = std / baseline.std if baseline.std and len(known) > 1 else math.nan
    if baseline.fixed:
        p = float(np.allclose(known, baseline.mean, rtol=SAME, atol=0))
    else:
        p = ranks.p_value(known, np.array(baseline.values))
    trouble = _trouble(baseline, known, seed)
    passed = p >= level and not trouble
    said = f"{baseline.score} {mean:.5g}"
    said += f" ± {std:.2g} over {len(known)}" if len(known) > 1 else ""
    said += f", baseline {baseline.mean:.5g} ± {baseline.std:.2g} over {baseline.count}: "
    verdict = Verdict(baseline.name, passed, moved, widened, p, level, said)
    return replace(verdict, said=said + (trouble or _worded(baseline, verdict, mean)))


def _worded(baseline: Baseline, verdict: Verdict, mean: float) -> str:
    """How far, which way, and whether that is too far."""
    if baseline.fixed:
        way = _way(mean - baseline.mean)
        return "as it was" if verdict else f"moved {way}; it never varied"
    said = f"moved {abs(verdict.moved):.2f} standard deviations {_way(verdict.moved)}, "
    said += f"spread {verdict.widened:.2f} times, p = {verdict.p:.1g}"
    return f"as before, {said}" if verdict else f"{said} (below {verdict.level:.1g} fails)"


def _way(moved: float) -> str:
    return "up (worse)" if moved > 0 else "down (better)"


def _trouble(baseline: Baseline, known: NDArray[np.float64], seed: int) -> str:
    """What is wrong with the errors whatever their ranks; nothing where they are sound."""
    if baseline.fixed:
        return ""
    if len(known) > 1 and np.ptp(known) <= 1e-12 * np.abs(known).max():
        return "every training ends on the same error: the seed of a repeat is ignored"
    if seed != baseline.seed and set(known.tolist()) <= set(baseline.values):
        return (
            f"every error is one of the baseline's, which come from seed {baseline.seed}, "
            f"not {seed}: training.seed is ignored"
        )
    return ""


def caught(baseline: Baseline, repeats: int, level: float, power: float = 0.95) -> float:
    """The shift, in standard deviations of the baseline, that a check catches with `power`.

    Estimated on 400 checks drawn from the baseline's own errors, shifted up and down. inf where
    there is no such shift below 20.
    """
    values_B = np.sort(baseline.values)
    drawn_CxR = np.random.default_rng(0).choice(values_B, (400, repeats))
    own_CxR = drawn_CxR.argsort(axis=1).argsort(axis=1) + 1.0  # ranks among themselves
    for shift in np.arange(0.1, 20, 0.1):
        both_WxCxR = drawn_CxR + shift * baseline.std * np.array([1, -1])[:, None, None]
        ranks_WxCxR = own_CxR + np.searchsorted(values_B, both_WxCxR)
        p_WxC = ranks.p_of(ranks_WxCxR, baseline.count)
        if (p_WxC < level).mean(axis=1).min() >= power:
            return float(shift)
    return math.inf


def read(folder: Path, name: str) -> Baseline:
    """The stored baseline of a preset; raises ConfigError where there is none to be used."""
    path = folder / f"{name}.json"
    fix = f"make it with {update_command(folder, name)}"
    try:
        return _from_tree(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        what = f"there is no baseline, received {str(path)!r}"
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{path} is no baseline: {type(error).__name__}: {error}"
    raise ConfigError([Problem("gate.baselines", what, fix)])


def _from_tree(tree: dict[str, Any]) -> Baseline:
    """The baseline of a file's content; raises ValueError where its numbers contradict it."""
    values = tuple(map(float, tree["values"]))
    origin = Origin(**tree["origin"])
    found = Baseline(str(tree["name"]), str(tree["score"]), int(tree["seed"]), values, origin)
    said, true = (tree["count"], tree["mean"], tree["std"]), (found.count, found.mean, found.std)
    if not values or not np.allclose(said, true, rtol=1e-6, atol=0):
        raise ValueError(f"count, mean and std are {said}, those of its values {true}")
    return found


def write(folder: Path, baseline: Baseline) -> Path:
    """Store a baseline, aside first; returns its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{baseline.name}.json"
    numbers = {"count": baseline.count, "mean": baseline.mean, "std": baseline.std}
    tree = {**numbers, **asdict(baseline), "values": "VALUES"}
    text = json.dumps(tree, indent=1, allow_nan=False, ensure_ascii=False)
    on_one_line = json.dumps(baseline.values, allow_nan=False)
    records.write_bytes(path, (text.replace('"VALUES"', on_one_line) + "\n").encode())
    return path


def update_command(folder: Path, name: str) -> str:
    """What a person types to make the baseline of one preset anew."""
    where = "" if folder == Path("tests/baselines") else f" gate.baselines={folder}"
    return f"python run.py gate=update gate.presets=[{name}]{where}"


def differences(baseline: Baseline, config: Mapping[str, Any], data_sha256: str) -> list[str]:
    """In words, where config and data are not the baseline's; seed and repeats may differ."""
    if not baseline.origin.config:
        return []
    mine, theirs = _flat(config), _flat(baseline.origin.config)
    said = [
        f"{key} is {mine.get(key)!r}, was {theirs.get(key)!r}"
        for key in sorted({*mine, *theirs})
        if mine.get(key) != theirs.get(key) and key not in ("training.seed", "training.repeats")
    ]
    if not said and baseline.origin.data_sha256 not in ("", data_sha256):
        said.append("the data are others, by the same config")
    return said


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{part}.{key}": value for part, keys in config.items() for key, value in keys.items()}


def other_versions(baseline: Baseline, here: Mapping[str, str]) -> list[str]:
    """In words, the libraries that are not those that made the baseline."""
    return [
        f"{name} {here.get(name)} (was {baseline.origin.versions[name]})"
        for name in LIBRARIES
        if baseline.origin.versions.get(name, here.get(name)) != here.get(name)
    ]
