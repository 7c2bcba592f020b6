"""What the runs of a sweep say together: numbers and words, from run folders alone.

Runs are compared where they can be: on the same data and the same rows of validation. Each such
group has its own best, its own ties and its own sentence.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models import MODELS, ClosedForm

from . import record as records
from . import wording
from .record import Metrics
from .runs import STATES, Run, read_runs
from .significance import Contender, How, Judgement, judge, told_apart


@dataclass(frozen=True)
class Row:
    """One run. `None` stands for what is unknown or cannot be said.

    keys: its config by `<section>.<key>`, and other words of its command line by their name. mean,
    std, ci95: the score over repeats. over_floor: mean less the noise floor; excess: mean squared
    distance to the best possible prediction. rank: 1 for the best and its ties, only for runs that
    are done. ratio: how many times the best's error, with the interval for that pair alone; p: the
    adjusted p-value of being worse; how: what compared the two.
    """

    folder: str
    state: str
    label: str
    dataset: str
    group: int | None
    keys: dict[str, Any]
    command: str = ""
    repeats: int | None = None
    mean: float | None = None
    std: float | None = None
    ci95: tuple[float, float] | None = None
    over_floor: float | None = None
    excess: float | None = None
    parameters: int | None = None
    training_seconds: float | None = None
    seconds: float | None = None
    started: str = ""
    config_sha256: str = ""
    rank: int | None = None
    ratio: float | None = None
    ratio95: tuple[float, float] | None = None
    p: float | None = None
    tied_with_best: bool | None = None
    how: How | None = None
    reason: str = ""
    log_tail: str = ""


@dataclass(frozen=True)
class Group:
    """Runs on the same data and the same rows of validation.

    score: the name of what is compared. limits: what each limit makes by that score, bayes only
    where it is known. runs: how many are ranked. best and ties: their places in `Comparison.rows`.
    said: the verdict, sentence by sentence.
    """

    name: str
    description: str
    data_sha256: str
    score: str
    limits: dict[str, float]
    noise_floor: float | None
    runs: int
    comparisons: int
    best: int | None
    ties: tuple[int, ...]
    said: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A sweep. rows are in the order of their folders' names.

    varying: the config keys in which runs differ, those of the command line first; named: how many
    those are. counts: runs by state, only states that occur; planned: how many runs the sweep was
    to have, where `sweep.json` says it.
    """

    name: str
    command: str
    started: str
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    varying: tuple[str, ...]
    named: int
    counts: dict[str, int]
    planned: int | None

    @property
    def verdict(self) -> tuple[str, ...]:
        """A line of text for each group."""
        said = (f"{group.name}: {' '.join(group.said)}" for group in self.groups)
        return tuple(said) or ("No run is done yet.",)

    @property
    def undone(self) -> tuple[Row, ...]:
        """The runs that do not rank."""
        return tuple(row for row in self.rows if row.state != "done")


def collect(sweep_folder: Path) -> Comparison:
    """Compare the runs of a folder; survives whatever is in it."""
    runs = read_runs(sweep_folder)
    sweep = records.read_sweep(sweep_folder)
    commands = [run.about.command for run in runs if run.about]
    flat = [_keys(run) for run in runs]
    named = wording.keys_of(commands)
    varying = _varying(flat)
    chosen = [key for key in named if key in varying]
    places = _group_places(runs)
    members: dict[Any, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        if place is not None:
            members[place].append(number)
    order = {place: number for number, place in enumerate(members)}
    own = wording.own_words(flat, chosen or varying)
    rows = [
        _row(run, keys, None if place is None else order[place], words)
        for run, keys, place, words in zip(runs, flat, places, own, strict=True)
    ]
    firsts = [numbers[0] for numbers in members.values()]
    names = wording.group_names([rows[n].dataset for n in firsts], [flat[n] for n in firsts])
    groups = [
        _group(name, numbers, runs, rows)
        for name, numbers in zip(names, members.values(), strict=True)
    ]
    states = Counter(run.state for run in runs)
    return Comparison(
        name=sweep.name if sweep else sweep_folder.resolve().name,
        command=sweep.command if sweep else wording.command_of(commands),
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
    words = wording.words_of(run.about.command)
    return {**{k: v for k, v in words.items() if "." not in k and f"{k}.kind" not in keys}, **keys}


def _varying(flat: Sequence[dict[str, Any]]) -> list[str]:
    """Keys whose values differ among the runs that have a config."""
    known = [keys for keys in flat if keys]
    seen = dict.fromkeys(key for keys in known for key in keys)
    return [key for key in seen if len({json.dumps(keys.get(key)) for keys in known}) > 1]


def _group_places(runs: Iterable[Run]) -> list[Any]:
    """What two runs must share to be compared; None for a run that did not get far enough."""
    return [
        (run.about.data["sha256"], json.dumps(run.about.config["split"]), run.metrics.final_name)
        if run.about and run.metrics
        else None
        for run in runs
    ]


def _row(run: Run, keys: dict[str, Any], group: int | None, own: str) -> Row:
    about, metrics = run.about, run.metrics
    dataset, _, label = about.label.rpartition(": ") if about else ("", "", "")
    if own and label:
        label += f" · {own}"
    row = Row(
        folder=run.folder,
        state=run.state,
        label=label or own or run.folder,
        dataset=dataset or str(keys.get("dataset.kind", "")),
        group=group,
        keys=keys,
        reason=run.reason,
        log_tail=run.log_tail,
    )
    if about is not None:
        row = replace(
            row,
            command=about.command,
            seconds=about.seconds,
            started=about.started,
            config_sha256=about.config_sha256,
        )
    return row if metrics is None else _with_numbers(row, metrics)


def _with_numbers(row: Row, metrics: Metrics) -> Row:
    final, floor, excess = metrics.final, metrics.noise_floor, metrics.scores.get("excess/mse")
    return replace(
        row,
        repeats=metrics.repeats,
        mean=final.mean,
        std=final.std,
        ci95=final.ci95,
        over_floor=None if floor is None or final.mean is None else final.mean - floor,
        excess=excess.mean if excess else None,
        parameters=metrics.parameters["total"],
        training_seconds=metrics.seconds.get("training"),
    )


def _group(name: str, numbers: list[int], runs: list[Run], rows: list[Row]) -> Group:
    """Rank the runs of a group, in place in `rows`, and say what they come to."""
    first = runs[numbers[0]]
    assert first.about is not None
    assert first.metrics is not None
    score, floor = first.metrics.final_name, first.metrics.noise_floor
    limits = {limit: scores[score] for limit, scores in first.metrics.limits.items()}
    ranked = [number for number in numbers if rows[number].state == "done"]
    ranked.sort(key=lambda number: (rows[number].mean, number))
    contenders = [contender(runs[number], score) for number in ranked]
    judged = judge(contenders, limits.get("mean_predictor"))
    for place, (number, said) in enumerate(zip(ranked, judged, strict=True), start=1):
        rows[number] = replace(
            rows[number],
            rank=1 if said.tied else place,
            ratio=said.ratio,
            ratio95=said.ratio95,
            p=said.p,
            tied_with_best=said.tied,
            how=said.how,
        )
    ties = tuple(
        n for n, said in zip(ranked, judged, strict=True) if said.tied and said.how != "best"
    )
    return Group(
        name=name,
        description=str(first.about.data["description"]),
        data_sha256=str(first.about.data["sha256"]),
        score=score,
        limits=limits,
        noise_floor=floor,
        runs=len(ranked),
        comparisons=sum(said.how not in ("best", "unknown") for said in judged),
        best=ranked[0] if ranked else None,
        ties=ties,
        said=wording.verdict(
            [rows[n] for n in ranked],
            limits,
            floor,
            score,
            _sharpness(judged, max((len(one.values) for one in contenders), default=0)),
        ),
    )


def _sharpness(judged: Sequence[Judgement], repeats: int) -> str:
    """How large a difference the repeats could have told, where they left ties."""
    noises = [said.noise for said in judged if said.tied and said.noise]
    if not noises or repeats < 2:
        return ""
    noise, runs = statistics.median(noises), len(noises) + 1
    more = 4 * repeats
    now, then = (told_apart(noise, runs, count) for count in (repeats, more))
    return wording.sharpness(repeats, now, more, then)


def contender(run: Run, score: str) -> Contender:
    """A run's errors by the name of a score. A closed form has no randomness to repeat."""
    assert run.about is not None
    assert run.metrics is not None
    closed = MODELS.get(run.about.config["model"].get("kind")) is ClosedForm
    values = tuple(float(value) for value in run.metrics.scores[score].values if value is not None)
    return Contender(values, run.about.config["training"].get("seed"), closed and len(values) == 1)
