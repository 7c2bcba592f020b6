"""results.csv of a sweep: one row a run, the same bytes whatever order folders were read in."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from ...comparison.rows import Comparison, Row
from ...comparison.run_names import plain

FILE = "results.csv"
TIMES = ("training_seconds", "seconds", "started")


def content(comparison: Comparison) -> bytes:
    """The file's bytes. Columns that hold times come last; an empty cell is unknown."""
    columns = [_cells(row, comparison) for row in comparison.rows]
    names = list(columns[0]) if columns else ["folder", "state"]
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_text(cells[name]) for name in names] for cells in columns)
    return stream.getvalue().encode()


def _cells(row: Row, comparison: Comparison) -> dict[str, Any]:
    group = None if row.group is None else comparison.groups[row.group]
    limits = group.limits if group else {}
    low, high = row.ci95 or (None, None)
    ratio_low, ratio_high = row.interval or (None, None)
    return {
        "folder": row.folder,
        "state": row.state,
        "group": group.name if group else None,
        "label": row.label,
        "rank": row.rank,
        "verdict": row.verdict,
        "unclear_because": row.why,
        "score": group.score if group else None,
        "typical": row.typical,
        "ci95_low": low,
        "ci95_high": high,
        "mean": row.mean,
        "std": row.std,
        "repeats": row.repeats,
        "stuck": row.stuck,
        "ratio_to_best": row.ratio,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "p_adjusted": row.p,
        "beats_best": row.wins,
        "compared_by": row.how,
        "above_best_possible": row.above_best,
        "excess_mse": row.excess,
        "noise_floor": group.noise_floor if group else None,
        **{name: limits.get(name) for name in ("bayes", "least_squares", "mean_predictor")},
        "parameters": row.parameters,
        **{key: row.keys.get(key) for key in comparison.varying},
        "data_sha256": group.data_sha256 if group else None,
        "config_sha256": row.config_sha256,
        "reason": row.reason,
        **{name: getattr(row, name) for name in TIMES},
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    return plain(value)
