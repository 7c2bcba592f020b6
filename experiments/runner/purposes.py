"""What a sweep may be made for: a lesson that checks itself, a gate on final errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import gates
from ..lessons import checks
from ..lessons.pages import LESSON_PAGE
from ..lessons.spec import check_lesson


@dataclass(frozen=True)
class Purpose:
    """What happens before and after the runs of such a sweep.

    check: the section of the config -> its spec, before anything is trained; raises ConfigError.
    conclude: (sweep folder, spec) -> whether it passed; reads files, and prints. may_diverge: such
    sweeps may be about runs that diverge, which are no failure then. page: the page of its own that
    it writes into the sweep's folder, if any.
    """

    check: Callable[[Any], Any]
    conclude: Callable[[Path, Any], bool]
    may_diverge: bool = False
    page: str = ""


# By the name of the section, which is that of a folder in conf/.
PURPOSES: dict[str, Purpose] = {
    "gate": Purpose(gates.check_gate, gates.conclude_gate),
    "lesson": Purpose(check_lesson, checks.conclude_lesson, True, LESSON_PAGE),
}


def check_purposes(sections: Mapping[str, Any]) -> dict[str, Any]:
    """The checked section of each purpose that a sweep is made for, by its name.

    Raises:
        ConfigError: with all that is wrong with one.
    """
    return {name: PURPOSES[name].check(section) for name, section in sections.items()}
