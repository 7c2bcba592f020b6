"""The door: `python run.py [key=value ...]`, with `-m` for a sweep. See `python run.py --help`."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from hydra_plugins.archlab.guard import Guard

scores: list[float] = []


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def train(cfg: DictConfig) -> float:
    """One run. Hydra calls it once for a run and once a job for a sweep; returns the score."""
    from experiments import pipeline
    from experiments.config import from_hydra

    settings = HydraConfig.get()
    overrides = list(settings.overrides.task)
    config = from_hydra(cfg, overrides)
    folder, in_sweep = Path(settings.runtime.output_dir), settings.mode == RunMode.MULTIRUN
    scores.append(pipeline.run(config, folder, overrides, brief=in_sweep))
    return scores[-1]


def main() -> int:
    """Run Hydra, and turn what happened into an exit code and at most a line a problem."""
    traceback_wanted = bool(os.environ.get("HYDRA_FULL_ERROR"))
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises instead of printing and leaving
    code = 0
    try:
        train()
    except (Exception, KeyboardInterrupt) as error:
        from experiments.failures import explain

        if traceback_wanted:
            raise
        code = explain(error, sys.argv[1:], conf=Path(__file__).parent / "conf")
    if Guard.sweep_folder is not None and code != 2:
        from experiments.sweep import conclude

        code = code or conclude(Guard.sweep_folder)
    return code or int(any(map(math.isnan, scores)))


if __name__ == "__main__":
    sys.exit(main())
