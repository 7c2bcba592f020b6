"""Shards over executors that lose them: all come home but the run that is to blame."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from experiments.errors import ConfigError, Problem
from experiments.runner.shards.carry import TRIES, WorkerDiedError, carry
from experiments.runner.shards.engine import Engine, EngineLostError
from experiments.runner.shards.plan import AHEAD, Shard


class Office:
    """A post whose engine answers when it is looked at; `lost` says which shards it loses.

    together: whether all that is out is lost with a shard, as where a pool breaks as a whole.
    """

    def __init__(self, workers=2, lost=lambda places: False, together=False):
        self.workers, self.lost, self.together = workers, lost, together
        self.engine = Engine(None, lambda: workers)
        self.out: list[tuple[Shard, Future[bytes]]] = []
        self.sent: list[tuple[int, ...]] = []
        self.most = self.looks = 0
        self.error: Exception = RuntimeError("the worker died")
        self.stop_after = None
        self.opened = lambda shard, answer: answer

    def send(self, shard):
        self.sent.append(shard.places)
        future: Future[bytes] = Future()
        self.out.append((shard, future))
        self.most = max(self.most, len(self.out))
        return future

    def on_out(self, out):
        """The engine works: what it has begun first is done, or lost."""
        if not out:
            return
        running = self.out[: self.workers]
        if any(self.lost(shard.places) for shard, _ in running):
            gone = self.out if self.together else [o for o in running if self.lost(o[0].places)]
            for _, future in gone:
                future.set_exception(self.error)
            self.out = [one for one in self.out if one not in gone]
            return
        shard, future = self.out.pop(0)
        future.set_result(repr(shard.places).encode())

    def open(self, shard, answer):
        return self.opened(shard, answer)

    def stopping(self):
        self.looks += 1
        return self.stop_after is not None and self.looks > self.stop_after


def shards_of(*sizes):
    numbers = iter(range(1000))
    return [Shard(tuple(next(numbers) for _ in range(size)), float(size)) for size in sizes]


def carried(office, shards):
    """By run, what became of it."""
    found = {}
    for shard, answer in carry(office.engine, shards, office):
        for place in shard.places:
            assert place not in found
            found[place] = answer
    return found


def test_every_shard_comes_home_and_few_are_out_at_once():
    office = Office(workers=3)
    found = carried(office, shards_of(*[4] * 20))
    assert sorted(found) == list(range(80))
    assert not any(isinstance(answer, Exception) for answer in found.values())
    assert office.most == 3 * AHEAD
    assert len(office.sent) == 20


@pytest.mark.parametrize("together", [False, True], ids=["one dies", "all die with it"])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_run_that_kills_its_worker_is_found_and_no_other_is_blamed(workers, together):
    office = Office(workers, lambda places: 13 in places, together)
    found = carried(office, shards_of(8, 8, 1, 1, 1))
    assert {place for place, one in found.items() if isinstance(one, WorkerDiedError)} == {13}
    assert sorted(found) == list(range(19))
    assert office.sent[:-1].count((13,)) >= 1
    assert office.sent.count((8, 9, 10, 11, 12, 13, 14, 15)) == TRIES


def test_several_killers_are_found():
    office = Office(2, lambda places: {3, 4, 9} & {*places}, together=True)
    found = carried(office, shards_of(6, 6))
    assert {place for place, one in found.items() if isinstance(one, WorkerDiedError)} == {3, 4, 9}


def test_a_worker_that_dies_once_costs_nothing():
    office = Office(1)
    office.lost = lambda places: places == (0, 1) and office.sent.count(places) == 1
    found = carried(office, shards_of(2, 2))
    assert not any(isinstance(answer, Exception) for answer in found.values())
    assert office.sent.count((0, 1)) == 2


def test_junk_is_lost_like_a_worker():
    office = Office(1)
    answers = iter([ValueError("junk"), None])

    def opened(shard, answer):
        error = next(answers, None)
        if error:
            raise error
        return answer

    office.opened = opened
    assert list(carried(office, shards_of(1))) == [0]
    assert office.sent == [(0,), (0,)]


def test_a_worker_may_ask_for_more_without_being_blamed():
    office = Office(1)
    asked = iter([None] * 7)
    office.opened = lambda shard, answer: next(asked, answer)
    assert not isinstance(carried(office, shards_of(1))[0], Exception)
    assert len(office.sent) == 8


def test_after_a_stop_what_is_out_comes_home():
    office = Office(workers=2)
    office.stop_after = 1
    found = carried(office, shards_of(*[1] * 10))
    assert sorted(found) == [0, 1, 2, 3]
    assert len(office.sent) == 4


def test_what_ends_the_sweep_sends_no_more():
    office = Office(workers=2)

    def opened(shard, answer):
        raise ConfigError([Problem("hydra.launcher.mixed", "differs", "install the same")])

    office.opened = opened
    with pytest.raises(ConfigError, match="install the same"):
        carried(office, shards_of(*[1] * 10))
    assert len(office.sent) == 4


def test_a_shard_that_is_too_large_for_the_memory_is_split_at_once():
    office = Office(lost=lambda places: len(places) > 2)
    office.error = MemoryError("node7:12: MemoryError")
    found = carried(office, shards_of(8, 1))
    assert sorted(found) == list(range(9))
    assert not any(isinstance(answer, Exception) for answer in found.values())
    assert [len(places) for places in office.sent].count(8) == 1


def test_a_run_that_is_too_large_by_itself_is_told_with_the_reason():
    office = Office(lost=lambda places: 3 in places)
    office.error = MemoryError("node7:12: MemoryError")
    found = carried(office, shards_of(4, 4))
    blamed = {place: str(one) for place, one in found.items() if isinstance(one, Exception)}
    assert blamed == {3: "the memory of its worker is not enough, alone: node7:12: MemoryError"}
    assert office.sent.count((3,)) == 2
    assert office.sent[-1] == (3,)


def test_a_connection_that_is_lost_now_and_then_is_no_runs_fault():
    cut = iter([True, False] * TRIES)
    office = Office(workers=1, lost=lambda places: len(places) > 1 and next(cut, False))
    office.error = ConnectionError("scheduler-connection-lost")
    found = carried(office, shards_of(3, 1))
    assert sorted(found) == [0, 1, 2, 3]
    assert not any(isinstance(answer, Exception) for answer in found.values())
    assert set(office.sent) == {(0, 1, 2), (3,)}


def test_a_connection_that_is_lost_every_time_ends_the_sweep_and_blames_no_run():
    office = Office(lost=lambda places: True)
    office.error = ConnectionError("nobody there")
    with pytest.raises(EngineLostError, match="ConnectionError: nobody there"):
        carried(office, shards_of(2, 2))
