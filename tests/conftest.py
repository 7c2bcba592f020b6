"""Fixtures that several rooms share."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from experiments.config.compose import from_hydra
from experiments.config.schema import Config

ROOT = Path(__file__).parent.parent
# Data of others, which are no part of the project; tests use them where they are.
SHARED = ROOT.parent / "shared" / "data"


def known_file(name: str) -> Path:
    """A file of real data, for tests of known figures; skips the test where it is not there."""
    if not (SHARED / name).is_file():
        pytest.skip(f"the real data are not here: {SHARED / name}")
    return SHARED / name


def stand_in(name: str, folder: Path) -> Path:
    """The real file where it is there, or else one of the same columns, made up."""
    if (SHARED / name).is_file():
        return SHARED / name
    rng = np.random.default_rng(0)
    if name == "tvmarketing.csv":
        tv_N = rng.uniform(0, 300, 200).round(1)
        columns = {"TV": tv_N, "Sales": (7 + 0.05 * tv_N + rng.normal(0, 3, 200)).round(1)}
    else:
        area_N, quality_N = rng.integers(600, 3000, 300), rng.integers(2, 10, 300)
        noise_N = rng.normal(0, 3e4, 300).round()
        price_N = 60 * area_N + 25_000 * quality_N - 5e4 + noise_N
        columns = {"GrLivArea": area_N, "OverallQual": quality_N, "SalePrice": price_N}
    pd.DataFrame(columns).to_csv(folder / name, index=False)
    return folder / name


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Programs that tests compile are none of the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", matplotlib.get_cachedir())  # or fonts would be listed anew
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_token() -> Iterator[None]:
    """Clusters that tests start ask for no token, also where the user's home has one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        yield


@pytest.fixture
def configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Config]]:
    """configured("dataset=cubic", ...) -> the checked config, composed as the command line does.

    Files that a person fetches into data/ are looked for beside the project, or made up.
    """

    def config(*overrides: str) -> Config:
        cfg = compose("config", overrides=[*overrides])
        path = Path(cfg.dataset.get("path") or "")
        if path.parts[:1] == ("data",):
            cfg.dataset.path = str(stand_in(path.name, tmp_path_factory.mktemp("data")))
        return from_hydra(cfg, overrides)

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        yield config


class Ended(NamedTuple):
    """A process that is over."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Ended]]:
    """ask(cwd, arguments, ...) -> how `python run.py` with them ended; see tests/forked.py.

    Everything heavy is imported already, which makes it ten times faster than a process of its own.
    """
    folder = tmp_path_factory.mktemp("forked")
    command = [sys.executable, str(ROOT / "tests" / "forked.py")]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stderr=log, **pipes) as parent,
    ):
        assert parent.stdin
        assert parent.stdout

        def send(cwd: Path, arguments: list[str], **rest: object) -> Ended:
            files = {name: str(folder / name) for name in ("out", "err")}
            request = {"cwd": str(cwd), "arguments": arguments, **files, **rest}
            print(json.dumps(request), file=parent.stdin, flush=True)
            answer = parent.stdout.readline()
            assert answer, (folder / "log").read_text()
            return Ended(int(answer), *(Path(path).read_text() for path in files.values()))

        yield send
