"""What is wrong with data from outside, in words that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Wrong(NamedTuple):
    """One thing that is wrong: where (a key, or file:line:column), what, and how to mend it."""

    where: str
    what: str
    fix: str


class DataError(Exception):
    """Data that cannot be used, with everything that is wrong with them."""

    def __init__(self, problems: Iterable[Wrong]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)  # so that it can be pickled

    def __str__(self) -> str:
        return "\n".join(f"{where}: {what}; {fix}" for where, what, fix in self.problems)
