"""Fixtures that several rooms share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from experiments.checks import Config
from experiments.config import from_hydra

ROOT = Path(__file__).parent.parent


@pytest.fixture
def configured() -> Iterator[Callable[..., Config]]:
    """configured("dataset=cubic", ...) -> the checked config, composed as the command line does."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        yield lambda *overrides: from_hydra(compose("config", overrides=[*overrides]), overrides)
