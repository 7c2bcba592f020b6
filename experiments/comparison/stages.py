"""Repeats in stages: more of them only for the runs that are still unclear.

After each stage the runs are judged on the repeats that all of them have by then; a run that is
worse drops out. The level is spent over the stages, so that the chance of ever calling an equal run
worse is that of a single look.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.repeats import FIRST

from .contenders import Contender, Terms
from .rows import Comparison, Row
from .significance import Judgement, compare_to_best


def levels(stages: Sequence[int], level: float) -> tuple[float, ...]:
    """The level of each stage, in proportion to its repeats: they add up to `level`.

    Bonferroni's inequality over the stages. The later ones get more of it, since the more repeats
    there are, the more a level buys.
    """
    return tuple(level * size / sum(stages) for size in stages)


def judge_in_stages(
    contenders: Sequence[Contender], terms: Terms | None = None, stages: Sequence[int] = ()
) -> tuple[Judgement, ...]:
    """What the stages that have been trained say, each run's verdict from the last it took part in.

    Pure: the same repeats give the same verdicts, whether they were just trained or are read from
    run folders.

    Args:
        contenders: the runs, each with the repeats that it has.
        terms: on which they are judged; `Terms()` without.
        stages: repeats of a run after each stage; those of `terms` without.
    """
    terms = terms or Terms()
    stages = tuple(stages or terms.stages)
    sizes = [len(one.values) for one in contenders if not one.exact]
    judged_so_far: dict[int, Judgement] = {}
    left = list(range(len(contenders)))
    for size, level in zip(stages, levels(stages, terms.level), strict=True):
        if judged_so_far and max(sizes, default=0) < size:
            break
        seen = [
            contenders[number]._replace(values=contenders[number].values[:size]) for number in left
        ]
        judged = compare_to_best(seen, replace(terms, level=level))
        # A p-value is read against the whole level, whatever the share of its stage.
        for number, one in zip(left, judged, strict=True):
            p = None if one.p is None else min(1.0, one.p * terms.level / level)
            judged_so_far[number] = replace(one, p=p)
        left = [number for number in left if judged_so_far[number].verdict != "worse"]
    return tuple(judged_so_far[number] for number in range(len(contenders)))


def wants_more(judged: Sequence[Judgement]) -> list[int]:
    """Which runs need another stage: those that are unclear, and the best beside them."""
    unclear = [n for n, one in enumerate(judged) if one.verdict == "unclear"]
    best = [n for n, one in enumerate(judged) if one.verdict == "best"]
    return sorted([*unclear, *best[-1:]]) if unclear else []


@dataclass(frozen=True)
class SettlingCommand:
    """What would settle the unclear verdicts of a sweep.

    command: the sweep's own, with more repeats for what is unclear. runs: how many it trains at
    first, the best beside each unclear one among them; repeats: of each at most. seconds: what that
    takes at most, as long as the recorded trainings did; None where they recorded nothing.
    """

    command: str
    runs: int
    repeats: int
    seconds: float | None


# Words of a command that `settling` sets by itself.
_SET = ("sweep.settle", "sweep.max_repeats")


def settling(comparison: Comparison) -> SettlingCommand | None:
    """The command that trains more repeats of what is unclear, and how long that takes at most.

    A run that is trained in stages starts anew, so all its repeats count. The first stage is far
    shorter, and a run that is settled gets no other.

    Returns:
        None where nothing is unclear, or the command cannot go on with the sweep: no
        `sweep.json` tells what it is, a launcher trained it that trains one run at a time, or it is
        a search.
    """
    wanted = _unsettled(comparison)
    if not wanted or comparison.planned is None or comparison.searched:
        return None
    try:
        words = shlex.split(comparison.command)
    except ValueError:  # a quote that is never closed
        return None
    if any(word.lstrip("+").startswith("hydra/launcher=") for word in words):
        return None
    kept = [word for word in words if word.lstrip("+").partition("=")[0] not in _SET]
    repeats = max(FIRST, *(4 * (row.repeats or 0) for row in wanted))
    if not any(word.startswith("sweep.name=") for word in kept):
        kept.append(f"sweep.name={comparison.name}")
    more = [*kept, "sweep.settle=true", f"sweep.max_repeats={repeats}"]
    known = [row for row in wanted if row.training_seconds is not None and row.repeats]
    each = [(row.training_seconds or 0.0) / (row.repeats or 1) for row in known]
    seconds = repeats * sum(each) if len(known) == len(wanted) else None
    return SettlingCommand(shlex.join(more), len(wanted), repeats, seconds)


def _unsettled(comparison: Comparison) -> list[Row]:
    """The runs that are unclear and can get more repeats, and the best of their groups."""
    unclear = [row for row in comparison.rows if row.verdict == "unclear"]
    groups = {row.group for row in unclear}
    bests = [row for row in comparison.rows if row.verdict == "best" and row.group in groups]
    return [row for row in (*unclear, *bests) if not row.exact]
