"""How large what a config asks for is, counted before anything of it is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.repeats import repeats_of, steps

from ..errors import Problem
from ..text import number
from .schema import Config

MOST_JOBS = 1_000_000
# A year or two on two cores.
MOST_MULTIPLICATIONS = 10**18
# What Python and TensorFlow take by themselves: of memory, and of addresses (`ulimit -v`).
LIBRARIES, ADDRESSES = 900_000_000, 4 * 2**30
# Copies of a network's weights that are in memory at once: so many, and more for each repeat.
# Measured with 20 and 50 layers of 1,000 units and 2 and 8 repeats.
COPIES, COPIES_EACH = 22, 6


@dataclass(frozen=True)
class Size:
    """parameters: of one network. multiplications: of all repeats. bytes: of memory, about."""

    parameters: int
    multiplications: int
    bytes: int


def size_of(config: Config) -> Size:
    """What a run comes to; rows of data from outside count as none, they are not read yet."""
    dataset, model, training = config.dataset, config.model, config.training
    rows = getattr(dataset, "n_samples", 0)
    features = _features(dataset)
    parameters, _ = model.parameters(features)
    train_rows = max(round(rows * (1 - config.split.fraction)), 1)
    repeats = repeats_of(model, training, train_rows, features)
    epochs = training.epochs if model.trained else 0
    batch = min(training.batch_size, train_rows)
    taken = steps(model, training, train_rows) * batch
    multiplications = 3 * parameters * taken * repeats
    weights = 4 * parameters * (COPIES + COPIES_EACH * repeats)
    histories = repeats * (32 * epochs + 16 * (rows + 500))
    return Size(parameters, multiplications, weights + histories + 8 * rows * (features + 20))


def _features(dataset: object) -> int:
    """Columns that the prediction may use."""
    named = getattr(dataset, "features", None)
    if named is None:
        return 1 + bool(getattr(dataset, "bias_column", False))
    return 1 if isinstance(named, str) else len(named)


def problems_of_size(
    configs: Iterable[Config], memory: int | None, addresses: int | None
) -> Iterable[Problem]:
    """What cannot be trained here, told of the largest run.

    Args:
        configs: of runs.
        memory: bytes that there are, None where that is not known.
        addresses: bytes that the process may address (`ulimit -v`), None without a limit.
    """
    if addresses is not None and addresses < ADDRESSES:
        what = f"training takes {_gigabytes(ADDRESSES)} of addresses, TensorFlow most of them"
        yield Problem("ulimit -v", f"{what}, received {_gigabytes(addresses)}", "raise the limit")
        return
    sizes = [(config, size_of(config)) for config in configs]
    room = [memory, None if addresses is None else addresses - ADDRESSES + LIBRARIES]
    most = min((one for one in room if one is not None), default=None)
    if sizes and most is not None:
        config, size = max(sizes, key=lambda pair: pair[1].bytes)
        if size.bytes + LIBRARIES > most:
            yield _too_large(config, size, most)
    if sizes:
        config, size = max(sizes, key=lambda pair: pair[1].multiplications)
        if size.multiplications > MOST_MULTIPLICATIONS:
            yield _too_long(config, size)


def _too_large(config: Config, size: Size, most: int) -> Problem:
    what = (
        f"{config.model.label} with {size.parameters:,} parameters needs some "
        f"{_gigabytes(size.bytes + LIBRARIES)} of memory, and there are {_gigabytes(most)}"
    )
    received = f"received training.repeats={config.training.repeats}"
    return Problem("model", f"{what}, {received}", "take fewer units, layers, rows or repeats")


def _too_long(config: Config, size: Size) -> Problem:
    what = (
        f"{config.model.label} with {size.parameters:,} parameters takes "
        f"{number(float(size.multiplications), 2)} multiplications, and "
        f"{number(float(MOST_MULTIPLICATIONS), 2)} are the most"
    )
    received = f"received training.epochs={config.training.epochs}"
    return Problem("training", f"{what}, {received}", "take fewer epochs, units, layers or repeats")


def _gigabytes(size: int) -> str:
    return f"{number(size / 2**30, 2)} GiB"
