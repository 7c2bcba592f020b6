"""What a comparison holds: a row a run, a group for each data, the sweep as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .contenders import How
from .significance import Verdict, Why


def is_search(command: str) -> bool:
    """Whether a command line has Optuna choose the runs of a sweep."""
    return "hydra/sweeper=optuna" in command


@dataclass(frozen=True)
class Row:
    """One run. `None` stands for what is unknown or cannot be said.

    keys: its config by `<section>.<key>`, and other words of its command line by their name.
    values: the score of each repeat, None of one that diverged. exact: whatever the seed, the score
    is this one. typical, ci95: the geometric mean of the score over repeats, which ranks and is
    compared, with its interval; mean, std: the arithmetic mean and the standard deviation. stuck:
    how many repeats got stuck. above_best: typical error less that of the Bayes-optimal prediction
    on the same rows, or less the noise floor where only that is known; excess: mean squared
    distance to the best possible prediction. metrics: the means of all other metrics on the rows of
    the score. parameters: those that training changes. rank: by the typical error, only of runs
    that are done. verdict, ratio, interval, p, wins, why, how: see
    `significance.Judgement`.
    """

    folder: str
    state: str
    label: str
    dataset: str
    group: int | None
    keys: dict[str, Any]
    command: str = ""
    repeats: int | None = None
    values: tuple[float | None, ...] = ()
    exact: bool = False
    typical: float | None = None
    ci95: tuple[float, float] | None = None
    mean: float | None = None
    std: float | None = None
    stuck: int | None = None
    above_best: float | None = None
    excess: float | None = None
    metrics: dict[str, float | None] = field(default_factory=dict)
    parameters: int | None = None
    training_seconds: float | None = None
    seconds: float | None = None
    started: str = ""
    config_sha256: str = ""
    rank: int | None = None
    verdict: Verdict | None = None
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    wins: float | None = None
    why: Why = ""
    how: How | None = None
    reason: str = ""
    log_tail: str = ""


@dataclass(frozen=True)
class Group:
    """Runs on the same data and the same rows of validation.

    score: the name of what is compared. references: the score of each reference, bayes only
    where it is known. runs: how many are ranked. best: its index in `Comparison.rows`. sentences:
    the verdict. vary: what each repeat draws anew. target: the name of what is predicted; units:
    whether it is in units that mean something to somebody, as a table's are and made up data's not.
    """

    name: str
    description: str
    data_sha256: str
    score: str
    references: dict[str, float]
    noise_floor: float | None
    runs: int
    comparisons: int
    best: int | None
    sentences: tuple[str, ...]
    vary: tuple[str, ...] = ("weights",)
    target: str = ""
    units: bool = False


@dataclass(frozen=True)
class Comparison:
    """A sweep. rows are in the order of their folders' names.

    varying: the config keys in which runs differ, those of the command line first; named: how many
    those are. counts: runs by state, only states that occur; planned: how many runs the sweep was
    to have, where `sweep.json` says it.
    """

    name: str
    command: str
    started: str
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    varying: tuple[str, ...]
    named: int
    counts: dict[str, int]
    planned: int | None

    @property
    def searched(self) -> bool:
        """Whether Optuna chose the runs as it went along."""
        return is_search(self.command)

    @property
    def verdict(self) -> tuple[str, ...]:
        """A line of text for each group."""
        lines = (f"{group.name}: {' '.join(group.sentences)}" for group in self.groups)
        return tuple(lines) or ("No run is done yet.",)

    @property
    def undone(self) -> tuple[Row, ...]:
        """The runs that do not rank."""
        return tuple(row for row in self.rows if row.state != "done")
