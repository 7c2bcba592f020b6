"""Engines as choices of the launcher."""

from __future__ import annotations

import pytest
from hydra import compose, initialize_config_dir

from experiments.runner.engines import CARRIERS
from experiments.runner.shards.engine import Engine
from tests.conftest import ROOT


def launcher(*words):
    """The launcher's section of a composed config."""
    with initialize_config_dir(str(ROOT / "conf"), version_base=None):
        return compose("config", list(words), return_hydra_config=True).hydra.launcher


@pytest.mark.parametrize("engine", CARRIERS)
def test_an_engine_is_a_choice_with_its_defaults(engine):
    section = launcher(f"hydra/launcher={engine}", "hydra.launcher.workers=3")
    assert section.engine == engine
    assert (section.workers, section.seconds, section.mixed) == (3, 60, "refuse")


def test_workers_that_are_asked_of_an_engine_that_was_there_are_told_to_be_its_own():
    engine = Engine(None, lambda: 1, name="Dask", address="tcp://head:8786")
    assert engine.connected(None) == "connected to Dask at tcp://head:8786: 1 worker"
    line = "1 worker; hydra.launcher.workers=4 is for an engine without an address"
    assert engine.connected(4).endswith(line)


def test_what_an_engine_passes_on_takes_any_key_and_nothing_else_does():
    section = launcher("hydra/launcher=submitit", "hydra.launcher.parameters.slurm_partition=cpu")
    assert section.parameters == {"slurm_partition": "cpu"}
    with pytest.raises(Exception, match="workres"):
        launcher("hydra/launcher=submitit", "hydra.launcher.workres=3")
