"""Lessons that check themselves: a sweep's folder -> is the claim true? -> `lesson.html`.

A check is a function of (runs, arguments) and an entry in CHECKS; its arguments stand in `claims`
under the same name. It looks at every repeat, says what it saw in numbers, and can fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .. import terminal, theme
from ..comparison.compare import contender, terms_of
from ..comparison.significance import pair
from ..comparison.stuck import count_stuck as stuck_of
from ..scoring.references import REFERENCES
from ..text import number
from .pages import write_pages
from .runs import (
    Case,
    as_percent,
    from_to,
    hidden_outputs,
    is_exact,
    mean_of,
    read_cases,
    runs_named,
    span,
    title_of,
    values_of,
)
from .spec import Agree, Beside, DeadLayers, EqualToLeastSquares, Lesson, Runs, Stuck, UnitsEqual
from .spec import WorseThan as Worse


class CheckResult(NamedTuple):
    """What a check came to, and the sentences that say why."""

    held: bool
    messages: tuple[str, ...]


def equal_to_least_squares(cases: Sequence[Case], wanted: EqualToLeastSquares) -> CheckResult:
    """Least squares has the smallest training error of all lines: as small an error, that line."""

    def one(case: Case) -> CheckResult:
        line = case.metrics.references["least_squares"]["train/mse"]
        values = values_of(case, "train/mse")
        apart = max((abs(value - line) for value in values), default=math.inf) / max(line, 1e-300)
        message = f"{case.name}: training error {from_to(values)}; least squares {number(line)}: "
        message += f"at most {as_percent(apart)} apart, {as_percent(wanted.within)} is allowed."
        return CheckResult(apart <= wanted.within, (message,))

    return _each(cases, wanted.runs, one)


def below(cases: Sequence[Case], wanted: Beside) -> CheckResult:
    """The typical error is below a reference, and so is its 95 % interval."""
    return _each(cases, wanted.runs, lambda case: _against_reference(case, wanted, -1))


def above(cases: Sequence[Case], wanted: Beside) -> CheckResult:
    """The typical error is above a reference, and so is its 95 % interval."""
    return _each(cases, wanted.runs, lambda case: _against_reference(case, wanted, 1))


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

    return _each(cases, wanted.runs, one)


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

    return _each(cases, wanted.runs, one)


def agree(cases: Sequence[Case], wanted: Agree) -> CheckResult:
    """All repeats of all runs predict the same on all rows, within a share of the target's std.

    predictions.csv has mean m and standard deviation s over R repeats: no repeat is further from m
    than s (R - 1) / sqrt(R), so nothing is left out.
    """
    picked = runs_named(cases, wanted.runs)
    tables = [pd.read_csv(case.folder / "predictions.csv") for case in picked]
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
    return CheckResult(held, tuple(messages) or (_none(wanted.runs, "two runs"),))


def units_equal(cases: Sequence[Case], wanted: UnitsEqual) -> CheckResult:
    """In each hidden layer of the saved network all units put out the same on every row."""

    def one(case: Case) -> CheckResult:
        layers = [out_NxU for _, out_NxU in hidden_outputs(case, "all") if out_NxU.shape[1] > 1]
        apart = max((float(np.ptp(out_NxU, axis=1).max()) for out_NxU in layers), default=math.nan)
        shown = case.run.about.shown_repeat if case.run.about else 0
        told = f"{case.name}: outputs of units of one layer are at most {apart:.2g} apart"
        return CheckResult(
            apart <= wanted.within, (f"{told} (repeat {shown}, the saved network).",)
        )

    return _each(cases, wanted.runs, one)


def dead_layers(cases: Sequence[Case], wanted: DeadLayers) -> CheckResult:
    """Relu layers of the saved network all of whose units put out zero on every training row."""

    def one(case: Case) -> CheckResult:
        layers = [out for name, out in hidden_outputs(case, "train") if name == "relu"]
        units = sum(out_NxU.shape[1] for out_NxU in layers)
        dead = sum(int((out_NxU == 0).all(axis=0).sum()) for out_NxU in layers)
        through = sum(bool(out_NxU.any()) for out_NxU in layers)
        shown = case.run.about.shown_repeat if case.run.about else 0
        told = f"{case.name}: {dead} of {units} relu units put out 0 on every training row, "
        told += f"in {len(layers) - through} of {len(layers)} layers all of them"
        held = len(layers) - through >= wanted.at_least
        return CheckResult(held, (f"{told} (repeat {shown}, the saved network).",))

    return _each(cases, wanted.runs, one)


CHECKS: dict[str, Callable[[Sequence[Case], Any], CheckResult]] = {
    "equal_to_least_squares": equal_to_least_squares,
    "below": below,
    "above": above,
    "worse_than": worse_than,
    "diverges": diverges,
    "stuck": repeats_stuck,
    "agree": agree,
    "units_equal": units_equal,
    "dead_layers": dead_layers,
}


def _each(cases: Sequence[Case], words: str, look: Callable[[Case], CheckResult]) -> CheckResult:
    """The check of every run that is meant; it holds where it holds for all, and for one at all."""
    found = [look(case) for case in runs_named(cases, words)]
    messages = tuple(sentence for finding in found for sentence in finding.messages)
    held = bool(found) and all(finding.held for finding in found)
    return CheckResult(held, messages or (_none(words, "a run"),))


def _none(words: str, what: str) -> str:
    return f"The check asks for {what} with {words or 'any config'}: there is none."


def check_claims(cases: Sequence[Case], lesson: Lesson) -> list[CheckResult]:
    """What each of a lesson's checks comes to; none holds where a run is not finished."""
    broken = [case for case in cases if case.run.metrics is None]
    if broken or not cases:
        messages = [f"{case.name}: {case.run.state}. {case.run.reason}".strip() for case in broken]
        return [CheckResult(False, tuple(messages) or ("There are no runs.",))]
    return [CHECKS[claim.name](cases, claim.arguments) for claim in lesson.claims]


def conclude_lesson(sweep_folder: Path, lesson: Lesson) -> bool:
    """Check a lesson on the runs of a folder, write its page and print it; whether it holds."""
    cases = read_cases(sweep_folder)
    findings = check_claims(cases, lesson)
    held = all(finding.held for finding in findings)
    page = write_pages(sweep_folder, lesson, cases, findings)
    console = terminal.console()
    console.print(f"\nlesson: {lesson.words.title}\nclaim: {lesson.words.claim}")
    for finding in findings:
        for sentence in finding.messages:
            style = None if finding.held else theme.TERMINAL_BAD
            console.print(f"{'  holds: ' if finding.held else '  fails: '}{sentence}", style=style)
    verdict = "The claim holds." if held else "The claim does not hold on these runs."
    console.print(f"{verdict}\nlesson page: {page}")
    return held
