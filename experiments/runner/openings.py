"""Before anything is trained: everything that is asked for is checked, and a sweep's folder held.

What takes time to import is imported when it is clear that it is needed: a refused config answers
at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets.memory import memory
from models.fitters.compilation_cache import PROGRAMS

from ..config import multirun
from ..config.compose import (
    CACHE,
    OPEN,
    from_hydra,
    launcher_section,
    of_the_process,
    purposes,
    run_overrides,
    sweep_settings,
)
from ..config.schema import Config, check_section
from ..config.size import problems_of_size
from ..errors import ConfigError, Problem, known_names
from ..storage import machine
from ..storage.guarded.links import before_writing
from ..storage.user_cache import compiled_programs
from ..task import refuse_unusable
from ..text import count
from .session import Session

if TYPE_CHECKING:
    from .shards.engine import EngineSettings


def check_run(held: Session, cfg: Any) -> None:
    """Check a single run; its config then travels with the session.

    Args:
        held: the session.
        cfg: the composed config, Hydra's own section included.

    Raises:
        ConfigError: with all problems of the config, or of its data from outside.
        LinkError: where a symbolic link lies in the run's folder.
    """
    held.configs = [from_hydra(cfg, run_overrides(cfg.hydra.overrides.task))]
    _refuse_too_large(held.configs, here=True)
    refuse_unusable(held.configs)
    before_writing(Path(cfg.hydra.run.dir))
    _set_process(held, cfg)


def begin_sweep(
    held: Session, cfg: Any, arguments: Sequence[str], choosing: multirun.Choosing, together: bool
) -> None:
    """Check all runs of a sweep that are known, then hold its folder for the session.

    Args:
        held: the session.
        cfg: the composed config of the whole sweep, Hydra's own section included.
        arguments: those of the command line.
        choosing: how the sweeper chooses runs; where it does as it goes, the launcher checks them.
        together: whether the launcher trains all runs together.

    Raises:
        ConfigError: with all problems of the runs, their data, or the sweep itself.
        StorageError: where the folder cannot be held.
    """
    settings, made_for = sweep_settings(cfg), purposes(cfg)
    held.engine = _engine(cfg)
    _set_process(held, cfg)
    if choosing == "search":
        settings.check_search(made_for, together)
    if made_for:
        from .purposes import check_purposes

        made_for = check_purposes(made_for)
    asked = multirun.read_multirun(cfg, choosing)
    _refuse_too_large(asked.configs, here=held.engine is None)
    refuse_unusable(asked.configs)
    settings.check_launcher(together)
    if held.engine is not None and not asked.folder.exists():  # one that is done needs no engine
        held.line.say("looking for the engine")
        held.engine.check()
    if asked.plan is not None:
        from .searching.begin import begin_search

        held.search = begin_search(asked, settings.extend)

    from .sweep import hold

    held.sweep = hold(asked, settings, made_for, arguments, together)
    if held.sweep.others and not settings.extend and not held.quiet:
        held.line.print(
            f"{asked.folder} holds {count(held.sweep.others, 'run')} besides; all are compared"
        )
    held.asked, held.configs = asked, asked.configs


def _refuse_too_large(configs: Sequence[Config], here: bool) -> None:
    """Raise ConfigError for runs that take too long, or, trained here, too much memory."""
    limits = (memory(), machine.addresses()) if here else (None, None)
    problems = [*problems_of_size(configs, *limits)]
    if problems:
        raise ConfigError(problems)


def _engine(cfg: Any) -> EngineSettings | None:
    """What is asked of the engine that carries the sweep; None where this process trains."""
    section = launcher_section(cfg)
    name = section.pop("engine", None)
    if name is None:
        return None
    from .engines import CARRIERS

    if name not in CARRIERS:
        what = f"is no engine, received {name!r}"
        fix = known_names(name, CARRIERS).replace("known:", "choose one by hydra/launcher:")
        raise ConfigError([Problem("hydra.launcher.engine", what, fix)])
    return check_section("hydra.launcher", section, CARRIERS[name])


def _set_process(held: Session, cfg: Any) -> None:
    """What the process is asked for besides its runs."""
    settings = of_the_process(cfg)
    held.opens = settings[OPEN]
    PROGRAMS.use(compiled_programs() if settings[CACHE] else None)
