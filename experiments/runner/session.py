"""What a process holds while Hydra runs: the one object that its plugins and the door share.

Hydra makes callbacks and launchers itself, by class path, and hands nothing from one to the other.
Worker processes of a launcher hold no session.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ArchlabError, Problem, ShortageError
from ..storage.outcome import Outcome
from ..terminal.signals import Leaving
from .endings import Conclusion, message

if TYPE_CHECKING:
    from ..config.multirun import Multirun
    from ..config.schema import Config
    from ..record import Search
    from ..terminal import LiveLine
    from .shards.engine import EngineSettings
    from .sweep import LiveSweep


@dataclass(eq=False)
class Session:
    """What is known of the runs of one command.

    tracebacks: whether a person asked for them. configs: of runs, by number, as far as they were
    checked before any began. asked: what a sweep is to run, sweep: the one that is under way, and
    engine: what carries it, None where this process trains. search: what chooses its runs, if any.
    outcomes: of the runs so far, and of what else ended early. conclusion: of the sweep. opens:
    whether the page is opened at the end, and page: which. quiet: whether nothing is printed of
    results, as who asked for them gets them otherwise. lacking: files of a sweep that the machine
    has no room for, by what is wrong and the fix. leaving: whether a signal has asked for it.
    """

    tracebacks: bool = False
    configs: Sequence[Config] = ()
    asked: Multirun | None = None
    sweep: LiveSweep | None = None
    engine: EngineSettings | None = None
    search: Search | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    conclusion: Conclusion | None = None
    opens: bool = False
    page: Path | None = None
    quiet: bool = False
    leaving: Leaving = field(default_factory=Leaving)
    lacking: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @cached_property
    def line(self) -> LiveLine:
        """The line that says what is going on; importing what draws it takes time."""
        from ..terminal import LiveLine

        return LiveLine()

    def config(self, number: int) -> Config | None:
        """The config of a run where it was checked already."""
        return self.configs[number] if number < len(self.configs) else None

    def attempt(self, run: Callable[[], Outcome]) -> Outcome:
        """What a run comes to; one that fails says so, and the others go on."""
        try:
            outcome = run()
        except ArchlabError as error:
            self.leaving.if_asked()  # it is what came of the signal
            outcome = Outcome.of(error)
            self.tell(error, outcome)
        self.outcomes.append(outcome)
        self.leaving.if_asked()
        return outcome

    def tell(self, error: BaseException, outcome: Outcome) -> None:
        """Print what went wrong on standard error, with the traceback for who asked for it."""
        if self.tracebacks:
            traceback.print_exception(error)
        if self.sweep is not None and isinstance(error, ShortageError):
            for problem in error.problems:
                self.lacking.setdefault((problem.what, problem.fix), []).append(problem.key)
            return
        again = self.sweep.again if self.sweep else ""
        print(message(outcome, again), file=sys.stderr)

    def tell_lacking(self) -> None:
        """Print a line for all files of a sweep that could not be written for the same reason."""
        for (what, fix), (first, *more) in self.lacking.items():
            others = f" and {len(more):,} more" if more else ""
            print(Problem(first + others, what, fix), file=sys.stderr)
        self.lacking.clear()


_current: ContextVar[Session | None] = ContextVar("session", default=None)


@contextmanager
def session(tracebacks: bool, leaving: Leaving | None = None) -> Iterator[Session]:
    """Hold a session while the block runs; `current` finds it."""
    held = Session(tracebacks, leaving=leaving or Leaving())
    token = _current.set(held)
    try:
        yield held
    finally:
        _current.reset(token)
        if "line" in vars(held):
            held.line.close()
        held.tell_lacking()


def current() -> Session | None:
    """The session that is held, None in a worker process."""
    return _current.get()
