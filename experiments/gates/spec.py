"""What is gated, as the `gate` section of a config writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT, Seed

from ..config.schema import NAME
from ..errors import Problem
from .baselines import Baseline
from .ranks import can_fail

Name = Annotated[str, Field(pattern=NAME, description="the name of a preset")]
Repeats = Annotated[int, Field(ge=1, le=10_000, examples=[20])]


@dataclass(frozen=True, config=STRICT)
class Gate:
    """The settings of a check or an update; see conf/gate/check.yaml."""

    mode: Annotated[Literal["check", "update"], Field(examples=["check"])]
    presets: Annotated[tuple[Name, ...], Field(min_length=1, examples=["[sine_sigmoid2]"])]
    pairs: Annotated[int, Field(ge=1, le=100, examples=[5])]
    repeats: Repeats
    slow: Annotated[tuple[Name, ...], Field(examples=["[sine_deep]"])]
    slow_repeats: Annotated[int, Field(ge=1, le=10_000, examples=[5])]
    seed: Seed
    baselines: Annotated[str, Field(examples=["tests/baselines"])]
    false_alarms: Annotated[float, Field(gt=0, lt=1, examples=[0.01])]

    @property
    def folder(self) -> Path:
        """Where the baselines are, seen from where the person stands."""
        return Path(self.baselines)

    @property
    def level(self) -> float:
        """The false alarms that one preset may have, for all of them to have no more than asked."""
        return self.false_alarms / len(self.presets)

    def repeats_of(self, preset: str) -> int:
        """How many times a preset is trained from other seeds."""
        return self.slow_repeats if preset in self.slow else self.repeats


def unusable(baseline: Baseline, repeats: int, seed: int, level: float) -> list[Problem]:
    """Why errors from a seed could not be told apart from a baseline's."""
    if baseline.fixed:
        return []
    problems = []
    if not can_fail(baseline.count, repeats, level):
        what = f"{repeats} repeats beside {baseline.count} of {baseline.name} can hardly fail"
        fix = "ask for more with gate.repeats or gate.slow_repeats, or update with more"
        problems.append(Problem("gate.repeats", f"{what}, received {repeats}", fix))
    if seed == baseline.seed:
        what = f"must be another seed than that of {baseline.name}'s baseline, received {seed}"
        problems.append(Problem("gate.seed", what, f"for example gate.seed={seed + 1}"))
    return problems
