"""What the runs of a sweep say together: numbers and words, from run folders alone.

Runs are compared where they can be: on the same data and the same rows of validation, with the same
things drawn anew by each repeat. Each such group has its own best and its own verdict.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from models import MODELS

from ..record import About, Metrics, Sweep, best_possible
from ..storage import sweep_folder as sweeps
from ..storage.read_runs import STATES, Run, read_runs
from ..text import of_a_table
from . import run_names, verdict
from .contenders import Contender, Terms, logarithms
from .rows import Comparison, Group, Row, is_search
from .significance import Judgement, Unseen, compare_to_best, minimum_detectable_ratio
from .stages import judge_in_stages
from .stuck import count_stuck, hump


def collect(
    sweep_folder: Path, sweep: Sweep | None = None, runs: list[Run] | None = None
) -> Comparison:
    """Compare the runs of a folder; survives whatever is in it.

    Args:
        sweep_folder: where the runs are.
        sweep: what `sweep.json` says, where that is known already.
        runs: what `read_runs` found there, where that is known already.
    """
    sweep = sweep or sweeps.read_sweep(sweep_folder)
    runs = read_runs(sweep_folder, sweep) if runs is None else runs
    commands = [run.about.command for run in runs if run.about]
    flat = [_keys(run) for run in runs]
    named = run_names.keys_of(commands)
    varying = _varying(flat)
    chosen = [key for key in named if key in varying]
    matches = _group_keys(runs)
    members: dict[Any, list[int]] = defaultdict(list)
    for number, match_ in enumerate(matches):
        if match_ is not None:
            members[match_].append(number)
    order = {match_: number for number, match_ in enumerate(members)}
    own = run_names.distinguishing_labels(flat, chosen or varying)
    rows = [
        _run_row(run, keys, None if match_ is None else order[match_], words)
        for run, keys, match_, words in zip(runs, flat, matches, own, strict=True)
    ]
    firsts = [numbers[0] for numbers in members.values()]
    names = run_names.group_names([rows[n].dataset for n in firsts], [flat[n] for n in firsts])
    pairs = zip(names, members.values(), strict=True)
    groups = [_group(name, numbers, runs, rows, sweep) for name, numbers in pairs]
    states = Counter(run.state for run in runs)
    return Comparison(
        name=sweep.name if sweep else sweep_folder.resolve().name,
        command=sweep.command if sweep else run_names.command_of(commands),
        started=sweep.started if sweep else min((r.started for r in rows if r.started), default=""),
        rows=tuple(rows),
        groups=tuple(groups),
        varying=(*chosen, *(key for key in varying if key not in chosen)),
        named=len(chosen),
        counts={state: states[state] for state in STATES if states[state]},
        planned=len(sweep.runs) if sweep else None,
    )


def _keys(run: Run) -> dict[str, Any]:
    if run.about is None:
        return {}
    sections = run.about.config.items()
    keys = {f"{name}.{key}": value for name, values in sections for key, value in values.items()}
    words = run_names.words_of(run.about.command)
    return {**{k: v for k, v in words.items() if "." not in k and f"{k}.kind" not in keys}, **keys}


def _varying(flat: Sequence[dict[str, Any]]) -> list[str]:
    """Keys whose values differ among the runs that have a config."""
    known = [keys for keys in flat if keys]
    seen = dict.fromkeys(key for keys in known for key in keys)
    return [key for key in seen if len({run_names.told_apart(keys.get(key)) for keys in known}) > 1]


def _group_keys(runs: Iterable[Run]) -> list[Any]:
    """What two runs must share to be compared; None for a run that did not get far enough."""
    return [
        (match(run.about), run.metrics.final_name) if run.about and run.metrics else None
        for run in runs
    ]


def match(about: About) -> str:
    """What a run saw and varied; of a folder of an earlier version, its data and its split."""
    if "compared_by" in about.data:
        return str(about.data["compared_by"])
    return str(about.data["sha256"]) + json.dumps(about.config["split"])


def _run_row(run: Run, keys: dict[str, Any], group: int | None, own: str) -> Row:
    about, metrics = run.about, run.metrics
    dataset, _, label = about.label.rpartition(": ") if about else ("", "", "")
    if own and label:
        label += f" · {own}"
    known: dict[str, Any] = {}
    if about is not None:
        known = {name: getattr(about, name) for name in OF_STATUS}
    if metrics is not None:
        known |= _row_numbers(metrics)
    return Row(
        folder=run.folder,
        state=run.state,
        label=label or own or run.folder,
        dataset=dataset or str(keys.get("dataset.kind", "")),
        group=group,
        keys=keys,
        reason=run.reason,
        log_tail=run.log_tail,
        **known,
    )


# What a row has from the status as it is.
OF_STATUS = ("command", "seconds", "started", "config_sha256")


def _row_numbers(metrics: Metrics) -> dict[str, Any]:
    """What a row has from the numbers of a run."""
    final, excess = metrics.final, metrics.scores.get("excess/mse")
    best = best_possible(metrics.references, metrics.final_name)
    best = metrics.noise_floor if best is None else best
    return {
        "repeats": metrics.repeats,
        "values": final.values,
        "typical": final.typical,
        "ci95": final.ci95,
        "mean": final.mean,
        "std": final.std,
        "stuck": _stuck(metrics),
        "above_best": None if best is None or final.typical is None else final.typical - best,
        "excess": excess.mean if excess else None,
        "metrics": metrics.others,
        "parameters": metrics.parameters["trainable"],
        "training_seconds": metrics.seconds.get("training"),
    }


def _stuck(metrics: Metrics) -> int | None:
    """How many repeats got stuck; None where a repeat diverged."""
    values = [value for value in metrics.final.values if value is not None]
    if len(values) < len(metrics.final.values) or not values:
        return None
    references = {name: scores[metrics.final_name] for name, scores in metrics.references.items()}
    return count_stuck(values, references["mean_predictor"], references["least_squares"])


def _group(
    name: str,
    numbers: list[int],
    runs: list[Run],
    rows: list[Row],
    sweep: Sweep | None,
) -> Group:
    """Rank the runs of a group, in place in `rows`, and say what they come to."""
    first = runs[numbers[0]]
    assert first.about is not None
    assert first.metrics is not None
    score, floor = first.metrics.final_name, first.metrics.noise_floor
    references = {name: scores[score] for name, scores in first.metrics.references.items()}
    ranked = [number for number in numbers if rows[number].state == "done"]
    ranked.sort(key=lambda number: (rows[number].typical, number))
    terms = terms_of(first, score, sweep)
    contenders = [contender(runs[number], score) for number in ranked]
    judged = _rank(ranked, contenders, rows, terms)
    best = next((n for n, one in zip(ranked, judged, strict=True) if one.verdict == "best"), None)
    target, units = str(first.about.data.get("target", "")), of_a_table(first.about)
    facts = verdict.Facts(
        references,
        floor,
        score,
        terms.margin,
        _sharpness(judged, contenders, terms, sweep is None or not is_search(sweep.command)),
        first.about.vary,
        target if units else "",
    )
    return Group(
        name=name,
        description=str(first.about.data["description"]),
        data_sha256=str(first.about.data["sha256"]),
        score=score,
        references=references,
        noise_floor=floor,
        runs=len(ranked),
        comparisons=sum(one.how not in ("best", "unknown") for one in judged),
        best=best,
        sentences=verdict.verdict([rows[n] for n in ranked], facts),
        vary=first.about.vary,
        target=target,
        units=units,
    )


def _rank(
    ranked: list[int], contenders: list[Contender], rows: list[Row], terms: Terms
) -> tuple[Judgement, ...]:
    """Give the runs their ranks and verdicts, in place in `rows`."""
    compare = judge_in_stages if terms.stages else compare_to_best
    judged = compare(contenders, terms)
    numbered = enumerate(zip(ranked, contenders, judged, strict=True), start=1)
    for rank, (number, run, one) in numbered:
        rows[number] = replace(
            rows[number],
            rank=rank,
            exact=run.exact,
            verdict=one.verdict,
            ratio=one.ratio,
            interval=one.interval,
            p=one.p,
            wins=one.wins,
            why=one.why,
            how=one.how,
        )
    return judged


def terms_of(run: Run, score: str, sweep: Sweep | None = None) -> Terms:
    """On what terms the runs that are compared with this one are judged.

    Args:
        run: one of the group, finished.
        score: the name of what is compared.
        sweep: whose margin and stages count; without it the defaults do.
    """
    assert run.about is not None
    assert run.metrics is not None
    known = run.metrics.references.get("mean_predictor", {}), run.metrics.unlearned
    worst = [scores[score] for scores in known if score in scores]
    rows, train = run.about.data.get("rows", 0), run.about.data.get("train_rows", 0)
    shared = "split" in run.about.vary and "data" not in run.about.vary
    terms = Terms(
        worst=max(worst, default=None),
        overlap=(rows - train) / train if shared and train else 0.0,
    )
    if sweep is None:
        return terms
    return replace(terms, margin=sweep.margin, stages=sweep.stages)


def _sharpness(
    judged: Sequence[Judgement], contenders: Sequence[Contender], terms: Terms, settles: bool
) -> str:
    """How large a difference the repeats could have shown, where they left runs unclear."""
    unclear = [one for one in judged if one.verdict == "unclear" and one.noise]
    sizes = [len(one.values) for one in contenders if not one.exact]
    repeats = max(sizes, default=0)
    if not unclear or repeats < 2:
        return ""
    noise = statistics.median(one.noise for one in unclear if one.noise)
    logs = logarithms(contenders, terms).each
    best_R = next(log_R for log_R, one in zip(logs, judged, strict=True) if one.how == "best")
    span = max(math.log(terms.worst or 0.0), float(best_R.max())) - float(best_R.mean())
    prone = sum(bool(hump(log_R).any()) for log_R in logs)
    now, then = (
        minimum_detectable_ratio(noise, len(unclear) + 1, count, Unseen(span, prone), terms)
        for count in (repeats, 4 * repeats)
    )
    return verdict.sharpness(repeats, now, 4 * repeats, then, settles)


def contender(run: Run, score: str) -> Contender:
    """A run's errors by the name of a score, exact where no repeat could make another."""
    assert run.about is not None
    assert run.metrics is not None
    kind: Any = MODELS.get(run.about.config["model"].get("kind"))
    closed = kind is not None and not kind.trained
    # Repeats that drew the same rows belong together, whatever their initial weights.
    rows = {"data", "split"} & set(run.about.vary)
    seed = 0 if rows else run.about.config["training"].get("seed")
    values = tuple(float(value) for value in run.metrics.scores[score].values if value is not None)
    return Contender(values, seed, closed and len(values) == 1)
