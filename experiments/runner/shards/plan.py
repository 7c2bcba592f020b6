"""Which runs go out together: shards of one program, about equal in size, the longest first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from models import Task
from models.cost import program, seconds

# What a run takes besides its training, in seconds of one core: its folder.
A_FOLDER = 0.3
# Shards that are out for each worker: one that it has, and one that waits for it.
AHEAD = 2
# About what the files of a run take, and what all that is out may take here when it comes home.
BYTES, MOST_BYTES = 300_000, 2_000_000_000
FEWEST = 8  # runs that a shard may hold all the same


class Shard(NamedTuple):
    """Runs, by their places among all, that a worker trains together.

    seconds: about what they take one core, see `models.cost`. deaths: how many workers died while
    they had them, in this shard or in a larger one. cuts: how often the connection to
    it was lost. alone: whether no other shard is out with it.
    """

    places: tuple[int, ...]
    seconds: float
    deaths: int = 0
    cuts: int = 0
    alone: bool = False

    def halves(self) -> list[Shard]:
        """The same runs in two shards, or in one where there is but one run."""
        middle = len(self.places) // 2
        parts = [part for part in (self.places[:middle], self.places[middle:]) if part]
        share = self.seconds / len(self.places)
        return [self._replace(places=part, seconds=share * len(part)) for part in parts]


def shards(tasks: Sequence[Task], most_seconds: float, workers: int) -> list[Shard]:
    """All tasks in shards.

    A shard holds tasks of one program, so that its worker compiles one, and takes `most_seconds` at
    most, unless a single task takes longer. There are enough to keep all workers busy; with very
    many workers they are small, see `MOST_BYTES`. Those of one program hold the same number of
    tasks, but for the last.
    """
    groups: dict[Hashable, list[int]] = {}
    costs = [seconds(task) + A_FOLDER for task in tasks]
    for place, task in enumerate(tasks):
        groups.setdefault(program(task), []).append(place)
    share = min(most_seconds, sum(costs) / max(workers, 1))
    most = max(FEWEST, MOST_BYTES // (BYTES * AHEAD * max(workers, 1)))
    found: list[Shard] = []
    for places in groups.values():
        places.sort(key=lambda place: -costs[place])
        shares = max(sum(costs[place] for place in places) / share, len(places) / most)
        parts = _how_many(shares, len(places))
        # Dealt out one by one, so that each part gets long and short ones.
        for first in range(parts):
            part = places[first::parts]
            found.append(Shard(tuple(part), sum(costs[place] for place in part)))
    return sorted(found, key=lambda shard: -shard.seconds)


def _how_many(shares: float, tasks: int) -> int:
    """How many parts make none larger than a share."""
    return max(1, min(tasks, -int(-shares // 1)))
