"""The verdict on a sweep in three lines at most; the page says it at length."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from ...comparison.rows import Comparison, Group, Row
from ...scoring.metrics import SPLITS
from ...terminal import shortened
from ...terminal.places import LINE
from ...text import count, number
from .lines import MOST_LINES, NAME_WIDTHS, distance, fitted

TARGET_WIDTH = 24  # columns that the name of what is predicted gets
STANDINGS = ("as good", "worse", "unclear")


def sweep_verdict(comparison: Comparison) -> list[str]:
    """What a sweep came to, in lines of 80 columns.

    Which run is best, how many are as good, worse or unclear, and how far the best one is from the
    Bayes-optimal error on the same rows: sentences for one group of data, a line each for three.
    """
    groups = [(one, ranked(comparison, index)) for index, one in enumerate(comparison.groups)]
    done = [(group, rows) for group, rows in groups if rows]
    if not done:
        return fitted([[_not_done(comparison) or "No run is done yet."]])
    if len(done) == 1:
        return fitted(_on_one_group(comparison, *done[0]))
    if len(done) <= MOST_LINES:
        return [_on_a_group_of_few(group, rows) for group, rows in done]
    return fitted([_on_many_groups(comparison, done)])


def ranked(comparison: Comparison, group: int) -> list[Row]:
    """The runs of a group that rank, the best one first."""
    rows = [row for row in comparison.rows if row.group == group and row.rank is not None]
    return sorted(rows, key=lambda row: row.rank or 0)


def _on_one_group(
    comparison: Comparison, group: Group, rows: Sequence[Row]
) -> Iterator[Sequence[str]]:
    """The verdict on one group, ever shorter."""
    best, others = rows[0], rows[1:]
    side = SPLITS[group.score.partition("/")[0]]
    is_best = "is best" if others else "is the only run that is done"
    error = f"typical {side} error {number(best.typical)}"
    if group.units:
        error = f"{_off_by(group, best)} on the {side} rows"
    floor, known = group.noise_floor, group.references
    low, line = known.get("bayes"), known.get("least_squares", 0.0)
    height = _in_units(group, best.typical) or 0.0
    low, floor = _in_units(group, low), _in_units(group, floor)
    beside = distance(height, low, floor, _in_units(group, line) or 0.0)
    unsettled = any(row.verdict == "unclear" for row in others)
    more = "More repeats can settle that: sweep.settle=true."
    advice = more if unsettled and "sweep.settle" not in comparison.command else ""
    if comparison.searched:
        advice = "New seeds would give a bit more."
    rest = (how_others_stand(others), _not_done(comparison))
    for hint in dict.fromkeys((advice, "")):
        for width in NAME_WIDTHS if not hint else NAME_WIDTHS[:1]:
            label = shortened(best.label, width)
            yield (f"{label} {is_best}: {error}, {beside}.", *rest, hint)


def _in_units(group: Group, score: float | None) -> float | None:
    """A squared error as it is told: its root where the target has units."""
    return math.sqrt(score) if group.units and score is not None else score


def _off_by(group: Group, row: Row) -> str:
    """`typically off by 44,300 (SalePrice, RMSE)`."""
    target = shortened(group.target, TARGET_WIDTH)
    return f"typically off by {number(_in_units(group, row.typical))} ({target}, RMSE)"


def how_others_stand(others: Sequence[Row]) -> str:
    """How many runs are as good as the best, worse, or unclear."""
    counts = {word: sum(row.verdict == word for row in others) for word in STANDINGS}
    known = {word: many for word, many in counts.items() if many}
    if not known:
        return ""
    if len(known) > 1:
        *first, last = (
            f"{many:,} {'is' if many == 1 else 'are'} {_said(word)}" for word, many in known.items()
        )
        return f"Of the {len(others):,} others {', '.join(first)} and {last}."
    ((word, many),) = known.items()
    who = "The other one is" if many == 1 else f"All {many:,} others are"
    return f"{who} {_said(word)}."


def _said(word: str) -> str:
    return "shown to be worse" if word == "worse" else word


def _not_done(comparison: Comparison) -> str:
    """How many runs are not done."""
    many = len(comparison.undone)
    if not many:
        return ""
    if many == len(comparison.rows):
        return "The run is not done." if many == 1 else f"None of the {many:,} runs is done."
    return f"{count(many, 'run')} {'is' if many == 1 else 'are'} not done."


def _on_a_group_of_few(group: Group, rows: Sequence[Row]) -> str:
    """The verdict on one group of several."""
    low = group.references.get("bayes")
    far = ""
    if low and rows[0].typical is not None:
        far = f", {rows[0].typical / low:.2f} × Bayes-optimal"
    elif group.units:
        far = f", off by {number(_in_units(group, rows[0].typical))} (RMSE)"
    counts = [(sum(row.verdict == word for row in rows[1:]), word) for word in STANDINGS]
    rest = ", ".join(f"{many:,} {word}" for many, word in counts if many)
    end = f" is best{far}" + (f"; {rest}" if rest else "")
    room = LINE - cell_len(end) - 2
    name = shortened(group.name, max(12, room - cell_len(rows[0].label)))
    return f"{name}: {shortened(rows[0].label, room - cell_len(name))}{end}"


def _on_many_groups(
    comparison: Comparison, done: Sequence[tuple[Group, Sequence[Row]]]
) -> list[str]:
    """The verdict on many groups: what they have in common."""
    others = [row for _, rows in done for row in rows[1:]]
    counts = [(sum(row.verdict == word for row in others), word) for word in STANDINGS]
    rest = ", ".join(f"{many:,} {word}" for many, word in counts if many)
    first = f"{len(done):,} groups of data, each with a best run"
    sentences = [f"{first}; of the others {rest}." if rest else f"{first}."]
    pairs = [(rows[0].typical, group.references.get("bayes")) for group, rows in done]
    far = [error / low for error, low in pairs if error is not None and low]
    if far:
        middle = f"in the middle {statistics.median(far):.2f}"
        span = f"{min(far):.2f} to {max(far):.2f} times"
        sentences.append(f"The best are {span} the Bayes-optimal error on these rows, {middle}.")
    return [*sentences, _not_done(comparison)]
