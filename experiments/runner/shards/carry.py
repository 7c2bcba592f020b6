"""Shards go out and answers come home; what is in either is not known here.

An engine starts a function anew only as far as it does so by itself. Beyond that a lost shard goes
out again, which is all that there is here of a protocol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ...errors import ArchlabError
from .engine import Engine
from .plan import AHEAD, Shard

# As often a shard goes out before it is split, for its workers died.
TRIES = 3
A_LOOK = 0.2  # seconds after which is looked whether to stop

Answer = TypeVar("Answer")
Read_co = TypeVar("Read_co", covariant=True)


class WorkerDiedError(Exception):
    """A run took its worker down every time, or its memory was not enough.

    The last time no other run was beside it.
    """


class Post(Protocol[Read_co]):
    """Knows what is in shards and answers."""

    def send(self, shard: Shard) -> Future[bytes]:
        """Hand a shard to the engine."""

    def open(self, shard: Shard, answer: bytes) -> Read_co | None:
        """What came back of a shard; None to send it once more.

        Raises:
            ArchlabError: for what ends the sweep.
            Exception: for junk.
        """

    def stopping(self) -> bool:
        """Whether no more shards are to go out; those that are out still come home."""

    def on_out(self, out: int) -> None:
        """So many are out."""


def carry(
    engine: Engine, shards: Sequence[Shard], post: Post[Answer]
) -> Iterator[tuple[Shard, Answer | WorkerDiedError]]:
    """Each shard with its answer, as they come; shards that were split come in parts.

    Args:
        engine: is up; what is still out where this ends early is for it to drop.
        shards: in the order in which they go out.
        post: sends them and opens what comes back.

    Raises:
        EngineLostError: where a shard's connection was lost again and again.
    """
    todo, suspects = deque(shards), deque[Shard]()
    out: dict[Future[bytes], Shard] = {}
    try:
        while todo or suspects or out:
            if post.stopping():
                todo.clear()
                suspects.clear()
            while todo and len(out) < AHEAD * max(1, engine.workers()):
                shard = todo.popleft()
                out[post.send(shard)] = shard
            if suspects and not out:  # alone, so that no other one can be to blame
                shard = suspects.popleft()
                out[post.send(shard)] = shard
            post.on_out(len(out))
            done, _ = wait(out, timeout=A_LOOK, return_when=FIRST_COMPLETED)
            while done:
                future = done.pop()
                shard = out.pop(future)
                answer = _answer(shard, future, post)
                del future  # or it would hold the bytes while the answer is written
                if answer is None:
                    out[post.send(shard)] = shard
                elif not isinstance(answer, _Lost):
                    yield shard, answer
                elif isinstance(answer.error, ConnectionError):
                    if shard.cuts == TRIES:
                        raise engine.lost(answer.error)
                    todo.append(shard._replace(cuts=shard.cuts + 1))
                elif blamed := _again(shard, answer, todo, suspects):
                    yield shard, blamed
    finally:
        post.on_out(0)


@dataclass(frozen=True)
class _Lost:
    """What stands for an answer that did not come. error: what the engine says of it."""

    error: BaseException

    @property
    def no_memory(self) -> bool:
        """Whether its worker lives, and had too little memory."""
        return isinstance(self.error, MemoryError)


def _answer(shard: Shard, future: Future[bytes], post: Post[Answer]) -> Answer | _Lost | None:
    try:
        content = future.result()
    except (Exception, CancelledError) as error:  # the worker, its node or the network is gone
        return _Lost(error)
    try:
        return post.open(shard, content)
    except ArchlabError:
        raise
    except Exception as error:  # junk came
        return _Lost(error)


def _again(
    shard: Shard, lost: _Lost, todo: deque[Shard], suspects: deque[Shard]
) -> WorkerDiedError | None:
    """Have a lost shard go out again: whole, in halves or at last alone; or say why not."""
    if shard.deaths > TRIES or (shard.alone and lost.no_memory):
        return _blamed(shard, lost)
    deaths = max(TRIES, shard.deaths) if lost.no_memory else shard.deaths + 1
    shard = shard._replace(deaths=deaths)
    if shard.deaths < TRIES:
        todo.append(shard)
    elif len(shard.places) > 1:
        todo.extend(half._replace(deaths=TRIES - 1) for half in shard.halves())
    else:
        suspects.append(shard._replace(alone=True))
    return None


def _blamed(shard: Shard, lost: _Lost) -> WorkerDiedError:
    if lost.no_memory:
        return WorkerDiedError(f"the memory of its worker is not enough, alone: {lost.error}")
    return WorkerDiedError(f"its worker died each of {shard.deaths} times")
