"""A Hydra callback: refuses a bad config before a folder is made, and remembers a sweep's folder.

Hydra imports every module under `hydra_plugins` at each start, tab completion included, so what
takes time is imported on use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf


class Guard(Callback):
    """Called by Hydra around runs and sweeps.

    Hydra turns an exception of a callback into a warning, but lets SystemExit pass: a refusal
    prints its lines and leaves with the exit code itself.
    """

    sweep_folder: Path | None = None

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check a single run."""
        from experiments.config import from_hydra
        from experiments.errors import ConfigError

        try:
            from_hydra(config, config.hydra.overrides.task)
        except ConfigError as error:
            _refuse(error)

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a sweep; other sweepers than Hydra's basic one choose jobs later."""
        from hydra import compose
        from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
        from hydra.core.override_parser.overrides_parser import OverridesParser

        from experiments.config import check_jobs
        from experiments.errors import ConfigError

        if str(config.hydra.sweeper._target_).endswith(".BasicSweeper"):
            parameters = OmegaConf.to_container(config.hydra.sweeper.params or OmegaConf.create())
            assert isinstance(parameters, dict)
            texts = [f"{key!s}={value}" for key, value in parameters.items()]
            texts += config.hydra.overrides.task
            overrides = OverridesParser.create().parse_overrides(texts)
            (jobs,) = BasicSweeper.split_arguments(overrides, max_batch_size=None)
            try:
                check_jobs(lambda job: compose(kwargs["config_name"], overrides=job), jobs)
            except ConfigError as error:
                _refuse(error)
        Guard.sweep_folder = Path(config.hydra.sweep.dir)


def _refuse(error: Exception) -> None:
    print(error, file=sys.stderr)
    raise SystemExit(2)
