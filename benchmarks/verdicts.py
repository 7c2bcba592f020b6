"""`python -m benchmarks.verdicts`: how often verdicts are wrong, what they see; docs/verdicts.md.

Sweeps whose truth is known are judged by the very function that judges real ones. The shapes of
errors are drawn, or resampled from real errors: those of 48 architectures, each trained 240 times.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.comparison.contenders import MARGIN, Contender, Terms
from experiments.comparison.significance import Judgement, compare_to_best
from experiments.comparison.stages import judge_in_stages, wants_more
from experiments.scoring.repeats import interval
from models.repeats import stages_up_to

from .equal_sweeps import SHAPES, equal_runs
from .populations import DATASETS, Population, kept, sampled
from .process import ROOT

RUNS, REPEATS = (3, 12, 48, 192), (3, 5, 10, 20, 40)
PAGE = ROOT / "docs" / "verdicts.md"


def wrong(
    name: str, runs: int, repeats: int, sweeps: int, real: dict[str, Population]
) -> tuple[int, int]:
    """In how many of so many sweeps of equal runs any is called worse, and any as good."""
    rng = np.random.default_rng([list(SHAPES).index(name), runs, repeats])
    worse = good = 0
    for _ in range(sweeps):
        verdicts = {
            one.verdict for one in compare_to_best(*equal_runs(name, rng, runs, repeats, real))
        }
        worse += "worse" in verdicts
        good += "as good" in verdicts
    return worse, good


STAGED = [
    "normal",
    "unequal, skewed up",
    "50 % stuck",
    "every second run 20 % stuck",
    "real errors on sine",
    "real errors on cubic",
]
MOST = 80


def in_stages(contenders: Sequence[Contender], terms: Terms) -> tuple[tuple[Judgement, ...], int]:
    """What becomes of runs that get repeats in stages, and how many networks that takes.

    contenders: with all the repeats that a run can get, of which it sees those of its stages.
    """
    stages = stages_up_to(MOST)
    sizes = [stages[0]] * len(contenders)
    judged: tuple[Judgement, ...] = ()
    for stage in stages:
        seen = [
            one._replace(values=one.values[: min(size, stage)])
            for one, size in zip(contenders, sizes, strict=True)
        ]
        judged = judge_in_stages(seen, replace(terms, stages=stages))
        wanted = wants_more(judged)
        if not wanted or stage == stages[-1]:
            break
        for number in wanted:
            sizes[number] = stages[stages.index(stage) + 1]
    return judged, sum(sizes)


def wrong_in_stages(
    name: str, runs: int, sweeps: int, real: dict[str, Population]
) -> tuple[int, float]:
    """Sweeps of equal runs in which any is ever called worse, and networks a run, in stages."""
    rng = np.random.default_rng([list(SHAPES).index(name), runs, 13])
    worse, networks = 0, 0
    for _ in range(sweeps):
        judged, trained_ = in_stages(*equal_runs(name, rng, runs, MOST, real))
        worse += any(one.verdict == "worse" for one in judged)
        networks += trained_
    return worse, networks / (sweeps * runs)


def _staged_cell(job: tuple[str, int, int, dict[str, Population]]) -> tuple[int, float]:
    return wrong_in_stages(*job)


class Power(NamedTuple):
    """What became of runs whose true ratio to the truly best lies in a range."""

    runs: int
    worse: float
    as_good: float
    unclear: float


BANDS = ((1.0, 1.05), (1.05, 1.2), (1.2, 1.5), (1.5, 2.0), (2.0, math.inf))


def verdicts_on(
    known: Population, repeats: int, sweeps: int
) -> tuple[dict[tuple[float, float], Power], float, float]:
    """The 24 real architectures of a dataset judged again and again, each time on other seeds.

    By true ratio to the best architecture; then the share of sweeps in which any run that is truly
    more than the margin above the best is called as good, and the share in which any that is truly
    as low as the one found best is called worse.
    """
    rng = np.random.default_rng([repeats, 7])
    true_A = np.exp(known.typical - known.typical.min())
    counts = {band: {"worse": 0, "as good": 0, "unclear": 0, "best": 0} for band in BANDS}
    too_good = too_bad = 0
    for _ in range(sweeps):
        logs_MxR, chosen_M = sampled(rng, known.logs_AxK, len(true_A), repeats)
        contenders = [Contender(tuple(np.exp(log_R)), 1) for log_R in logs_MxR]
        judged = compare_to_best(contenders, Terms(worst=math.exp(known.worst)))
        best = next(at for at, one in enumerate(judged) if one.verdict == "best")
        beside_M = true_A[chosen_M] / true_A[chosen_M[best]]
        too_good += any(
            one.verdict == "as good" and ratio > MARGIN
            for one, ratio in zip(judged, beside_M, strict=True)
        )
        too_bad += any(
            one.verdict == "worse" and ratio <= 1
            for one, ratio in zip(judged, beside_M, strict=True)
        )
        for one, run in zip(judged, chosen_M, strict=True):
            band = next(band for band in BANDS if band[0] <= true_A[run] < band[1])
            counts[band][one.verdict] += 1
    found = {}
    for band, by in counts.items():
        others = sum(by.values()) - by["best"]
        share = {word: by[word] / max(others, 1) for word in by}
        found[band] = Power(others, share["worse"], share["as good"], share["unclear"])
    return found, too_good / sweeps, too_bad / sweeps


def coverage(known: Population, repeats: int, draws: int) -> list[float]:
    """For each architecture how often the interval of its typical error holds the true one."""
    rng = np.random.default_rng([repeats, 11])
    held = []
    for logs_K, true in zip(known.logs_AxK, known.typical, strict=True):
        inside = 0
        for _ in range(draws):
            drawn = np.exp(rng.choice(logs_K, repeats, replace=False)).tolist()
            low, high = interval(drawn) or (0.0, 0.0)
            inside += low <= math.exp(true) <= high
        held.append(inside / draws)
    return held


def _sweeps(runs: int, repeats: int, wanted: int) -> int:
    """Fewer of the large ones, which take longer."""
    return max(wanted // {48: 2, 192: 3}.get(runs, 1), 1)


def _cell(job: tuple[str, int, int, int, dict[str, Population]]) -> tuple[int, int]:
    return wrong(*job)


def pages(real: dict[str, Population], wanted: int, processes: int) -> Iterator[str]:
    """The page, part by part."""
    yield HEAD.format(sweeps=wanted, half=_sweeps(48, 0, wanted), third=_sweeps(192, 0, wanted))
    cells = [(n, m, r) for n in SHAPES for m in RUNS for r in REPEATS]
    jobs = [(n, m, r, _sweeps(m, r, wanted), real) for n, m, r in cells]
    with ProcessPoolExecutor(processes) as pool:
        counted = dict(zip(cells, pool.map(_cell, jobs), strict=True))
        yield "| errors | runs | " + " | ".join(f"{r} repeats" for r in REPEATS) + " |"
        yield "|---" * (2 + len(REPEATS)) + "|"
        for name, runs in product(SHAPES, RUNS):
            rates = [counted[name, runs, r][0] / _sweeps(runs, r, wanted) for r in REPEATS]
            shown = " | ".join(f"{100 * rate:.1f}" for rate in rates)
            yield f"| {name if runs == RUNS[0] else ''} | {runs} | {shown} |"
        yield STAGED_HEAD
        staged = [(n, m, _sweeps(m, 0, wanted), real) for n, m in product(STAGED, (3, 12, 48))]
        for job, (worse, networks) in zip(staged, pool.map(_staged_cell, staged), strict=True):
            name, runs, sweeps, _ = job
            yield f"| {name} | {runs} | {100 * worse / sweeps:.1f} | {networks:.0f} |"
    yield POWER_HEAD
    yield "| dataset | repeats | true ratio | worse | as good | unclear |"
    yield "|---" * 6 + "|"
    mistakes: list[str] = []
    for dataset, repeats in product(DATASETS, REPEATS):
        found, too_good, too_bad = verdicts_on(real[dataset], repeats, wanted)
        mistakes.append(f"| {dataset} | {repeats} | {100 * too_good:.1f} | {100 * too_bad:.1f} |")
        for (low, high), power in found.items():
            band = f"{low:g} to {high:g}" if math.isfinite(high) else f"above {low:g}"
            shares = [f"{100 * s:.0f}" for s in (power.worse, power.as_good, power.unclear)]
            if power.runs:
                yield f"| {dataset} | {repeats} | {band} | " + " | ".join(shares) + " |"
    yield MISTAKES_HEAD
    yield from mistakes
    yield COVERAGE_HEAD
    for dataset, repeats in product(DATASETS, REPEATS):
        held = sorted(coverage(real[dataset], repeats, wanted))
        middle = held[len(held) // 2]
        yield (
            f"| {dataset} | {repeats} | "
            + " | ".join(f"{100 * share:.0f}" for share in (held[0], held[len(held) // 4], middle))
            + " |"
        )


HEAD = """# How often verdicts are wrong, and what they see

Made by `python -m benchmarks.verdicts`, which judges simulated sweeps by the function that judges
real ones (`experiments/comparison/significance.py`).

## Equal runs called worse

Per cent of sweeps, of runs that are all equal (one typical error: the geometric mean over seeds),
in which any is called worse. At most 5 is the promise. Each cell is {sweeps:,} sweeps ({half:,} of
48 runs, {third:,} of 192), so that a true 5 can show as 7 there (9 of 192 runs).

*Real errors* are those of 24 architectures on a dataset, 240 seeds each, shifted to one typical
error; on the cubic two of them get stuck in one of eight seeds. *Other seeds*: no two runs share
seeds. *Closed forms*: every second run is one. Where nothing is ever called worse, so few repeats
are too few to say.
"""
STAGED_HEAD = """
### Repeats in stages

The same with `sweep.settle=true`, up to 80 repeats: per cent of sweeps in which any run is ever
called worse, and how many networks a run takes. Equal runs are never settled, so they take nearly
all.

| errors | runs | worse | networks a run |
|---|---|---|---|"""
POWER_HEAD = """
## What becomes of runs that are not equal

Per cent of runs, by how many times the lowest typical error theirs truly is, over sweeps of the 24
real architectures.
"""
MISTAKES_HEAD = f"""
Per cent of these sweeps in which any run is called as good though its true ratio to the run found
best is above {MARGIN:g}, and in which any is called worse though its true error is no larger than
that of the run found best.

| dataset | repeats | wrongly as good | wrongly worse |
|---|---|---|---|"""
COVERAGE_HEAD = """
## The interval of a typical error

How often the 95 % interval (Student's t on logarithms) holds the true typical error, in per cent:
for the architecture where it does so least often, for the lower quarter, and for the middle one. It
is lowest where few seeds get stuck and a sample shows none of them.

| dataset | repeats | lowest | lower quarter | middle |
|---|---|---|---|---|"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train or read the populations, simulate, write docs/verdicts.md."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.verdicts", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("--sweeps", type=int, default=1000, help="simulated sweeps a cell")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--populations", type=Path, help="a .npz file that keeps the real errors")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked: Any = parser.parse_args(arguments)
    lines = pages(kept(asked.populations), asked.sweeps, asked.processes)
    asked.page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
