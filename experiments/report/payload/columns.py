"""What is told of each run of a comparison: every field once, for the page and for results.csv.

A field is a Column of `columns`. The page's table, the table of selected runs and the file show
what stands there; how a value is written on the page is one of the formats in
static/comparison/columns.js.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from ...comparison.rows import Comparison, Group, Row
from ...scoring.metrics import METRICS, PRIMARY
from ...scoring.references import REFERENCES

Where = Literal["table", "side", "both", "file"]
BesidePinned = Literal["", "ratio", "difference"]


class Column(NamedTuple):
    """One field of a run.

    id: its name among the page's data. of: (run, its group or None) -> the value. title: its head
    on the page. format: how the page writes it. where: in the table of all runs, in that of the
    selected ones side by side, in both, or in the file alone. file: its names in results.csv, as
    many as there are values; none: it is not there. usual: whether the table shows it before
    anybody chooses; lead: whether narrow screens do. beside: how a run stands beside a pinned one.
    """

    id: str
    of: Callable[[Row, Group | None], Any]
    title: str = ""
    format: str = "text"
    where: Where = "both"
    file: tuple[str, ...] = ()
    usual: bool = False
    lead: bool = False
    beside: BesidePinned = ""


def columns(comparison: Comparison) -> list[Column]:
    """All of them, in the order of the page's table; on paper the first seven of the usual ones."""
    several = len(comparison.groups) > 1
    return [
        _field("rank", "rank", "place")._replace(usual=True, lead=True),
        _field("label", "run", "run", where="table")._replace(usual=True, lead=True),
        Column("group", _group_name, "dataset", "text", file=("group",), usual=several),
        *(_key(key) for key in comparison.varying),
        *_error_columns(
            bool(comparison.groups) and all(group.units for group in comparison.groups)
        ),
        _field("verdict", "verdict", "verdict")._replace(usual=True, lead=True),
        _field("ratio", "error ratio to best", "ratio", file=("ratio_to_best",))._replace(
            usual=True, lead=True
        ),
        _field("parameters", "parameters", "count")._replace(usual=True, beside="ratio"),
        _field("training_seconds", "seconds", "seconds")._replace(usual=True, beside="ratio"),
        _field("stuck", "stuck", "stuck")._replace(usual=any(row.stuck for row in comparison.rows)),
        _field("interval", "interval of the ratio", "bounds", file=("ratio_low", "ratio_high")),
        _field("wins", "beats the best", "percent", where="table", file=("beats_best",)),
        _field("p", "adjusted p-value", "probability", where="table", file=("p_adjusted",)),
        _field("ci95", "95 % interval", "interval", file=("ci95_low", "ci95_high")),
        _field("mean", "mean ± standard deviation", "spread"),
        _field("above_best", "above Bayes-optimal", "known", file=("above_bayes",)),
        _field("excess", "excess risk", "known", where="side", file=("excess_mse",)),
        _field("folder", "folder", "text", where="table"),
        _field("state", "state", "text")._replace(
            usual=any(row.state != "done" for row in comparison.rows)
        ),
        *_in_the_file_alone(),
    ]


def _error_columns(units: bool) -> list[Column]:
    """The errors; where targets have units those in units and the share that is explained lead."""
    mse = _field("typical", "typical error", "number")
    others = {name: _metric(name) for name in METRICS if name != PRIMARY}
    if not units:
        return [mse._replace(usual=True, lead=True, beside="ratio"), *others.values()]
    root = Column("typical_rmse", _typical_rmse, "typical RMSE", "number")
    leading = [root._replace(usual=True, lead=True, beside="ratio")]
    if r2 := others.pop("r2", None):
        leading.append(r2._replace(usual=True))
    return [*leading, mse._replace(beside="ratio"), *others.values()]


def _typical_rmse(row: Row, group: Group | None) -> float | None:
    """The typical error in the target's units."""
    return None if row.typical is None else math.sqrt(row.typical)


def _field(
    name: str, title: str, style: str, where: Where = "both", file: tuple[str, ...] = ()
) -> Column:
    """A field of `Row`, by default under its own name."""
    own = attrgetter(name)
    return Column(name, lambda row, group: own(row), title, style, where, file or (name,))


def _key(key: str) -> Column:
    return Column(key, lambda row, group: row.keys.get(key), key, "key", file=(key,))


def _metric(name: str) -> Column:
    metric = METRICS[name]
    beside: BesidePinned = "ratio" if metric.best == "lowest" else "difference"
    return Column(
        name,
        lambda row, group: row.metrics.get(name),
        f"mean {metric.short}",  # over the repeats; the typical error is another number
        "number",
        file=(name,),
        beside=beside,
    )


def _group_name(row: Row, group: Group | None) -> str | None:
    return group.name if group else None


def _in_the_file_alone() -> list[Column]:
    """What a person with a table program may want, in the order of its columns; times last."""
    of_row = {
        "unclear_because": "why",
        "std": "std",
        "repeats": "repeats",
        "compared_by": "how",
        "config_sha256": "config_sha256",
        "reason": "reason",
        "seconds": "seconds",
        "started": "started",
    }
    of_group = ["score", "noise_floor", "data_sha256"]
    return [
        *(_field(field, "", "", "file", (name,)) for name, field in of_row.items()),
        *(_of_group(name, attrgetter(name)) for name in of_group),
        *map(_reference, REFERENCES),
    ]


def _of_group(name: str, value: Callable[[Group], Any]) -> Column:
    return Column(name, lambda row, group: group and value(group), "", "", "file", (name,))


def _reference(name: str) -> Column:
    return _of_group(name, lambda group: group.references.get(name))
