"""Before a search: whether it can be, and whether a folder's search is the same one."""

from __future__ import annotations

import os
from pathlib import Path

from ...config.jobs import Jobs
from ...config.multirun import Multirun
from ...config.search.space import SearchPlan
from ...errors import ConfigError, Problem
from ...record import Search
from ...search import study as studies
from ...search.kept import SEARCH_FILE, read_search
from ...storage import sweep_folder


def begin_search(asked: Multirun, extend: bool) -> Search:
    """The search that is asked for, as it goes on from what the sweep's folder holds.

    Args:
        asked: with its plan.
        extend: whether it may be added to another sweep's runs.

    Raises:
        ConfigError: where it cannot be, before a folder is made.
    """
    plan = asked.plan
    assert plan is not None
    studies.optuna_library()
    studies.check_sampler(plan.settings.sampler)
    fixed = [text for text in Jobs.run_overrides(plan.fixed) if not text.startswith("sweep.")]
    search = Search(plan.space, tuple(fixed), plan.settings.sampler, plan.settings.seed)
    held = read_search(asked.folder)
    if held is not None:
        _check_goes_on(asked.folder, held, search)
    elif not extend and os.path.lexists(asked.folder / SEARCH_FILE):
        what = f"{asked.folder / SEARCH_FILE} is there and cannot be read"
        fix = "the same command with sweep.extend=true makes it anew from the trials that are there"
        raise ConfigError([Problem("sweep.name", what, f"{fix}, or choose another sweep.name")])
    elif not extend and (asked.folder / sweep_folder.SWEEP).exists():
        what = f"{asked.folder} holds a sweep already that is no search"
        fix = "choose another sweep.name, or add to that sweep with sweep.extend=true"
        raise ConfigError([Problem("sweep.name", what, fix)])
    if plan.settings.storage is not None:
        _check_storage(plan, asked.folder, held is None)
    return search if held is None else held


def _check_goes_on(folder: Path, held: Search, asked: Search) -> None:
    """Raise ConfigError where a folder's search is another one than what is asked for."""
    names = {"space": "keys", "fixed": "values", "sampler": "sampler", "seed": "seed"}
    other = [said for name, said in names.items() if getattr(held, name) != getattr(asked, name)]
    if other:
        what = f"{folder} holds another search already: other {', '.join(other)}"
        fix = "choose another sweep.name, or give that search's own command again"
        raise ConfigError([Problem("sweep.name", what, fix)])


def _check_storage(plan: SearchPlan, folder: Path, is_new: bool) -> None:
    """Raise ConfigError where a person's storage cannot be used, or has that study already."""
    name = study_name(plan, folder)
    storage = studies.open_storage(plan.settings.storage, folder)
    if is_new and studies.holds_study(storage, name):
        what = f"is the name of a study that the storage holds already, received {name!r}"
        fix = "choose another one, for example hydra.sweeper.study_name=second"
        raise ConfigError([Problem("hydra.sweeper.study_name", what, fix)])


def study_name(plan: SearchPlan, folder: Path) -> str:
    """The name of the study that a search in a folder is."""
    return plan.settings.study_name or folder.name
