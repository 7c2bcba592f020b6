"""A Hydra callback that refuses a bad config before a folder is made, and begins a sweep.

Hydra imports every module under `hydra_plugins` at each start, tab completion included, so what
takes time is imported on use.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hydra.core.global_hydra import GlobalHydra
from hydra.experimental.callback import Callback
from hydra.utils import get_class
from omegaconf import DictConfig

from experiments import ctrl_c
from experiments.runner.endings import exit_code
from experiments.runner.session import Session, current

if TYPE_CHECKING:
    from experiments.config.multirun import Choosing


class ArchlabCallback(Callback):
    """Called by Hydra before runs and sweeps."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check a single run."""
        from experiments.runner.openings import check_run

        _or_leave(lambda held: check_run(held, config))

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a sweep that is known, then hold its folder."""
        _or_leave(lambda held: _begin_sweep(held, config))


def _begin_sweep(held: Session, config: DictConfig) -> None:
    from experiments.config.hydra_private import is_basic_sweeper
    from experiments.runner.openings import begin_sweep

    from .launcher import StackedLauncher
    from .optuna_sweeper import OptunaSweeper
    from .sweeper import GridSweeper

    sweeper = get_class(config.hydra.sweeper._target_)
    choosing: Choosing = "search" if issubclass(sweeper, OptunaSweeper) else "otherwise"
    if issubclass(sweeper, GridSweeper) or is_basic_sweeper(sweeper):
        choosing = "grid"
    together = issubclass(get_class(config.hydra.launcher._target_), StackedLauncher)
    begin_sweep(held, config, sys.argv[1:], choosing, together)


def _or_leave(begin: Callable[[Session], None]) -> None:
    """Begin, or leave: Hydra warns of a callback's exception and goes on, but not of SystemExit."""
    held = current()
    assert held is not None
    held.line.say("checking the config")
    try:
        begin(held)
    except Exception as error:
        if ctrl_c.is_interrupt(error):
            raise KeyboardInterrupt from error
        from experiments.config.explain import explain

        GlobalHydra.instance().clear()  # Hydra is done; explaining composes anew
        outcome = explain(error, sys.argv[1:])
        held.line.clear()
        held.tell(error, outcome)
        raise SystemExit(exit_code([outcome])) from error
