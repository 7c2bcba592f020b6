"""What goes out to a worker and what comes home, as values that can be pickled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datasets import Dataset
    from models import Fit, Task

    from ...config.schema import Config
    from ...storage.outcome import Outcome


class Order(NamedTuple):
    """A run as it goes out; folder: its name in the sweep's."""

    config: Config
    overrides: Sequence[str]
    dataset: Dataset
    task: Task
    folder: str


class FitOrder(NamedTuple):
    """A task whose fit alone is wanted. members: see `members_per_call` of `models.fit_each`."""

    task: Task
    members: int | None


class Parcel(NamedTuple):
    """A run as it comes back: the files of its folder by their names in it, and what it came to."""

    files: Mapping[str, bytes]
    outcome: Outcome


class Parcels(NamedTuple):
    """What became of a shard, in the order of its places. where: node and process."""

    parcels: Sequence[Parcel | Fit | Exception]
    where: str


class Other(NamedTuple):
    """Nothing was trained, for the worker is another one: what differs, (name, there, asked)."""

    where: str
    differences: Sequence[tuple[str, str, str]]


class NoMemory(NamedTuple):
    """The memory of a worker was not enough; it lives. what: as Python or TensorFlow has it."""

    where: str
    what: str


class Asked(NamedTuple):
    """What goes out with a shard. same: what the worker must have as here, see `differences`.

    mixed: whether it may differ. at: the sweep's folder, which paths in messages name. threads: how
    many TensorFlow is to have, for wide products round by their number.
    """

    orders: Sequence[Order | FitOrder]
    seconds: float
    same: Mapping[str, str]
    mixed: bool
    at: str
    threads: int
