"""A stored baseline of final errors: what it knows, its file, and where a run is another one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.spec import DEFAULTS

from ..errors import ArchlabError, ConfigError, Problem, StorageError
from ..storage import files
from ..storage.guarded.content import content_of
from ..storage.guarded.schemas import METRICS_BYTES, json_tree

# Of their size: errors closer than this are equal, whatever rounded them.
SAME = 1e-6
# Of their size: what another processor moves errors by, where training is no chaos (see `pairs`).
LEAST = 3e-6


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
    the repeats. values: one a repeat, finite, in the target's units squared. tolerance: how far
    another processor may move an error, over the error, at the median of the first seeds; None
    where training is chaotic, so that one ends elsewhere for a last digit.
    """

    name: str
    score: str
    seed: int
    values: tuple[float, ...]
    tolerance: float | None = None
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


def read_baseline(folder: Path, name: str) -> Baseline:
    """The stored baseline of a preset.

    Raises:
        ConfigError: where there is none to be used.
    """
    path = folder / f"{name}.json"
    fix = f"make it with {update_command(folder, name)}"
    try:
        return _from_tree(json_tree(content_of(path, METRICS_BYTES), path))
    except FileNotFoundError:
        what = f"there is no baseline, received {str(path)!r}"
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
    except ArchlabError as error:
        what = f"{path} is no baseline: {error.problems[0].what}"
    except (ArithmeticError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{path} is no baseline: {type(error).__name__}: {error}"
    raise ConfigError([Problem("gate.baselines", what, fix)])


def _from_tree(tree: dict[str, Any]) -> Baseline:
    """The baseline of a file's content; raises ValueError where its numbers contradict it."""
    values = tuple(map(float, tree["values"]))
    tolerance = None if tree["tolerance"] is None else float(tree["tolerance"])
    known = str(tree["name"]), str(tree["score"]), int(tree["seed"])
    found = Baseline(*known, values, tolerance, Origin(**tree["origin"]))
    stored, true = (tree["count"], tree["mean"], tree["std"]), (found.count, found.mean, found.std)
    if not values or not np.allclose(stored, true, rtol=1e-6, atol=0):
        raise ValueError(f"count, mean and std are {stored}, those of its values {true}")
    return found


def no_place(folder: Path, name: str) -> list[Problem]:
    """Why a preset's baseline could not be stored, as far as that is known before a training."""
    path = folder / f"{name}.json"
    above = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not above.is_dir():
        what = f"must be a folder, and {str(above)!r} is none, received {str(folder)!r}"
    elif not os.access(above, os.W_OK | os.X_OK):
        what = f"must be a folder that can be written, received {str(folder)!r}"
    elif path.is_dir() and not path.is_symlink():
        what = f"a folder is in the place of the baseline {str(path)!r}"
    else:
        return []
    return [Problem("gate.baselines", what, "move away what is there, or choose another folder")]


def write_baseline(folder: Path, baseline: Baseline) -> Path:
    """Store a baseline, aside first; returns its file.

    Raises:
        StorageError: where it cannot be written.
    """
    path = folder / f"{baseline.name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.drop_leftovers(folder)
        files.write_bytes(path, _content(baseline))
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror}"
        fix = "mend that, or choose another folder; the runs are kept"
        raise StorageError([Problem("gate.baselines", what, fix)]) from error
    return path


def _content(baseline: Baseline) -> bytes:
    """The file of a baseline, its values on one line."""
    numbers = {"count": baseline.count, "mean": baseline.mean, "std": baseline.std}
    tree = {**numbers, **asdict(baseline), "values": "VALUES"}
    text = json.dumps(tree, indent=1, allow_nan=False, ensure_ascii=False)
    on_one_line = json.dumps(baseline.values, allow_nan=False)
    return (text.replace('"VALUES"', on_one_line) + "\n").encode()


def update_command(folder: Path, name: str) -> str:
    """What a person types to make the baseline of one preset anew."""
    where = "" if folder == Path("tests/baselines") else f" gate.baselines={folder}"
    return f"python run.py gate=update gate.presets=[{name}]{where}"


def differences(baseline: Baseline, config: Mapping[str, Any], data_sha256: str) -> list[str]:
    """In words, where config and data are not the baseline's; seed and repeats may differ.

    Args:
        baseline: the stored one.
        config: of the run, by section.
        data_sha256: the fingerprint of its dataset.

    Returns:
        A line for each key that differs; keys that only one of them has are in one line.
    """
    if not baseline.origin.config:
        return []
    # A key that an earlier version did not have yet had what is its default now.
    known = {f"training.{key}": value for key, value in DEFAULTS.items()}
    mine, theirs = known | _flat(config), known | _flat(baseline.origin.config)
    own = {"training.seed", "training.repeats"}
    found = [
        f"{key} is {mine[key]!r}, was {theirs[key]!r}"
        for key in sorted({*mine} & {*theirs} - own)
        if mine[key] != theirs[key]
    ]
    if new := sorted({*mine} - {*theirs} - own):
        found.append(f"the baseline does not know {', '.join(new)}")
    if gone := sorted({*theirs} - {*mine} - own):
        found.append(f"the baseline knows {', '.join(gone)} besides")
    if not found and baseline.origin.data_sha256 not in ("", data_sha256):
        found.append("the data are others, by the same config")
    return found


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """Values by `<section>.<key>`; what is no section stands for itself."""
    flat: dict[str, Any] = {}
    for part, keys in config.items():
        if isinstance(keys, Mapping):
            flat |= {f"{part}.{key}": value for key, value in keys.items()}
        else:
            flat[part] = keys
    return flat
