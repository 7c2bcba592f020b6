"""Numbers in words, what differs between the repeats of a run, and what their interval can know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings pandas, and quick answers need words
    from .record import About, Spread

PLAIN = 1e-6, 1e12  # between them a number is written out, beyond as a power of ten
SIZES = (1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k")  # from where on, of what, letters
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 4) -> str:
    """So many significant digits, written out; a dash for what is unknown or not finite."""
    if value is None or not math.isfinite(value):
        return "–"
    short = f"{value:.{digits}g}"
    if "e" not in short:
        return short
    mantissa, _, power = short.partition("e")
    rounded = abs(float(short))
    if not PLAIN[0] <= rounded < PLAIN[1]:
        return f"{mantissa} × 10{str(int(power)).translate(_RAISED)}"
    if rounded < 1:
        places = digits - 1 - int(power)
        return f"{float(short):.{places}f}".rstrip("0")
    return f"{float(short):,.0f}" if rounded >= 1e4 else f"{float(short):.0f}"


def on_axis(values: Sequence[float]) -> list[str]:
    """The numbers at an axis' ticks, all in one size: 50k and 150k rather than 150,000."""
    largest = max((abs(value) for value in values), default=0.0)
    for least, size, letters in SIZES:
        if least <= largest < PLAIN[1]:
            words = [f"{value / size:.10g}{letters}" if value else "0" for value in values]
            break
    else:
        words = [number(value, 10) for value in values]
    return [word.replace("-", "−") for word in words]


def exact(value: float | None) -> str:
    """Six significant digits, and a decimal at least: a prediction that somebody asked for."""
    if value is None:
        return "–"
    return f"{value:,.1f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def mean_and_std(value: Spread | None) -> str:
    """Mean and standard deviation of repeats."""
    if value is None or value.mean is None:
        return "–"
    return number(value.mean) + (f" ± {number(value.std, 2)}" if value.std is not None else "")


def count(number: int, noun: str) -> str:
    """A number of things in words."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


WORDS = {
    "weights": "other initial weights",
    "data": "other rows",
    "split": "another split of the rows",
}

# Measured on fresh data, with seeds alone varied: how often the 95 % interval of the ratio of two
# networks' errors held it.
HELD = "55 % (sine) and 45 % (cubic)"


def each(vary: Sequence[str]) -> str:
    """What each repeat is trained with: `each with other rows`."""
    words = [WORDS[name] for name in WORDS if name in vary]
    return f"each with {' and '.join([', '.join(words[:-1])] * (len(words) > 1) + words[-1:])}"


def meaning(about: About) -> str:
    """What the intervals over repeats speak of, and what they cannot know."""
    vary = about.vary
    others = [name for name in vary if name != "weights"]
    if not others:
        key = "[weights,split]" if of_a_table(about) else "[weights,data]"
        return (
            "The intervals speak of other initial weights and batch orders on these very rows. "
            "Other data could change the result by more, and they cannot know by how much: from "
            "seeds alone, 95 % intervals of the ratio of two networks' errors held the one on "
            f"fresh data in {HELD} of cases. training.vary={key} varies rows too."
        )
    text = "Every repeat drew rows of its own, so the intervals speak of other data too."
    if "data" not in vary:
        text = (
            "Every repeat split the same rows in its own way. Such splits share most of their "
            "rows, so the intervals are widened as Nadeau and Bengio (2003) have it; they speak of "
            "other rows from where these came from."
        )
    if "weights" not in vary:
        text += " Initial weights and batch orders are the same in all repeats."
    return text


def shown_repeat(about: About) -> str:
    """Which repeat stands in full where one does: `repeat 3, the median of 20`; nothing of one."""
    count = len(about.diverged_at)
    if count < 2:
        return ""
    ranked = all(at is None for at in about.diverged_at)
    return (
        f"repeat {about.shown_repeat}, the median of {count}"
        if ranked
        else (f"repeat {about.shown_repeat} of {count}")
    )


def divergence(about: About) -> str:
    """How many repeats diverged and when, as one sentence's start; nothing where none did."""
    at = [epoch for epoch in about.diverged_at if epoch is not None]
    if not at:
        return ""
    count = len(about.diverged_at)
    if count == 1:
        return f"The training diverged at epoch {at[0]:,}"
    first = "all at epoch" if len(set(at)) == 1 and len(at) > 1 else "first at epoch"
    return f"{len(at)} of {count} repeats diverged, {first} {min(at):,}"


def of_a_table(about: About) -> bool:
    """Whether the data were given, so that their target has units that mean something."""
    return about.config["dataset"].get("seed") is None


def shown_rows(about: About) -> str:
    """Which rows a picture of the shown repeat shows; nothing where all repeats saw the same."""
    if "data" in about.vary:
        return f"Every repeat saw other rows; these are the ones of repeat {about.shown_repeat}."
    if "split" in about.vary:
        text = "Every repeat had another split of the rows; this is the one of repeat"
        return f"{text} {about.shown_repeat}."
    return ""


def of_references(about: About) -> str:
    """How references that differ between repeats are given; nothing where they do not."""
    rows = {"data", "split"} & set(about.vary)
    return "of the references, the mean over the repeats" if rows else ""
