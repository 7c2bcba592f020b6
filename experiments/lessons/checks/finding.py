"""What a check comes to, and the checks that look at one run after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..runs import Case, runs_named


class CheckResult(NamedTuple):
    """What a check came to, and the sentences that say why."""

    held: bool
    messages: tuple[str, ...]


def each_run(cases: Sequence[Case], words: str, look: Callable[[Case], CheckResult]) -> CheckResult:
    """The check of every run that is meant; it holds where it holds for all, and for one at all."""
    found = [look(case) for case in runs_named(cases, words)]
    messages = tuple(sentence for finding in found for sentence in finding.messages)
    held = bool(found) and all(finding.held for finding in found)
    return CheckResult(held, messages or (none_named(words, "a run"),))


def none_named(words: str, what: str) -> str:
    """What a check says that finds no run to look at."""
    return f"The check asks for {what} with {words or 'any config'}: there is none."
