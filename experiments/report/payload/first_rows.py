"""What stands in the page's HTML itself: the ranking, and the first rows of the table.

Without scripts they are all there is; with them they are what is seen first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...comparison.rows import Comparison, Group, Row
from ...comparison.run_names import plain
from ...storage import run_folder
from ...storage.outcome import FINISHED
from ...text import number
from ..html import link
from .columns import Column, columns

FIRST_ROWS = 25


class TableCell(NamedTuple):
    """A cell of the table. names_run: it is the head of its row; page: what it opens."""

    names_run: bool
    classes: str
    text: str
    title: str
    page: str


def ranking(comparison: Comparison, index: int) -> dict[str, Any]:
    """The first runs of a group by rank."""
    group = comparison.groups[index]
    ranked = [row for row in comparison.rows if row.group == index and row.rank is not None]
    ranked.sort(key=lambda row: row.rank or 0)
    return {
        "title": f"typical {'RMSE' if group.units else 'error'}",
        "caption": _caption(group),
        "rows": [
            {
                "rank": row.rank,
                "label": row.label,
                "page": link(row.folder, run_folder.REPORT),
                "error": number(_error(group, row.typical)),
                "verdict": row.verdict or row.state,
            }
            for row in ranked[:FIRST_ROWS]
        ],
    }


def first_rows(comparison: Comparison) -> dict[str, Any]:
    """The first rows of the table, in its usual columns and order."""
    shown = [one for one in columns(comparison) if one.usual]
    return {
        "columns": [{"title": one.title, "kind": _alignment(one)} for one in shown],
        "rows": [
            {"best": row.rank == 1, "cells": _row_cells(row, shown, comparison)}
            for row in in_order(comparison)[:FIRST_ROWS]
        ],
    }


def in_order(comparison: Comparison) -> list[Row]:
    """All runs as the table shows them first: by dataset and rank, those without a rank last."""
    pairs = sorted(enumerate(comparison.rows), key=lambda pair: _place(*pair))
    return [row for _, row in pairs]


def _place(number: int, row: Row) -> tuple[Any, ...]:
    """By dataset and rank; runs without a rank come last."""
    group = math.inf if row.group is None else row.group
    rank = math.inf if row.rank is None else row.rank
    typical = math.inf if row.typical is None else row.typical
    return group, rank, typical, number


def _row_cells(row: Row, shown: Sequence[Column], comparison: Comparison) -> list[TableCell]:
    group = None if row.group is None else comparison.groups[row.group]
    page = link(row.folder, run_folder.REPORT) if row.state in FINISHED else ""
    return [
        TableCell(
            one.id == "label",
            f"{_alignment(one)} {'narrow' if one.lead else 'rest'} c-{one.id}",
            _cell_text(one, row, group),
            one.title,
            page if one.id == "label" else "",
        )
        for one in shown
    ]


def _alignment(column: Column) -> str:
    return "number" if column.format in RIGHT_ALIGNED else "word"


RIGHT_ALIGNED = ("place", "number", "ratio", "stuck", "count", "seconds")


def _cell_text(column: Column, row: Row, group: Group | None) -> str:
    """As static/comparison/columns.js writes the usual columns."""
    value = column.of(row, group)
    if column.format == "ratio" and row.how == "best":
        return "the best"
    if value is None:
        return "–"
    if column.format == "stuck":
        return f"{value} of {row.repeats}"
    if column.format == "count":
        return f"{value:,}"
    if column.format in ("number", "ratio", "seconds"):
        digits = {"ratio": 3, "seconds": 2}.get(column.format, 4)
        return number(value, digits) + " ×" * (column.format == "ratio")
    return plain(value)


def _error(group: Group, value: float | None) -> float | None:
    """What is shown of a score: its root where the target has units."""
    return math.sqrt(value) if value is not None and group.units else value


def _caption(group: Group) -> str:
    rows = "validation" if group.score.startswith("val") else "training"
    kind = f"Root mean squared error, in the units of {group.target}," if group.units else ""
    return (
        f"{kind or 'Mean squared error'} on the {rows} rows, the typical (geometric mean) over "
        "repeats."
    )
