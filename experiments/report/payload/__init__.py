"""All that the comparison page's scripts work on, as plain data that travel inside the page."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ... import plots
from ...comparison.importance import Importance, key_importance
from ...comparison.rows import Comparison, Row
from ...record import Record
from ...storage import run_folder
from ...storage.outcome import FINISHED
from ...storage.read_runs import UNREADABLE
from ...theme import reference_roles
from ..html import link
from ..scores import reference_title
from . import curves
from .columns import Column, columns
from .search import search_payload

RUNS = 200  # runs with curves, over all groups
MOST_HELD = 10_000  # runs that a browser has ready within two seconds
REASONS = ("why", "how")
COLUMN = ("id", "title", "format", "where", "usual", "lead", "beside")

__all__ = ["RUNS", "best_first", "payload"]


def payload(sweep_folder: Path, comparison: Comparison) -> dict[str, Any]:
    """Runs, groups and the curves of the best runs; `packing.packed` makes text of it."""
    shown = [column for column in columns(comparison) if column.where != "file"]
    groups, drawn = _curves(sweep_folder, comparison)
    numbers = held_rows(comparison)
    places = {number: place for place, number in enumerate(numbers)}
    return {
        "columns": [{name: getattr(one, name) for name in COLUMN} for one in shown],
        "keys": comparison.varying,
        "named": comparison.named,
        "pictures": _pictures(sweep_folder, comparison),
        "search": search_payload(sweep_folder, comparison, places),
        "groups": [
            {
                **asdict(group),
                "best": None if group.best is None else places[group.best],
                "referenceRoles": reference_roles(group.references),
                "referenceNames": {n: reference_title(n) for n in group.references},
                "importance": asdict(_importance(comparison, index)),
                "data": groups.get(index),
            }
            for index, group in enumerate(comparison.groups)
        ],
        "rows": [
            {**_row_payload(comparison.rows[n], comparison, shown), "curves": drawn.get(n)}
            for n in numbers
        ],
    }


def held_rows(comparison: Comparison) -> list[int]:
    """Numbers of the rows that the page holds: the best where there are too many, then others."""
    if len(comparison.rows) <= MOST_HELD:
        return [*range(len(comparison.rows))]
    ranked = best_first(comparison)
    others = [number for number, row in enumerate(comparison.rows) if row.rank is None]
    return sorted([*ranked, *others][:MOST_HELD])


def best_first(comparison: Comparison) -> list[int]:
    """Row numbers of the ranked runs: the best of each group, then the second of each, ..."""
    ranked = [number for number, row in enumerate(comparison.rows) if row.rank is not None]
    by_group: dict[int, list[int]] = {}
    for number in sorted(ranked, key=lambda n: (comparison.rows[n].typical, n)):
        by_group.setdefault(comparison.rows[number].group or 0, []).append(number)
    order = {n: (index, n) for numbers in by_group.values() for index, n in enumerate(numbers)}
    return sorted(ranked, key=lambda n: order[n])


def _curves(
    sweep_folder: Path, comparison: Comparison
) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    """Data by group and curves by row; a run whose files cannot be read has none."""
    firsts: dict[int, Record] = {}  # the run whose rows stand for its group's
    places: dict[int, Any] = {}
    drawn = {}
    for number in best_first(comparison)[:RUNS]:
        row = comparison.rows[number]
        assert row.group is not None
        try:
            first = firsts.get(row.group)
            record = run_folder.read(
                sweep_folder / row.folder, first.predictions if first else None
            )
            first = first or record
            drawn[number] = curves.of_run(record, first, places.get(row.group))
        except UNREADABLE:
            continue
        if first is record:
            firsts[row.group], places[row.group] = record, curves.places_of(record)
    return {group: curves.of_group(record) for group, record in firsts.items()}, drawn


def _row_payload(row: Row, comparison: Comparison, shown: list[Column]) -> dict[str, Any]:
    """What the columns say of a run, and what charts and explorer need besides."""
    group = None if row.group is None else comparison.groups[row.group]
    return {
        **{one.id: one.of(row, group) for one in shown if one.format != "key"},
        "page": link(row.folder, run_folder.REPORT) if row.state in FINISHED else None,
        "group": row.group,
        "keys": {key: row.keys[key] for key in comparison.varying if key in row.keys},
        **{name: getattr(row, name) for name in ("std", "repeats", "interval", *REASONS)},
        "values": row.values,
        "reason": row.reason,
    }


def _importance(comparison: Comparison, index: int) -> Importance:
    rows = [row for row in comparison.rows if row.group == index]
    return key_importance(rows, comparison.varying)


def _pictures(sweep_folder: Path, comparison: Comparison) -> list[str]:
    """The pictures that the best runs have; the page hides one that cannot be loaded."""
    best = [
        comparison.rows[group.best].folder for group in comparison.groups if group.best is not None
    ]
    return [n for n in plots.picture_files() if any((sweep_folder / f / n).is_file() for f in best)]
