"""What runs and sweeps have to say, as plain data. Reports and tests are made from these alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Spread:
    """One number over repeats. `None` stands for what is not known.

    std is the sample standard deviation (n - 1). typical is the geometric mean, which is what runs
    are ranked and compared by: errors are skewed, and repeats differ by factors. ci95 is its 95 %
    confidence interval, see `interval`. std and ci95 need two repeats. A repeat that diverged has
    no value, and then the run as a whole has none of these numbers.
    """

    mean: float | None
    std: float | None
    typical: float | None
    ci95: tuple[float, float] | None
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Metrics:
    """The final numbers of a run, as `metrics.json` holds them.

    scores: by `<split>/<metric>` and `excess/mse`; references: those of the reference predictors by
    the same names, `bayes` only where the optimum is known; unlearned: those of a network that puts
    out nothing, as one whose units died before it learned anything does.
    """

    scores: dict[str, Spread]
    references: dict[str, dict[str, float]]
    noise_floor: float | None
    parameters: dict[str, int]
    epochs: int
    repeats: int
    seconds: dict[str, float]
    unlearned: dict[str, float] = field(default_factory=dict)

    @property
    def final_name(self) -> str:
        """The name of the score: val/mse, or train/mse where no row validates."""
        return "val/mse" if "val/mse" in self.scores else "train/mse"

    @property
    def final(self) -> Spread:
        """The score of the run."""
        return self.scores[self.final_name]

    @property
    def others(self) -> dict[str, float | None]:
        """The means of all other metrics on the rows of the score."""
        split, _, score = self.final_name.partition("/")
        pairs = [(name.partition("/"), spread) for name, spread in self.scores.items()]
        return {n: spread.mean for (at, _, n), spread in pairs if at == split and n != score}


@dataclass(frozen=True)
class About:
    """What a run was and how it went, as `status.json` holds it.

    diverged_at: of each repeat the first epoch whose loss was no finite number, or None.
    best_epoch: with early stopping the epoch of each repeat whose weights were kept, or None.
    """

    config: dict[str, Any]
    config_sha256: str
    command: str
    versions: dict[str, str]
    data: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    shown_repeat: int = 0
    diverged_at: tuple[int | None, ...] = ()
    best_epoch: tuple[int | None, ...] = ()
    notes: tuple[str, ...] = ()
    started: str = ""
    seconds: float | None = None
    error: str | None = None

    @property
    def vary(self) -> tuple[str, ...]:
        """What each repeat draws anew; a folder of an earlier version varied weights alone."""
        return tuple(self.data.get("vary", ("weights",)))


@dataclass(frozen=True, eq=False)
class Grid:
    """What a run predicts between its rows and a little beyond them, see `datasets.grid`.

    x_GxF: features, of which one or two vary; prediction_RxG: every repeat's with its final
    weights; optimal_G: the Bayes-optimal prediction where it is known; snapshots_SxG: the shown
    repeat's at `Record.snapshot_epochs`, None where two features vary. What is predicted is
    float32; of a repeat that diverged it can be no finite number.
    """

    x_GxF: NDArray[np.float64]
    prediction_RxG: NDArray[np.float32]
    optimal_G: NDArray[np.float64] | None = None
    snapshots_SxG: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Record:
    """What a finished run has to say.

    history: columns repeat, epoch, loss, val_loss, mse, val_mse (epochs count from 1, as Keras
    prints them); every epoch of the shown repeat, fifty at most of the others. predictions: one
    row per dataset row, see docs/results.md. snapshot_epochs (S,) and snapshots (S, N): the
    shown repeat's predictions while it learned. grid: predictions between the rows; None where
    more than two features vary, none does, or an earlier version wrote the folder.
    """

    about: About
    metrics: Metrics
    history: pd.DataFrame
    predictions: pd.DataFrame
    snapshot_epochs: NDArray[np.int64]
    snapshots: NDArray[np.float32]
    summary: str
    grid: Grid | None = None

    @property
    def state(self) -> str:
        """done, or diverged when a repeat's loss left the numbers."""
        return "diverged" if any(at is not None for at in self.about.diverged_at) else "done"

    @property
    def features(self) -> list[str]:
        """Names of the feature columns of `predictions`."""
        return list(self.about.data["features"])

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """The features that are not the same in all rows."""
        found = []
        for name in self.features:
            x_N = self.predictions[name].to_numpy(dtype=float)
            known_K = x_N[~np.isnan(x_N)]
            if len(known_K) and known_K.min() < known_K.max():
                found.append(name)
        return tuple(found)

    @property
    def shared_history(self) -> pd.DataFrame:
        """The rows of `history` whose epoch every repeat has that came so far.

        Only those compare repeats.
        """
        last_R = self.history.groupby("repeat")["epoch"].max().to_numpy()
        counts = self.history.groupby("epoch").size()
        reached = [int((last_R >= epoch).sum()) for epoch in counts.index]
        kept: pd.DataFrame = self.history[
            self.history["epoch"].isin(counts.index[counts == reached])
        ]
        return kept


@dataclass(frozen=True)
class Planned:
    """One run that a sweep is to have; `folder` is relative to the sweep's."""

    folder: str
    overrides: tuple[str, ...]
    config_sha256: str


@dataclass(frozen=True)
class Sweep:
    """What a sweep was asked for, as `sweep.json` holds it.

    margin: how many times the best's error counts as as good. stages: repeats of a run after each
    stage, where more of them are trained only for runs that are unclear; empty where all have the
    same.
    """

    name: str
    command: str
    started: str
    runs: tuple[Planned, ...]
    margin: float = 1.05
    stages: tuple[int, ...] = ()


@dataclass(frozen=True)
class Dimension:
    """What a search may choose for one key: one of the choices, or a number from low to high.

    text: as a person wrote it. choices: as they stand on a command line; none of a number. whole:
    whether only whole numbers are chosen. log: whether on a logarithmic scale.
    """

    key: str
    text: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float | None = None
    whole: bool = False
    log: bool = False


@dataclass(frozen=True)
class Trial:
    """One choice of a search.

    params: the value of each key. state: `asked` until its run has come to something, then that
    run's. value: its typical error. folder: of its run; trials of the same config share one.
    """

    number: int
    params: dict[str, int | float | str]
    state: str = "asked"
    value: float | None = None
    folder: str = ""


@dataclass(frozen=True)
class Search:
    """A search in place of a grid, as `search.json` holds it.

    fixed: the overrides that all trials share. importance: of each key, as Optuna has it; empty
    where it cannot be known.
    """

    space: tuple[Dimension, ...]
    fixed: tuple[str, ...]
    sampler: str
    seed: int
    trials: tuple[Trial, ...] = ()
    importance: dict[str, float] = field(default_factory=dict)


def best_possible(references: Mapping[str, Mapping[str, float]], name: str) -> float | None:
    """What the Bayes-optimal predictor makes by a score; None where it is unknown.

    references: scores by reference, of one set of rows. It is 0 where nothing but rounding is left,
    because the data hold no noise.
    """
    best = references.get("bayes", {}).get(name)
    if best is None:
        return None
    return best if best > 1e-9 * references["mean_predictor"][name] else 0.0
