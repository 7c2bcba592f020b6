"""Repeats in stages: more of them only for the runs that are still unclear.

After each stage the runs are judged on the repeats that all of them have by then; a run that is
worse drops out. The level is spent over the stages, so that the chance of ever calling an equal run
worse is that of a single look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .contenders import Contender, Terms
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
