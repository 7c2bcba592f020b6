"""A run or a sweep as the output of a notebook's cell: one piece of HTML, without scripts.

Its style is its own, by a class that nothing else has; light or dark follows the notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from markupsafe import Markup

from ... import theme
from ...comparison.rows import Comparison, Row
from ...record import Record
from ...scoring.metrics import PRIMARY
from ...text import of_a_table
from .. import scores
from ..chart_data import spread_out
from ..html import environment
from ..scoreboard.lines import MOST_LINES
from ..scoreboard.verdicts import ranked, sweep_verdict
from .ranking import RankedGroup, ranked_group
from .small_fit import SmallFit, small_fit

MOST_PANELS = 6  # fits that are shown of all groups together, but two of each at least
MOST_GROUPS = 4  # whose runs are shown; the others are counted
MOST_UNDONE = 5  # runs that are not done, and why
TEMPLATES = ("cell/sweep.html.j2", "cell/run.html.j2")

ReadRecord = Callable[[Row], Record]


def sweep_html(comparison: Comparison, read: ReadRecord) -> str:
    """The verdict, the runs of each group by rank, and fits from the best run to the worst.

    Args:
        comparison: of the sweep.
        read: a row -> the record of its run.
    """
    groups = [(at, ranked(comparison, at)) for at in range(len(comparison.groups))]
    groups = [(at, rows) for at, rows in groups if rows]
    shown = groups[:MOST_GROUPS]
    panels = max(2, MOST_PANELS // max(len(shown), 1))
    told = [
        (ranked_group(comparison.groups[at], rows), _fits(rows, panels, read)) for at, rows in shown
    ]
    return (
        environment()
        .get_template(TEMPLATES[0])
        .render(
            style=_style(),
            verdict=_paragraphs(sweep_verdict(comparison), len(groups)),
            groups=told,
            more_groups=len(groups) - len(shown),
            undone=comparison.undone[:MOST_UNDONE],
            more_undone=max(len(comparison.undone) - MOST_UNDONE, 0),
        )
    )


def run_html(record: Record, verdict: str) -> str:
    """The verdict, the fit, and the errors beside those of the references."""
    leading = "rmse" if of_a_table(record.about) else PRIMARY
    table = scores.tables(record.metrics, (leading,))[0]
    return (
        environment()
        .get_template(TEMPLATES[1])
        .render(style=_style(), verdict=[verdict], fit=small_fit(record), scores=table)
    )


def _paragraphs(lines: Sequence[str], groups: int) -> list[str]:
    """A verdict's lines, which are a group each of a few and else broken to fit a terminal."""
    return list(lines) if 1 < groups <= MOST_LINES else [" ".join(lines)]


@cache
def _style() -> Markup:
    """Theme and stylesheet as an element, which no page has: there is no head here to put it in."""
    sheet = environment().get_template("cell.css").render()
    return Markup(f"<style>{theme.css_within('.archlab')}\n{sheet}</style>")  # noqa: S704


def _fits(rows: Sequence[Row], most: int, read: ReadRecord) -> list[tuple[Row, SmallFit]]:
    """Fits of runs, from the best to the worst."""
    chosen = [rows[at] for at in spread_out(len(rows), most)]
    return [(row, small_fit(read(row))) for row in chosen]


__all__ = ["RankedGroup", "run_html", "sweep_html"]
