"""The runs of a lesson as its checks see them: which are meant, what they hold, how to say it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models import network as networks

from ..comparison.compare import collect, contender
from ..comparison.run_names import plain
from ..record import Metrics, Record
from ..report.lesson.page import plus_minus
from ..saved_model import load_network
from ..scoring.metrics import METRICS, PRIMARY, SPLITS
from ..storage import run_folder
from ..storage.read_runs import Run, read_run
from ..text import number

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[Any]  # numbers of any shape and precision


@dataclass(frozen=True)
class Case:
    """One run of a lesson. keys: its config by `<section>.<key>`; group: one for the same data."""

    name: str
    folder: Path
    keys: dict[str, Any]
    group: int | None
    run: Run

    @property
    def metrics(self) -> Metrics:
        """The final numbers; only runs that are done or diverged have some."""
        assert self.run.metrics is not None
        return self.run.metrics


def read_cases(sweep_folder: Path) -> list[Case]:
    """The runs of a sweep, named so that they can be told apart."""
    comparison = collect(sweep_folder)
    cases = []
    for row in comparison.rows:
        folder = sweep_folder / row.folder
        several = len(comparison.groups) > 1 and row.group is not None
        data = f"{comparison.groups[row.group or 0].name}: " if several else ""
        run = read_run(folder, sweep_folder) if folder.is_dir() else Run(row.folder, row.state)
        cases.append(Case(data + row.label, folder, row.keys, row.group, run))
    return cases


def short_names(cases: Sequence[Case]) -> tuple[str, ...]:
    """The names of runs without the words that all of them have."""
    parts = [case.name.split(" · ") for case in cases]
    own = [[word for word in words if any(word not in each for each in parts)] for words in parts]
    return tuple(" · ".join(few or words) for few, words in zip(own, parts, strict=True))


def runs_named(cases: Sequence[Case], words: str) -> list[Case]:
    """The runs whose config says all of `words`, such as `dataset=sine model.depth=2`."""
    pairs = [word.partition("=")[::2] for word in words.split()]
    return [case for case in cases if all(_says(case.keys, *pair) for pair in pairs)]


def _says(keys: dict[str, Any], key: str, text: str) -> bool:
    name = f"{key}.kind" if key in ("dataset", "model") else key
    value = keys.get(name)
    try:
        return name in keys and (plain(value) == text or json.loads(text) == value)
    except ValueError:  # a word, and not this value
        return False


def hidden_outputs(case: Case, split: str) -> list[tuple[str, NDArray[Any]]]:
    """(activation, outputs (rows, units)) of each hidden layer of the saved network."""
    assert case.run.about is not None
    table = predictions_of(case)
    rows = table if split == "all" else table[table["split"] == split]
    signal: Any = rows[case.run.about.data["features"]].to_numpy(dtype=float)
    found = []
    for layer in load_network(case.folder).layers:
        signal = layer(signal)
        if layer.name.startswith("hidden"):
            found.append((layer.activation.__name__, np.asarray(signal, dtype=float)))
    return found


def predictions_of(case: Case) -> pd.DataFrame:
    """What a finished run predicts, row by row."""
    assert case.run.about is not None
    return run_folder.read_predictions(case.folder, case.run.about)


def saved_weights(case: Case) -> tuple[NDArray[Any], ...]:
    """Kernel and bias of each Dense layer of the saved network, from the input on."""
    return networks.dense_weights(load_network(case.folder))


def record_of(case: Case) -> Record:
    """All that a finished run has to say."""
    return run_folder.read(case.folder)


def values_of(case: Case, name: str) -> list[float]:
    """The score of each repeat; none at all where one diverged."""
    values = case.metrics.scores[name].values if name in case.metrics.scores else ()
    return [] if None in values else [float(value) for value in values if value is not None]


def is_exact(case: Case) -> bool:
    """Whether the run has no randomness that repeats could show."""
    return contender(case.run, case.metrics.final_name).exact


def mean_of(case: Case, name: str) -> str:
    """Mean and standard deviation of a score, in words."""
    score = case.metrics.scores.get(name)
    return plus_minus(score) if score else "nothing"


def from_to(values: Sequence[float]) -> str:
    """The smallest and the largest of the repeats."""
    if not values:
        return "unknown, as a repeat diverged"
    low, high = number(min(values)), number(max(values))
    return low if low == high else f"{low} to {high} over {len(values)} repeats"


def as_percent(share: float) -> str:
    """A share, however small, in per cent."""
    return f"{100 * share:.2g} %"


def span(interval: tuple[float, float]) -> str:
    """An interval of ratios."""
    return f"{interval[0]:.3g} to {interval[1]:.3g}"


def title_of(name: str) -> str:
    """`val/mse` and `noise_floor` in words."""
    split, _, metric = name.partition("/")
    words = {"": "", PRIMARY: "error"}
    words |= {key: one.title for key, one in METRICS.items() if key != PRIMARY}
    return f"{SPLITS.get(split, split.replace('_', ' '))} {words[metric]}".strip()
