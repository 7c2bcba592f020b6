"""Sentences in as few lines as the top of a terminal has for a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from ...comparison.verdict import percent
from ...terminal import shortened
from ...terminal.places import LINE
from ...text import number

MOST_LINES = 3
NAME_WIDTHS = (LINE, 40, 24, 12)  # columns that a run's name gets, from the most to the fewest


def fitted(versions: Iterable[Sequence[str]]) -> list[str]:
    """The first version that takes three lines of 80 columns at most; the last one is cut.

    Args:
        versions: the sentences of a verdict, from the fullest to the shortest.
    """
    lines: list[str] = []
    for sentences in versions:
        lines = wrapped(" ".join(filter(None, sentences)))
        if len(lines) <= MOST_LINES:
            return lines
    return [*lines[: MOST_LINES - 1], shortened(" ".join(lines[MOST_LINES - 1 :]), LINE)]


def wrapped(text: str, width: int = LINE) -> list[str]:
    """A text in lines, broken between words; a word that is longer loses its middle."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(shortened(word, width))
    return lines


def distance(error: float, best: float | None, floor: float | None, line: float) -> str:
    """Where an error stands: beside the best possible one, or least squares where it is unknown.

    Args:
        error: a typical error.
        best: the Bayes-optimal one on the same rows, where it is known.
        floor: the Bayes-optimal one that is expected on new rows, where it is known.
        line: that of least squares on the same rows.
    """
    low = floor if best is None else best
    if low is None:
        if line <= 0:
            return "how low it could be is unknown"
        far = f"{percent(1 - error / line)} below" if error < line else f"{error / line:.3g} times"
        return f"{far} that of least squares"
    where = "the noise floor" if best is None else "the Bayes-optimal"
    known = number(low) + ("" if best is None else " on these rows")
    if low <= 1e-9 * error:
        return f"{where} is {known}"
    if error < low:
        return f"{percent(1 - error / low)} below {where} {known} (chance, or learned noise)"
    return f"{error / low:.2f} times {where} {known}"
