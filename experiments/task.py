"""A checked config -> its task, or everything that is wrong with its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from datasets import DATASETS, DataError, Dataset, SplitError
from models import Task
from models import prepare as specs
from models.prepare import Known

from .config.schema import Config
from .errors import ConfigError, Problem


def prepare(
    config: Config, known: Known | None = None, first_repeat: int = 0, count: int | None = None
) -> tuple[Dataset, Task]:
    """The dataset of a config and its task.

    Args:
        config: of the run.
        known: data that are there already; new ones are added.
        first_repeat: see `Task`.
        count: see `Task`.

    Returns:
        The dataset of repeat 0, and the task, which holds what other repeats draw.

    Raises:
        ConfigError: with all that is wrong with the data.
    """
    with _refused(config):
        return specs.make_task(config, known, first_repeat, count)


def refuse_unusable(configs: Iterable[Config]) -> None:
    """Look at data from outside before a run makes its folder.

    Other data are made by the program itself, and there is nothing about them to refuse.

    Raises:
        ConfigError: with everything that is wrong with any of them.
    """
    distinct = {(config.dataset, config.split): config for config in configs}
    problems: dict[Problem, None] = {}
    for config in distinct.values():
        if DATASETS[config.dataset.kind].outside:
            try:
                with _refused(config):
                    specs.rows_of(config, Known())
            except ConfigError as error:
                problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ConfigError(problems)


@contextmanager
def _refused(config: Config) -> Iterator[None]:
    """What datasets say of unusable data, as the problems of a config."""
    try:
        yield
    except DataError as error:
        raise ConfigError([Problem(*one) for one in error.problems]) from None
    except SplitError as error:
        what = f"{error}, received {config.split.fraction!r}"
        raise ConfigError([Problem("split.fraction", what, "change split.fraction")]) from None
