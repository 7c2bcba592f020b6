"""What a comparison has come to, for a notebook: table, verdict, runs, figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from ..comparison.compare import collect
from ..comparison.rows import Row
from ..errors import ConfigError, Problem, known_names
from ..report import COMPARISON
from ..report.cell import sweep_html
from ..report.chart_data import spread_out
from ..report.exports import results_csv
from ..report.payload.first_rows import in_order
from ..report.scoreboard.verdicts import sweep_verdict
from ..storage.outcome import FINISHED
from .places import TemporaryPlace
from .run_result import RunResult
from .unknown import Bests

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SIDE_BY_SIDE = 6  # that are drawn side by side where nobody says which
PRINTED = (
    "group",
    "label",
    "typical",
    "ratio_to_best",
    "verdict",
    "state",
)  # columns of the table as text


class SweepResult:
    """Runs that were compared, the best one of each dataset first.

    Shown at the end of a cell it is the verdict, the runs by rank, and their fits. It holds runs as
    a list does: `len(result)`, `result[0]`, `for run in result`; `result["2 × 10 tanh"]` is the run
    of that label, where one alone has it.

    Attributes:
        folder: where everything lies. Without a name or a folder it goes with this object.
        comparison: all that is known of the runs, as the comparison page reads it.
        interrupted: whether Ctrl-C ended the training early; what was trained is here.
    """

    def __init__(
        self, folder: Path, interrupted: bool, place: TemporaryPlace | None = None
    ) -> None:
        self.folder, self.interrupted = folder, interrupted
        self.comparison = collect(folder)
        self._place = place
        self._runs: dict[str, RunResult] = {}

    @property
    def verdict(self) -> str:
        """Which runs are best, as good, worse or unclear: a line for each dataset."""
        return "\n".join(self.comparison.verdict)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a run, in the order of this object, with the columns of `results.csv`."""
        every = results_csv.results_table(results_csv.content(self.comparison))
        by_folder = every.set_index("folder", drop=False)
        return by_folder.loc[[row.folder for row in self._rows]].reset_index(drop=True)

    @property
    def bests(self) -> Bests:
        """The best run of each dataset, by the dataset's name."""
        rows = self.comparison.rows
        found = [(group.name, group.best) for group in self.comparison.groups]
        return Bests((name, self._run(rows[best])) for name, best in found if best is not None)

    @property
    def best(self) -> RunResult:
        """The best run.

        Raises:
            ConfigError: where runs on several datasets were compared, or none is done.
        """
        bests = self.bests
        if len(bests) == 1:
            return next(iter(bests.values()))
        if not bests:
            raise ConfigError([Problem("best", "no run is done", "look at .table for why")])
        what = f"each of {len(bests)} datasets has its own, received no name"
        fix = f"write .bests[{next(iter(bests))!r}]; known: {', '.join(bests)}"
        raise ConfigError([Problem("best", what, fix)])

    def fit(self, *runs: int | str) -> Figure:
        """Fits side by side.

        Args:
            *runs: positions or labels; without any those from the best run to the worst.
        """
        from ..plots.cell.fit_grid import fit_grid
        from ..plots.cell.own import own_figure

        done = [at for at, row in enumerate(self._rows) if row.state == "done"]
        spread = [done[at] for at in spread_out(len(done), SIDE_BY_SIDE).tolist()]
        shown = [self[which] for which in runs or spread]
        if not shown:
            raise ConfigError([Problem("fit", "no run is done", "look at .table for why")])
        return own_figure(lambda: fit_grid([(run.label, run.record) for run in shown]))

    @property
    def page(self) -> Path:
        """The comparison page, one file that any browser opens."""
        return self.folder / COMPARISON

    @cached_property
    def _rows(self) -> list[Row]:
        return in_order(self.comparison)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RunResult]:
        return (self._run(row) for row in self._rows if row.state in FINISHED)

    @overload
    def __getitem__(self, which: int | str) -> RunResult: ...

    @overload
    def __getitem__(self, which: slice) -> list[RunResult]: ...

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            return self._run(self._labelled(which))
        if isinstance(which, slice):
            return [self._run(row) for row in self._rows[which]]
        return self._run(self._rows[which])

    def _labelled(self, label: str) -> Row:
        found = [row for row in self._rows if label in (row.label, _whole_label(row), row.folder)]
        if len(found) == 1:
            return found[0]
        names = [_whole_label(row) for row in self._rows]
        what = f"is the label of {f'{len(found)} runs' if found else 'no run'}, received {label!r}"
        raise ConfigError([Problem("run", what, known_names(label, names))])

    def _ipython_key_completions_(self) -> list[str]:
        return [_whole_label(row) for row in self._rows]

    def _run(self, row: Row) -> RunResult:
        if row.state not in FINISHED:
            what = f"is {row.state}, received {row.label or row.folder!r}"
            raise ConfigError([Problem("run", what, row.reason or "train it again")])
        if row.folder not in self._runs:
            self._runs[row.folder] = RunResult(self.folder / row.folder, self._place)
        return self._runs[row.folder]

    def _repr_html_(self) -> str:
        return sweep_html(self.comparison, lambda row: self._run(row).record)

    def __repr__(self) -> str:
        shown = self.table[[name for name in PRINTED if name in self.table]]
        verdict = "\n".join(sweep_verdict(self.comparison))
        return f"{verdict}\n\n{shown.to_string(max_rows=20)}"


def _whole_label(row: Row) -> str:
    return f"{row.dataset}: {row.label}"
