"""Checks of errors and predictions: against references, against each other, repeat by repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from ...comparison.compare import contender, terms_of
from ...comparison.significance import pair
from ...comparison.stuck import count_stuck as stuck_of
from ...scoring.references import REFERENCES
from ...text import number
from ..arguments import Agree, Beside, EqualToLeastSquares, Runs, Stuck
from ..arguments import WorseThan as Worse
from ..runs import (
    Case,
    as_percent,
    from_to,
    is_exact,
    mean_of,
    predictions_of,
    runs_named,
    span,
    title_of,
    values_of,
)
from .finding import CheckResult, each_run, none_named


def equal_to_least_squares(cases: Sequence[Case], wanted: EqualToLeastSquares) -> CheckResult:
    """Least squares has the smallest training error of all lines: as small an error, that line."""

    def one(case: Case) -> CheckResult:
        line = case.metrics.references["least_squares"]["train/mse"]
        values = values_of(case, "train/mse")
        apart = max((abs(value - line) for value in values), default=math.inf) / max(line, 1e-300)
        message = f"{case.name}: training error {from_to(values)}; least squares {number(line)}: "
        message += f"at most {as_percent(apart)} apart, {as_percent(wanted.within)} is allowed."
        return CheckResult(apart <= wanted.within, (message,))

    return each_run(cases, wanted.runs, one)


def below(cases: Sequence[Case], wanted: Beside) -> CheckResult:
    """The typical error is below a reference, and so is its 95 % interval."""
    return each_run(cases, wanted.runs, lambda case: _against_reference(case, wanted, -1))


def above(cases: Sequence[Case], wanted: Beside) -> CheckResult:
    """The typical error is above a reference, and so is its 95 % interval."""
    return each_run(cases, wanted.runs, lambda case: _against_reference(case, wanted, 1))


def _against_reference(case: Case, wanted: Beside, side: int) -> CheckResult:
    """The typical error is the geometric mean over repeats: one wild repeat does not rule it."""
    name = case.metrics.final_name if wanted.score == "final" else wanted.score
    reference = case.metrics.references.get(wanted.reference, {}).get(name)
    score = case.metrics.scores.get(name)
    beside = REFERENCES[wanted.reference].error
    if reference is None or score is None or score.typical is None:
        return CheckResult(
            False, (f"{case.name}: {name} or {REFERENCES[wanted.reference].error} is unknown.",)
        )
    low, high = score.ci95 or (
        (score.typical, score.typical) if is_exact(case) else (0.0, math.inf)
    )
    mark = wanted.times * reference
    held = low > mark if side > 0 else high < mark
    interval = f" (95 % interval {number(low)} to {number(high)})" if score.ci95 else ""
    alone = "" if score.ci95 or is_exact(case) else " One repeat has no interval and shows nothing."
    times = "" if wanted.times == 1 else f"{wanted.times:g} times "
    what = f"typical {title_of(name)} {number(score.typical)}{interval}"
    where = "above" if side > 0 else "below"
    truth = "is" if held else "is not clearly"
    message = f"{case.name}: {what} {truth} {where} {times}{beside}: {number(mark)}."
    return CheckResult(held, (message + alone,))


def worse_than(cases: Sequence[Case], wanted: Worse) -> CheckResult:
    """One run's error is more than so many times another's, paired repeat by repeat.

    The ratio of the typical errors and its interval are those of `significance.pair`, which takes
    into account what so few seeds may not have shown.
    """
    found = [runs_named(cases, words) for words in (wanted.run, wanted.than)]
    if any(len(each) != 1 for each in found):
        counts = f"{len(found[0])} runs are {wanted.run}, {len(found[1])} are {wanted.than}"
        return CheckResult(False, (f"The check compares one run with one: {counts}.",))
    worse, better = (each[0] for each in found)
    name = better.metrics.final_name if wanted.score == "final" else wanted.score
    both = f"{title_of(name)} of {worse.name} is {mean_of(worse, name)}, of {better.name} "
    both += mean_of(better, name)
    if worse.group != better.group:
        return CheckResult(False, (f"{both}, on other data: there is nothing to compare.",))
    if not all(values_of(case, name) for case in (worse, better)):
        return CheckResult(False, (f"{both}: a repeat has none, there is nothing to compare.",))
    contenders = [contender(case.run, name) for case in (worse, better)]
    judged = pair(contenders[0], contenders[1], terms_of(worse.run, name))
    if judged.ratio is None or judged.interval is None:
        return CheckResult(False, (f"{both}: one repeat cannot show a difference.",))
    held = judged.interval[0] > wanted.times
    interval = "" if judged.how == "exact" else f" (95 % interval {span(judged.interval)})"
    more = f"more than {wanted.times:g} times" if wanted.times > 1 else "more"
    is_ = "that is" if held else "that is not clearly"
    return CheckResult(held, (f"{both}: {judged.ratio:.3g} times{interval}; {is_} {more}.",))


def diverges(cases: Sequence[Case], wanted: Runs) -> CheckResult:
    """Every repeat's loss stops being a finite number."""

    def one(case: Case) -> CheckResult:
        at = case.run.about.diverged_at if case.run.about else ()
        epochs = [epoch for epoch in at if epoch is not None]
        when = f", at epoch {min(epochs)} at the earliest" if epochs else ""
        told = f"{case.name}: {len(epochs)} of {len(at)} repeats diverged{when}."
        return CheckResult(bool(at) and len(epochs) == len(at), (told,))

    return each_run(cases, wanted.runs, one)


def repeats_stuck(cases: Sequence[Case], wanted: Stuck) -> CheckResult:
    """How many repeats got stuck, as `stuck.stuck` counts them on the comparison page too.

    A mean would say little of a run of which some repeats learn and others do not.
    """

    def one(case: Case) -> CheckResult:
        name = case.metrics.final_name if wanted.score == "final" else wanted.score
        values = values_of(case, name)
        lazy, line = (
            case.metrics.references[reference].get(name)
            for reference in ("mean_predictor", "least_squares")
        )
        if not values or lazy is None or line is None:
            return CheckResult(False, (f"{case.name}: {name} of a repeat is unknown.",))
        count = stuck_of(values, lazy, line)
        held = wanted.at_least <= count / len(values) <= wanted.at_most
        told = f"{case.name}: {count} of {len(values)} repeats got stuck, by their "
        told += (
            f"{title_of(name)}: near {number(lazy)}, {REFERENCES['mean_predictor'].error}, or in "
        )
        told += f"a hump of their own; {wanted.at_least:.0%} to {wanted.at_most:.0%} are claimed."
        return CheckResult(held, (told,))

    return each_run(cases, wanted.runs, one)


def agree(cases: Sequence[Case], wanted: Agree) -> CheckResult:
    """All repeats of all runs predict the same on all rows, within a share of the target's std.

    predictions.csv has mean m and standard deviation s over R repeats: no repeat is further from m
    than s (R - 1) / sqrt(R), so nothing is left out.
    """
    picked = runs_named(cases, wanted.runs)
    tables = [predictions_of(case) for case in picked]
    bounds = []
    for case, table in zip(picked, tables, strict=True):
        repeats = case.metrics.repeats
        share = (repeats - 1) / math.sqrt(repeats)
        bounds.append(table["prediction_std"].fillna(0.0).to_numpy() * share)
    worst, messages, held = 0.0, [], len(picked) > 1
    for i, j in combinations(range(len(picked)), 2):
        if not tables[i]["y"].equals(tables[j]["y"]):
            return CheckResult(False, (f"{picked[i].name} and {picked[j].name} saw other data.",))
        between = (tables[i]["prediction_mean"] - tables[j]["prediction_mean"]).abs().to_numpy()
        worst = float((between + bounds[i] + bounds[j]).max())
        most = wanted.within * float(tables[i]["y"].std(ddof=0))
        held = held and worst <= most
        messages.append(
            f"{picked[i].name} and {picked[j].name}: no two predictions of a row are more than "
            f"{worst:.2g} apart; allowed is {most:.2g}, {as_percent(wanted.within)} of the "
            "target's standard deviation."
        )
    return CheckResult(held, tuple(messages) or (none_named(wanted.runs, "two runs"),))
