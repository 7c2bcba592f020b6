"""What an engine is: an executor of the standard library's kind, and who stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT

from ...errors import ArchlabError, Problem
from ...text import count


class Submits(Protocol):
    """The one method of `concurrent.futures.Executor` that is asked of an engine."""

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        """Start a function somewhere, or have it wait there for its turn.

        The future raises what shows that its worker is gone. It is the engine's affair where a
        function runs, and that a new worker takes the place of a dead one.
        """


class EngineLostError(ArchlabError):
    """The engine itself is gone, its scheduler or head above all; no run is to blame."""


class Engine(NamedTuple):
    """An engine that is up.

    executor: takes functions. workers: how many of them can run at once now. anew: whether each
    function has a new process. busy: whether any worker has something to do. name: as people know
    it. address: where it is, None of what this process started. restart: what to do where it is
    gone.

    `workers` and `busy` may block, or raise anything, where the engine is gone.
    """

    executor: Submits
    workers: Callable[[], int]
    anew: bool = False
    busy: Callable[[], bool] = lambda: True
    name: str = "engine"
    address: str | None = None
    restart: str = ""

    @property
    def called(self) -> str:
        """Its name and where it is."""
        return f"{self.name} at {self.address}" if self.address else f"{self.name} on this machine"

    def connected(self, asked: int | None) -> str:
        """What is told of an engine that was there before; it has its workers, not those asked."""
        words = f"connected to {self.called}: {count(self.workers(), 'worker')}"
        if asked is None:
            return words
        return f"{words}; hydra.launcher.workers={asked} is for an engine without an address"

    def lost(self, what: BaseException | str) -> EngineLostError:
        """What ends a sweep whose engine is gone; an exception is told by its first line."""
        if isinstance(what, BaseException):
            first, *_ = [*str(what).strip().splitlines(), ""]
            what = f"is gone ({type(what).__name__}{': ' * bool(first)}{first[:200]})"
        again = "give the same command: what came home is kept"
        fix = ", then ".join(filter(None, (self.restart, again)))
        return EngineLostError([Problem(self.called, what, fix)])


@dataclass(frozen=True, config=STRICT)
class EngineSettings:
    """What `hydra.launcher` sets of every engine. An engine's own class adds what it takes itself.

    seconds: about how long a worker is to have a shard. workers: how many there are to be; as the
    engine has them without. mixed: what becomes of workers with another Python, other libraries or
    another processor.
    """

    seconds: Annotated[float, Field(gt=0, le=86_400, examples=[60.0])] = 60.0
    workers: Annotated[int | None, Field(ge=1, le=100_000, examples=[4])] = None
    mixed: Annotated[Literal["refuse", "allow"], Field(examples=["allow"])] = "refuse"

    def check(self) -> None:
        """See in some seconds whether the engine can be used, before a sweep has a folder.

        Raises:
            ConfigError: where it cannot be: a library is missing, or nobody answers.
        """

    def start(self) -> AbstractContextManager[Engine]:
        """Bring the engine up; when it is left it drops what is still out.

        Ctrl-C is for this process alone, not for the workers that it starts.

        Raises:
            ConfigError: where it cannot be: a library is missing, or nobody answers.
        """
        raise NotImplementedError
