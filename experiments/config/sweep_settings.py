"""What `sweep.*` sets, and what follows from it: a new key stands here and in conf/config.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from datasets.spec import STRICT
from models.repeats import FIRST, stages_up_to

from ..errors import ConfigError, Problem
from ..storage.outcome import Outcome
from .schema import NAME

if TYPE_CHECKING:
    from ..record import Planned, Sweep


# Windows takes them for devices, whatever follows after a dot.
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def _portable(name: str) -> str:
    if DEVICES.fullmatch(name) or name.endswith("."):
        raise PydanticCustomError("names", "must be a name that Windows can give a folder, too")
    return name


@dataclass(frozen=True, config=STRICT)
class SweepSettings:
    """How a sweep is kept. No part of a run: it changes no result."""

    name: Annotated[
        str,
        Field(
            pattern=NAME,
            examples=["widths"],
            description="letters, digits, dots, dashes and underscores, up to 100",
        ),
        AfterValidator(_portable),
    ]
    extend: Annotated[bool, Field(examples=[True])]
    fail_fast: Annotated[bool, Field(examples=[True])]
    margin: Annotated[float, Field(ge=1, le=100, examples=[1.05])]
    settle: Annotated[bool, Field(examples=[True])]
    max_repeats: Annotated[int, Field(ge=FIRST, le=10_000, examples=[80])]

    @property
    def stages(self) -> tuple[int, ...]:
        """Repeats of a run after each stage; none where all get the same number at once."""
        return stages_up_to(self.max_repeats) if self.settle else ()

    def check_launcher(self, together: bool) -> None:
        """Look whether the launcher, which may train all runs together, can do what is asked.

        Raises:
            ConfigError: where it cannot.
        """
        alone = [key for key in ("settle", "fail_fast") if getattr(self, key) and not together]
        what = "needs the launcher that trains all runs together, received true with another one"
        if alone:
            fix = "leave hydra/launcher out"
            raise ConfigError([Problem(f"sweep.{key}", what, fix) for key in alone])

    def check_search(self, purposes: Iterable[str], together: bool) -> None:
        """Look whether a search can do what is asked.

        Args:
            purposes: the names of what the sweep is made for.
            together: whether the launcher trains all runs together.

        Raises:
            ConfigError: where it cannot.
        """
        fix = "leave it out, or leave hydra/sweeper=optuna out"
        what = "is no search, received hydra/sweeper=optuna"
        found = [Problem(name, what, fix) for name in purposes]
        if self.settle:
            what = "judges runs that are known from the start, received true with a search"
            found.append(Problem("sweep.settle", what, fix))
        if not together:
            what = "trains one run at a time, received hydra/sweeper=optuna with it"
            found.append(Problem("hydra/launcher", what, "leave hydra/launcher out"))
        if found:
            raise ConfigError(found)

    def ended_by(self, outcome: Outcome) -> bool:
        """Whether no other run is to be begun after one that came to this."""
        return self.fail_fast and outcome.state != "done"

    def record(self, command: str, started: str, runs: Sequence[Planned]) -> Sweep:
        """The sweep as `sweep.json` holds it."""
        from ..record import Sweep  # brings pandas

        return Sweep(self.name, command, started, tuple(runs), self.margin, self.stages)
