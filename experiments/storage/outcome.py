"""What a run came to, as a value: its folder says it, launchers pass it on, exit codes follow."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ArchlabError, Problem

# States of a run that has all its results.
FINISHED = ("done", "diverged")


@dataclass(frozen=True)
class Outcome:
    """What a run came to, or the program where no run of it did.

    state: how it ended, a key of `errors.EXIT_CODES`. score: the mean val/mse, or the mean
    train/mse where no row validates; None of what is not done. problems: what a person can mend.
    """

    state: str
    score: float | None = None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, error: ArchlabError) -> Outcome:
        """What an expected failure ends with."""
        return cls(error.state, None, error.problems)
