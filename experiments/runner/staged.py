"""Training a sweep in stages (`sweep.settle`): more repeats only for the runs that are unclear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from datasets import Dataset
from models import Fit, Task
from models.prepare import Known, compared_by
from models.repeats import FIRST
from models.task import joined

from ..comparison.compare import contender, match, terms_of
from ..comparison.stages import judge_in_stages, wants_more
from ..config.schema import Config
from ..record import About
from ..scoring.summarize import measure
from ..storage.read_runs import Run
from ..task import prepare
from .run import Trained

# Members of one call of a compiled program: the same in every stage, so that later ones compile
# nothing anew, and small, so that the few runs of the last ones leave no slot empty.
MEMBERS = FIRST

# (tasks, on_epochs, members_per_call) -> (index, fit) of each: `models.fit_each` or the like.
FitEach = Callable[
    [Sequence[Task], Callable[[int], None], int | None], Iterator[tuple[int, Fit | Exception]]
]


@dataclass(eq=False)
class _Growing:
    """A run under way. fits: one a stage; ended: the exception that a stage raised."""

    config: Config
    dataset: Dataset
    fits: list[Fit] = field(default_factory=list)
    ended: Exception | None = None

    @property
    def repeats(self) -> int:
        """How many repeats are trained."""
        return sum(len(fit.prediction_RxN) for fit in self.fits)

    @property
    def compared(self) -> bool:
        """Whether it can be: nothing of it failed, and no repeat left the numbers."""
        diverged = any(at is not None for fit in self.fits for at in fit.diverged_at)
        return bool(self.fits) and not self.ended and not diverged

    def add(self, fitted: Fit | Exception) -> None:
        """What a stage came to."""
        if isinstance(fitted, Exception):
            self.ended = fitted
        else:
            self.fits.append(fitted)

    def task(self, known: Known, first: int, count: int) -> Task:
        """The task of some repeats, with the rows that each sees."""
        return prepare(self.config, known, first, count)[1]

    def trained(self, known: Known) -> Trained:
        """All its repeats as one training."""
        task = self.task(known, 0, self.repeats or 1)
        return Trained(self.config, self.dataset, task, self.ended or joined(self.fits))

    def seen(self, known: Known) -> Run:
        """What a comparison would read of it."""
        _, dataset, task, fitted = self.trained(known)
        assert isinstance(fitted, Fit)
        data = {
            "rows": len(dataset.y_N),
            "train_rows": len(task.train_T),
            "vary": list(self.config.training.vary),
            "compared_by": compared_by(self.config, dataset),
        }
        about = About(self.config.tree(), "", "", {}, data)
        return Run("", "done", about=about, metrics=measure(dataset, task, fitted))


class Standing(NamedTuple):
    """Runs by number: those that want another stage, and those that are worse for good."""

    wanted: set[int]
    worse: set[int]


def standing(
    runs: Mapping[int, Run], stages: Sequence[int], margin: float, size: int | None = None
) -> Standing:
    """How runs stand beside the others on the same data.

    Args:
        runs: by number.
        stages: how many repeats a run has after each stage.
        margin: how many times the best's error counts as as good.
        size: the stage that is over; all of their repeats count without it.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, run in runs.items():
        if run.state == "done" and run.about and run.metrics:
            groups[match(run.about), run.metrics.final_name].append(number)
    found = Standing(set(), set())
    for (_, score), numbers in groups.items():
        every = [contender(runs[number], score) for number in numbers]
        terms = replace(terms_of(runs[numbers[0]], score), margin=margin, stages=tuple(stages))
        seen = [one._replace(values=one.values[:size]) for one in every]
        judged = judge_in_stages(seen, terms)
        found.wanted.update(
            numbers[index]
            for index in wants_more(judged)
            if not every[index].exact and len(every[index].values) < stages[-1]
        )
        found.worse.update(
            number for number, one in zip(numbers, judged, strict=True) if one.verdict == "worse"
        )
    return found


class Means(NamedTuple):
    """How stages are trained.

    fit: what fits tasks. advance: is called with the number of newly finished epochs. expect: is
    called with a stage's runs and epochs before it begins.
    """

    fit: FitEach
    advance: Callable[[int], None]
    expect: Callable[[int, int], None]


class Settling(NamedTuple):
    """What is asked of runs that get repeats in stages; see `stages`."""

    stages: tuple[int, ...]
    margin: float


def train_in_stages(
    configs: Mapping[int, Config],
    done: Mapping[int, Run],
    asked: Settling,
    means: Means,
) -> Iterator[tuple[int, Trained]]:
    """Train runs, by number, until each is worse, as good, or has all repeats.

    Args:
        configs: of all runs.
        done: those that are finished; only where they turn out unclear they are trained anew.
        asked: how many repeats a stage has, and what is as good.
        means: what fits, and who is told. After KeyboardInterrupt out of it what is trained is
            still given out, then that is raised.

    Yields:
        (number, training), as soon as a run is sure to get no more repeats.
    """
    known = Known()
    done = dict(done)
    growing: dict[int, _Growing] = {}
    wanted = (configs.keys() - done.keys()) | standing(done, *asked).wanted
    for size in asked.stages:
        for number in sorted(wanted - growing.keys()):
            done.pop(number, None)
            growing[number] = _Growing(configs[number], prepare(configs[number], known, 0, 1)[0])
        late = [one for n, one in growing.items() if n in wanted and one.repeats < size]
        if not late:
            break
        try:
            _train_stage(late, size, known, means)
        except KeyboardInterrupt:
            for number in [number for number, one in growing.items() if one.fits or one.ended]:
                yield number, growing[number].trained(known)
            raise
        runs = {n: one.seen(known) for n, one in growing.items() if one.compared}
        wanted, worse = standing({**runs, **done}, *asked, size)
        for number in sorted(growing.keys() - (runs.keys() - worse)):
            if number in runs:  # compared as what a comparison would read of it
                done[number] = runs[number]
            yield number, growing.pop(number).trained(known)
    for number in sorted(growing):
        yield number, growing[number].trained(known)


def _train_stage(
    late: Sequence[_Growing],
    size: int,
    known: Known,
    means: Means,
) -> None:
    """Train runs that have fewer repeats than a stage up to its size."""
    tasks = [one.task(known, one.repeats, size - one.repeats) for one in late]
    means.expect(len(tasks), sum(task.repeats * task.epochs for task in tasks))
    for index, fitted in means.fit(tasks, means.advance, MEMBERS):
        late[index].add(fitted)
