"""The latest few of what takes long to make, by all that they depend on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """At most so many; those that were asked for last stay."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._made: dict[Hashable, Made] = {}

    def of(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for a key, or is made now."""
        found = self._made.pop(key) if key in self._made else make()
        while len(self._made) >= self.most:
            del self._made[next(iter(self._made))]
        self._made[key] = found
        return found

    def forget(self) -> bool:
        """Keep none of them; returns whether there were any."""
        known = bool(self._made)
        self._made.clear()
        return known

    def __iter__(self) -> Iterator[Made]:
        return iter(self._made.values())

    def __len__(self) -> int:
        return len(self._made)
