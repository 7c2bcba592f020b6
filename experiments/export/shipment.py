"""What of a folder goes to another program: its finished runs, and which ones are left out."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ..comparison.compare import collect
from ..comparison.rows import Comparison, Row
from ..errors import ConfigError, Problem
from ..plots import picture_files
from ..record import About, Metrics
from ..storage import run_folder, sweep_folder
from ..storage.guarded.content import sha256_of
from ..storage.read_runs import Run, read_run, read_runs

ENDED = ("done", "diverged", "failed")  # states of a run that has ended for good
CURVE_POINTS = 200  # of a learning curve; of more epochs, half log-spaced and half evenly spaced
CHANGED = f"a file is not the one that {run_folder.STATUS} lists"
LOSS_COLUMNS = ("loss", "val_loss", "mse", "val_mse")


@dataclass(frozen=True)
class ShippedRun:
    """One run that ended.

    folder: where its files are. row: what the comparison says of it. metrics: None of a run that
    failed. files: the names of those that its status lists, which are as that has them. content:
    the SHA-256 of the status, which holds those of all files: it names this training and no other.
    """

    folder: Path
    row: Row
    about: About
    metrics: Metrics | None
    files: frozenset[str]
    content: str

    @property
    def name(self) -> str:
        """What it is called: `sine: 2 × 20 relu`."""
        return f"{self.row.dataset}: {self.row.label}"

    @property
    def started(self) -> float:
        """When it started, in seconds since 1970; 0 where nobody knows."""
        try:
            return datetime.fromisoformat(self.about.started).timestamp()
        except ValueError:
            return 0.0

    @property
    def ended(self) -> float:
        """When it ended, in the same."""
        return self.started + (self.about.seconds or 0.0)

    def curves(self) -> pd.DataFrame:
        """The losses of the repeat shown, finite or nan, in CURVE_POINTS epochs at most.

        Columns epoch and those of LOSS_COLUMNS; no rows where nothing was trained step by step.
        """
        if self.metrics is None:
            return pd.DataFrame(columns=["epoch", *LOSS_COLUMNS], dtype=float)
        history = run_folder.read_history(self.folder)
        own = history[history["repeat"] == self.about.shown_repeat]
        kept = own[["epoch", *LOSS_COLUMNS]].iloc[_kept_places(len(own))]
        return kept.replace([math.inf, -math.inf], math.nan)

    def artifacts(self) -> list[Path]:
        """Pictures, model and page, those that it has; the log of one that went wrong."""
        names = [*picture_files(), run_folder.MODEL_FILE, run_folder.REPORT]
        if self.row.state != "done":
            names.append(run_folder.LOG)
        return [self.folder / name for name in names if name in self.files]


@dataclass(frozen=True)
class Shipment:
    """The runs of a folder that are sent.

    folder: of the sweep, or of a single run. comparison: what the runs say together. whole: whether
    it is a folder of runs, and no single run. left_out: rows of those that are not sent.
    """

    folder: Path
    comparison: Comparison
    runs: tuple[ShippedRun, ...]
    left_out: tuple[Row, ...]
    whole: bool

    @property
    def name(self) -> str:
        """That of the sweep; of a single run, that of the folder it lies in."""
        return self.comparison.name if self.whole else self.folder.parent.name

    @property
    def key(self) -> str:
        """What tells this sweep from others, and stays as it is while runs are added to it."""
        words = f"{self.comparison.name}\n{self.comparison.started}"
        return hashlib.sha256(words.encode()).hexdigest()[:32]

    @property
    def varying(self) -> tuple[str, ...]:
        """The config keys in which its runs differ: those that its command names, if it names any.

        Others follow from these. All keys of a single run.
        """
        if not self.whole:
            return tuple(self.runs[0].row.keys)
        return self.comparison.varying[: self.comparison.named] or self.comparison.varying


def shipment(folder: Path) -> Shipment:
    """Read what a folder of a sweep, or of a run, holds.

    Raises:
        ConfigError: where no run in it has ended.
    """
    single = (folder / run_folder.STATUS).exists()
    sweep = None if single else sweep_folder.read_sweep(folder)
    runs = [read_run(folder, folder.parent)] if single else read_runs(folder, sweep)
    comparison = collect(folder, sweep, runs)
    place = folder.parent if single else folder
    sent, left_out = [], []
    for run, row in zip(runs, comparison.rows, strict=True):
        if run.state in ENDED and (shipped := _shipped(place / run.folder, run, row)):
            sent.append(shipped)
        else:
            broken = replace(row, state="broken", reason=CHANGED)
            left_out.append(broken if run.state in ENDED else row)
    if not sent:
        states = ", ".join(
            f"{n} {state}" for state, n in Counter(r.state for r in left_out).items()
        )
        what = f"holds no run that ended ({states})" if states else "holds no runs"
        fix = "name the folder of a sweep or of a run that is done"
        raise ConfigError([Problem(str(folder), what, fix)])
    return Shipment(folder, comparison, tuple(sent), tuple(left_out), not single)


def _shipped(folder: Path, run: Run, row: Row) -> ShippedRun | None:
    """The run; None of one with a file that is not as its status lists it, whichever it is."""
    if run.about is None or run_folder.state(folder) not in ENDED:
        return None
    listed = frozenset(run_folder.read_status(folder)["files"])
    content = sha256_of(folder / run_folder.STATUS)
    return ShippedRun(folder, row, run.about, run.metrics, listed, content)


def numbers_of(metrics: Metrics | None) -> dict[str, float]:
    """Every final number by its name; what is not known is left out.

    `val/mse` is the mean over repeats, and so on for all scores; `val/mse_std`, `_typical` (the
    geometric mean, by which runs are ranked), `_ci95_low`, `_ci95_high` (the interval of that);
    `reference/bayes/val/mse` the same score of a reference; `noise_floor`, `parameters/total`,
    `seconds/training` and their like.
    """
    if metrics is None:
        return {}
    found: dict[str, float | None] = {}
    for name, spread in metrics.scores.items():
        low, high = spread.ci95 or (None, None)
        found |= {name: spread.mean, f"{name}_std": spread.std, f"{name}_typical": spread.typical}
        found |= {f"{name}_ci95_low": low, f"{name}_ci95_high": high}
    for name, scores in metrics.references.items():
        found[f"reference/{name}/{metrics.final_name}"] = scores[metrics.final_name]
    found["noise_floor"] = metrics.noise_floor
    found |= {f"parameters/{name}": count for name, count in metrics.parameters.items()}
    found |= {f"seconds/{name}": seconds for name, seconds in metrics.seconds.items()}
    return {name: value for name, value in found.items() if value is not None}


def _kept_places(count: int) -> list[int]:
    """Which of so many epochs are kept, the first and the last among them."""
    if count <= CURVE_POINTS:
        return list(range(count))
    half = CURVE_POINTS // 2
    spaced = [np.geomspace(1, count, half), np.linspace(1, count, half)]
    return [*(np.unique(np.concatenate(spaced).round().astype(int)) - 1).tolist()]
