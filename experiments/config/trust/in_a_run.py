"""A composed config as a run will see it: what only a run knows has a stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict, read_write

RUN_FOLDER = "/the run's folder"
UNKNOWN_YET = {"runtime.output_dir": RUN_FOLDER, "job.num": 0, "job.id": "0"}


@contextmanager
def as_in_a_run(hydra: DictConfig) -> Iterator[None]:
    """What is only known once a run has begun stands there meanwhile."""
    missing = [key for key in UNKNOWN_YET if OmegaConf.is_missing(*_missing_at(hydra, key))]
    with read_write(hydra), open_dict(hydra):
        for key in missing:
            OmegaConf.update(hydra, key, UNKNOWN_YET[key])
        try:
            yield
        finally:
            for key in missing:
                OmegaConf.update(hydra, key, "???")


def _missing_at(hydra: DictConfig, key: str) -> tuple[Any, str]:
    section, _, name = key.partition(".")
    return hydra[section], name
