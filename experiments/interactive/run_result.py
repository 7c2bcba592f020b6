"""What a single run has come to, for a notebook: tables, figures, the network."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..predict import saved_network
from ..record import Metrics, Record
from ..report.cell import run_html
from ..report.scoreboard.of_run import run_verdict
from ..storage import run_folder
from .places import TemporaryPlace

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class RunResult:
    """One finished run. Shown at the end of a cell it is its verdict, its fit and its errors.

    Attributes:
        folder: where its files lie. Of a run that was given no folder they go with this object.
    """

    def __init__(self, folder: Path, place: TemporaryPlace | None = None) -> None:
        self.folder = folder
        self._place = place

    @cached_property
    def record(self) -> Record:
        """All that the run has to say, as the pages read it."""
        return run_folder.read(self.folder)

    @property
    def label(self) -> str:
        """What it is called, such as `sine: 2 × 10 tanh`."""
        return self.record.about.label

    @property
    def state(self) -> str:
        """`done`, or `diverged` where a repeat's loss stopped being a finite number."""
        return self.record.state

    @property
    def verdict(self) -> str:
        """What the run came to, beside the best that any model could reach."""
        return " ".join(run_verdict(self.record))

    @property
    def metrics(self) -> pd.DataFrame:
        """Final errors: a row for each of `train/mse`, `val/mse`, ..., over the repeats.

        Columns mean, std, typical (the geometric mean), low and high (its 95 % interval), then the
        same error of each reference, such as `bayes` and `least_squares`.
        """
        return _metrics_table(self.record.metrics)

    @property
    def history(self) -> pd.DataFrame:
        """Losses by repeat and epoch: every epoch of the shown repeat, some of the others."""
        return self.record.history.copy()

    @property
    def predictions(self) -> pd.DataFrame:
        """A row for each row of the data: features, target, the best possible prediction, ours."""
        return self.record.predictions.copy()

    @property
    def model(self) -> Any:
        """The shown repeat's network, as Keras loads it; it predicts in the target's own units."""
        return saved_network(self.folder)

    def fit(self) -> Figure:
        """Rows, every repeat's prediction and the Bayes-optimal one, with the residuals beneath."""
        return self._picture("fit")

    def loss_curves(self) -> Figure:
        """Training and validation losses over epochs, beside the references."""
        return self._picture("loss_curves")

    @property
    def page(self) -> Path:
        """The run's page, one file that any browser opens."""
        return self.folder / run_folder.REPORT

    def _picture(self, name: str) -> Figure:
        from ..plots.cell.own import own_figure
        from ..plots.pictures import by_name

        picture = by_name()[name]
        return own_figure(lambda: picture.draw(picture.numbers(self.record)))

    def _repr_html_(self) -> str:
        return run_html(self.record, self.verdict)

    def __repr__(self) -> str:
        return self.verdict


def _metrics_table(metrics: Metrics) -> pd.DataFrame:
    import pandas as pd

    rows = {}
    for name, spread in metrics.scores.items():
        low, high = spread.ci95 or (None, None)
        known = {title: errors.get(name) for title, errors in metrics.references.items()}
        own = {"mean": spread.mean, "std": spread.std, "typical": spread.typical}
        rows[name] = {**own, "low": low, "high": high, **known}
    return pd.DataFrame.from_dict(rows, orient="index", dtype=float)
