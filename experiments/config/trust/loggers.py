"""`hydra.job_logging` and `hydra.hydra_logging`: logging calls the classes that these name.

A log file's place is looked at too, since a log's lines say what its format says: appended to a
file that a shell reads, they would be commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ...errors import Problem, known_names
from .in_a_run import RUN_FOLDER
from .targets import TRUST

LOGGING_KEYS = ("job_logging", "hydra_logging")
FACTORY, ATTRIBUTES, CLASS_KEY, LOG_FILE = "()", ".", "class", "filename"
CLASSES = (
    "colorlog.ColoredFormatter",
    "logging.FileHandler",
    "logging.Filter",
    "logging.Formatter",
    "logging.NullHandler",
    "logging.StreamHandler",
    "logging.handlers.RotatingFileHandler",
    "logging.handlers.TimedRotatingFileHandler",
    "logging.handlers.WatchedFileHandler",
)
STREAMS = ("ext://sys.stdout", "ext://sys.stderr")
LOOKED_UP = ("ext://", "cfg://")


def of_loggers(hydra: DictConfig) -> Iterator[Problem]:
    """What the logging sections name that is on no list, and files outside of the run's folder."""
    for section in LOGGING_KEYS:
        key = f"hydra.{section}"
        try:
            tree = OmegaConf.to_container(hydra[section], resolve=True)
        except OmegaConfBaseException as error:
            what = f"cannot be resolved ({str(error).splitlines()[0]})"
            yield Problem(key, what, "correct the interpolation")
            continue
        yield from _of_node(tree, key)


def _of_node(node: Any, key: str) -> Iterator[Problem]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _of_entry(value, str(name), f"{key}.{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _of_node(value, f"{key}.{number}")
    elif isinstance(node, str) and node.startswith(LOOKED_UP) and node not in STREAMS:
        yield Problem(key, f"is no stream of ours, received {node!r}", _fix(node, STREAMS))


def _of_entry(value: Any, name: str, key: str) -> Iterator[Problem]:
    if name in (FACTORY, CLASS_KEY) and value not in CLASSES:
        yield Problem(key, f"is no class of ours, received {value!r}", _fix(value, CLASSES))
    elif name == ATTRIBUTES:
        yield Problem(key, f"sets attributes, received {value!r}", TRUST)
    elif name == LOG_FILE and not _is_inside(str(value)):
        fix = "put ${hydra.runtime.output_dir}/ before a plain name"
        yield Problem(key, f"is no file of the run's folder, received {value!r}", f"{fix}; {TRUST}")
    else:
        yield from _of_node(value, key)


def _fix(value: object, known: tuple[str, ...]) -> str:
    return f"{TRUST}; {known_names(value, known)}"


def _is_inside(name: str) -> bool:
    """Whether a log file lies in the run's folder, or as Hydra's own beside where it is started."""
    path = PurePath(name)
    if path.is_relative_to(RUN_FOLDER):
        return ".." not in path.parts
    return path.name == name and path.suffix == ".log"
