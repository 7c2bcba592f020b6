"""The words of a comparison: what a run is called, what the command was, and the verdict."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..text import number

if TYPE_CHECKING:
    from .rows import Row


NAMED = 3  # runs of one verdict that are named; the rest is counted


def percent(share: float) -> str:
    """A share in per cent, with one digit where a whole number would say nothing."""
    return f"{share:.1%}" if share < 0.1 or share > 0.99 else f"{share:.0%}"


def duration(seconds: float) -> str:
    """How long something takes at most, in the unit that a person would use."""
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"about {seconds / size:.0f} {name} at most"
    return "a minute or two at most" if seconds > 45 else f"about {max(seconds, 1):.0f} s at most"


class Facts(NamedTuple):
    """What a verdict on a group rests on beside its runs.

    references: the score of each; margin: see `sweep.margin`; sharp: a sentence that goes with
    unclear runs; vary: what each repeat draws anew; target: the name of what is predicted where it
    has units, errors are then told in them.
    """

    references: Mapping[str, float]
    floor: float | None
    score: str
    margin: float
    sharp: str = ""
    vary: Sequence[str] = ("weights",)
    target: str = ""


def verdict(ranked: Sequence[Row], facts: Facts) -> tuple[str, ...]:
    """Sentences on the runs of a group, in the order of their ranks."""
    if not ranked:
        return ("No run on these data is done.",)
    best = ranked[0]
    side = "validation" if facts.score.startswith("val") else "training"
    first = f"{best.label} has the lowest {side} error: "
    first += _in_units(best, facts.target) if facts.target else number(best.typical)
    sentences = [first + _over(best, facts.target), *_others(ranked[1:], facts.margin)]
    if facts.sharp and any(row.verdict == "unclear" for row in ranked):
        sentences.append(facts.sharp)
    sentences.append(_beside(best.typical or 0.0, facts))
    if len(ranked) > 1 and not all(row.how in ("best", "exact") for row in ranked):
        sentences.append(speaks_of(facts.vary))
    return tuple(sentences)


def _in_units(best: Row, target: str) -> str:
    """How far off a run typically is, in the units of what is predicted."""
    explained = best.metrics.get("r2")
    text = f"typically off by {number(math.sqrt(best.typical or 0.0))} (RMSE, in the units of "
    return text + target + (f"; R² {number(explained, 3)})" if explained is not None else ")")


def _over(best: Row, target: str) -> str:
    """How the number of the best run came about, and who of it got stuck."""
    if best.std is None or best.repeats is None:
        return "."
    text = f", the geometric mean over {best.repeats} repeats"
    if best.stuck:
        text += f", of which {best.stuck} got stuck"
    if target:
        return f"{text}."
    return f"{text} (mean {number(best.mean)} ± {number(best.std, 2)})."


def _others(others: Sequence[Row], margin: float) -> list[str]:
    """Which runs are as good as the best, which are worse, which are unclear and why."""
    if not others:
        return ["It is the only run that is done on these data."]
    by: dict[str, list[Row]] = {"as good": [], "worse": [], "unclear": []}
    for row in others:
        by[row.verdict or "unclear"].append(row)
    sentences = []
    if good := by["as good"]:
        exact = all(row.how == "exact" for row in good)
        most = f"shown to have at most {margin:g} times its error"
        why = "with the same error" if exact else most
        sentences.append(f"As good, {why}: {_list_of_runs(good)}.")
    if worse := by["worse"]:
        every = len(worse) == len(others)
        who = "The other one is" if every and len(worse) == 1 else ""
        who = who or (f"All {len(worse):,} others are" if every else f"{len(worse):,} are")
        who = "1 is" if len(worse) == 1 and not every else who
        sentences.append(f"{who} shown to be worse.")
    if unclear := by["unclear"]:
        count = "1 is" if len(unclear) == 1 else f"{len(unclear):,} are"
        sentences.append(f"{count} unclear: {_list_of_runs(unclear, _chance)}. {_why(unclear)}")
    return sentences


def _list_of_runs(rows: Sequence[Row], more: Callable[[Row], str] = lambda row: "") -> str:
    """The first few by name, the rest counted."""
    names = "; ".join(row.label + more(row) for row in rows[:NAMED])
    rest = len(rows) - NAMED
    return f"{names}; and {rest:,} more" if rest > 0 else names


def _chance(row: Row) -> str:
    """How many times the best's error a run makes, and how often a seed of it wins."""
    if row.ratio is None or row.wins is None:
        return ""
    return f" ({row.ratio:.3g} times, a random seed wins {round(100 * row.wins)} of 100)"


def _why(unclear: Sequence[Row]) -> str:
    """Why runs are unclear, each reason once, the most frequent first."""
    counts = Counter(row.why for row in unclear)
    return " ".join(WHY[why] for why, _ in counts.most_common() if why in WHY)


WHY = {
    "scatter": "Their repeats scatter too much for a verdict.",
    "unseen": "The repeats cannot rule out that seeds of a kind not seen yet turn the order: "
    "the best run may get stuck now and then.",
    "few": "So few repeats are too few to say; ask for more with training.repeats=20.",
}


def speaks_of(vary: Sequence[str]) -> str:
    """What verdicts speak of: other seeds, or other data too."""
    if "data" in vary:
        return "Every repeat drew its own rows: this speaks of other data too."
    if "split" in vary:
        return (
            "Every repeat split the rows in its own way; intervals are widened for what splits "
            "have in common (Nadeau and Bengio, 2003)."
        )
    return (
        "All this speaks of other seeds on these very rows. Other data could turn it, and seeds "
        "cannot show by how much; training.vary varies data or split too."
    )


def sharpness(repeats: int, now: float, more: int, then: float, settles: bool) -> str:
    """What these repeats can show, and what more of them could.

    settles: whether the sweep can get more of them in stages, as no search can.
    """
    how = " sweep.settle=true trains more of them only where it is unclear." if settles else ""
    return (
        f"With {repeats} repeats a run has to be {_times(now)} times worse to be called so; "
        f"with training.repeats={more}, {_times(then)} times.{how}"
    )


def _times(ratio: float) -> str:
    return "more than 100" if ratio > 100 else f"about {ratio:.3g}"


def _beside(mean: float, facts: Facts) -> str:
    """Where an error stands between Bayes-optimal and least squares."""
    best, line = facts.references.get("bayes"), facts.references.get("least_squares")
    floor, what = facts.floor, "error"
    if facts.target:
        what, mean = "RMSE", math.sqrt(mean)
        best, line, floor = (None if v is None else math.sqrt(v) for v in (best, line, floor))
    text = f"Its {what} is "
    if best is None and floor is None:
        text = f"How low it could be is unknown for these data. {text}"
    else:
        text += _above(mean, best, floor) + " and "
    if line is None or line <= 0:
        return text + "not set beside least squares."
    if abs(mean / line - 1) < 5e-4:
        return text + f"the same as that of least squares ({number(line)})."
    if mean < line:
        return text + f"{percent(1 - mean / line)} below least squares ({number(line)})."
    return text + f"{mean / line:.2f} times that of least squares ({number(line)})."


def _above(mean: float, best: float | None, floor: float | None) -> str:
    low = floor if best is None else best
    assert low is not None
    what = "the noise floor" if best is None else "the Bayes-optimal error"
    known = number(low)
    if best is not None and floor is not None:
        known += f" on the same rows; noise floor {number(floor)}"
    if low <= 1e-9 * mean or low == 0:
        return f"{number(mean - low)} above {what} ({known})"
    if mean < low:
        why = "by chance or because the noise of these rows was learned"
        return f"{percent(1 - mean / low)} below {what} ({known}), {why},"
    return f"{mean / low:.2f} times {what} ({known})"
