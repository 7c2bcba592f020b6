"""The door: `python run.py [key=value ...]`, with `-m` for a sweep. See `python run.py --help`."""

from __future__ import annotations

import logging
import math
import os
import signal
import sys
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from experiments.config import resolvers  # noqa: F401, registered before Hydra composes
from experiments.runner.session import session

if TYPE_CHECKING:
    from experiments.runner.run import Trained

full_error = os.environ.get("HYDRA_FULL_ERROR") == "1"
codes: list[int] = []


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def train(cfg: DictConfig, trained: Trained | None = None) -> float:
    """One run. Hydra calls it once for a run and once a job for a sweep; returns the score.

    A run that fails says so and scores nan: the other runs of a sweep go on. `trained` is the run's
    training where the launcher has seen to it already.
    """
    from experiments.config.compose import as_written, from_hydra, without_purpose
    from experiments.errors import ArchlabError
    from experiments.runner import run

    settings = HydraConfig.get()
    overrides = as_written(settings.overrides.task)
    folder, in_sweep = Path(settings.runtime.output_dir), settings.mode == RunMode.MULTIRUN
    try:
        config = from_hydra(cfg, overrides)
        outcome = run.run(config, folder, without_purpose(overrides), in_sweep, trained)
    except ArchlabError as error:
        show(error)
        print(error, file=sys.stderr)
        codes.append(error.exit_code)
        return math.nan
    # Of a sweep, `conclude` judges the states of all runs: some are about runs that diverge.
    codes.append(0 if outcome.state == "done" or in_sweep else 1)
    return outcome.score


def show(error: BaseException) -> None:
    """The traceback, for who asked for it."""
    if full_error:
        traceback.print_exception(error)


def terminate(*_: object) -> None:
    """SIGTERM ends a run as Ctrl-C does, with the exit code that shells give it."""
    raise SystemExit(128 + signal.SIGTERM)


def main() -> int:
    """Run Hydra, and turn what happened into an exit code and at most a line a problem."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises instead of printing and leaving
    logging.raiseExceptions = False  # a closed terminal is no reason to fail
    signal.signal(signal.SIGTERM, terminate)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115, closed by who called
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    with session() as held:
        explained(train)
        if (sweep := held.sweep) is not None:
            from experiments.runner.sweep import conclude

            explained(lambda: codes.append(conclude(sweep)))
    return max(codes, default=0)


def explained(what: Callable[[], object]) -> None:
    """Do it; whatever ends it becomes an exit code and at most a line a problem."""
    try:
        what()
    except (Exception, KeyboardInterrupt) as error:
        from experiments.config.explain import explain

        show(error)
        codes.append(explain(error, sys.argv[1:], Path(__file__).parent / "conf"))


if __name__ == "__main__":
    sys.exit(main())
