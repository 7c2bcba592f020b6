"""Shards go out and answers come home; what is in either is not known here.

An engine starts a function anew only as far as it does so by itself. Beyond that a lost shard goes
out again, which is all that there is here of a protocol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
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
    """A run took its worker down every time, the last time with no other run beside it."""


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
                elif shard.deaths > TRIES:
                    yield shard, WorkerDiedError(f"its worker died each of {shard.deaths} times")
                else:
                    _again(shard, todo, suspects)
    finally:
        post.on_out(0)


class _Lost:
    """What stands for an answer that did not come."""


def _answer(shard: Shard, future: Future[bytes], post: Post[Answer]) -> Answer | _Lost | None:
    try:
        return post.open(shard, future.result())
    except ArchlabError:
        raise
    except (Exception, CancelledError):  # the worker, its node or the network is gone, or junk came
        return _Lost()


def _again(shard: Shard, todo: deque[Shard], suspects: deque[Shard]) -> None:
    """Have a lost shard go out again: whole, in halves, or at last alone."""
    shard = shard._replace(deaths=shard.deaths + 1)
    if shard.deaths < TRIES:
        todo.append(shard)
    elif len(shard.places) > 1:
        todo.extend(half._replace(deaths=TRIES - 1) for half in shard.halves())
    else:
        suspects.append(shard)
