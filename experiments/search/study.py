"""A search as a study of Optuna's: opened, asked for trials, told what they came to.

What a trial chooses follows from the seed, its number and the trials that were told before it was
asked for: a sampler is made anew for each. So a search that was stopped goes on as if it had not
been, and one whose study was lost chooses the same trials once more.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArchlabError, ConfigError, Problem, StorageError
from ..record import Dimension, Search, Trial
from ..storage.guarded.content import open_file

STORAGE = "hydra.sweeper.storage"
JOURNAL = "optuna.log"  # of the study, in the sweep's folder
BEGINS = b'{"op_code":'  # as each of its lines does

FEWEST_TRIALS = 10  # trials that are done, for an importance


class Sampler(NamedTuple):
    """A sampler of Optuna's: its class, what it is made with, and the package that it needs."""

    name: str
    settings: Mapping[str, Any]
    package: str = ""


SAMPLERS = {
    "tpe": Sampler("TPESampler", {"constant_liar": True}),  # else a batch would huddle
    "random": Sampler("RandomSampler", {}),
    "gp": Sampler("GPSampler", {}, "torch"),
    "cmaes": Sampler("CmaEsSampler", {}, "cmaes"),
}


def optuna_library() -> Any:
    """Optuna, silent; raises ConfigError where it is not installed."""
    try:
        optuna = import_module("optuna")
    except ImportError as error:
        what = f"needs the library optuna, which is not installed ({error})"
        fix = "install it: python -m pip install 'optuna>=4.5'"
        raise ConfigError([Problem("hydra/sweeper=optuna", what, fix)]) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def check_sampler(name: str) -> None:
    """Raise ConfigError where a sampler's package is missing."""
    package = SAMPLERS[name].package
    if package and find_spec(package) is None:
        what = f"needs the library {package}, which is not installed, received {name!r}"
        fix = f"install it: python -m pip install {package}; or choose hydra.sweeper.sampler=tpe"
        raise ConfigError([Problem("hydra.sweeper.sampler", what, fix)])


def open_storage(where: str | None, folder: Path) -> Any:
    """What keeps a study: the journal in a sweep's folder, or a database by its address.

    Raises:
        ConfigError: where there is no such database.
        StorageError, DamagedError: where the journal cannot be read, or is no file.
    """
    storages = optuna_library().storages
    if where is not None:
        try:
            with warnings.catch_warnings(action="ignore"):  # of settings that a driver passes over
                storage = storages.RDBStorage(where)
            storage.get_all_studies()  # tables of others are found only by looking
            return storage
        except Exception as error:  # SQLAlchemy and the drivers have their own
            what = _without_password(f"cannot be opened ({_first_words(error)})", where)
            fix = "for example hydra.sweeper.storage=sqlite:///search.db, or leave it out"
            raise ConfigError([Problem(STORAGE, what, fix)]) from None
    journal = storages.journal
    path = folder / JOURNAL
    # Who holds the sweep's folder is alone: a lock was left by a process that was killed.
    try:
        if os.path.lexists(path):  # Optuna would wait for a pipe, and follow a link
            os.close(open_file(path)[0])
            _drop_half_a_line(path)
        path.with_name(f"{JOURNAL}.lock").unlink(missing_ok=True)
        backend = journal.JournalFileBackend(str(path), journal.JournalFileOpenLock(str(path)))
        return storages.JournalStorage(backend)
    except ArchlabError:
        raise
    except OSError as error:
        raise StorageError.of(error, path) from error
    except Exception as error:  # of lines of others Optuna raises whatever they come to
        fix = "remove it: the same trials are chosen once more, and what is trained is kept"
        what = f"cannot be read ({_first_words(error)})"
        raise StorageError([Problem(str(path), what, fix)]) from None


def _drop_half_a_line(path: Path) -> None:
    """Drop what a process that was killed had half written: Optuna reads nothing after it."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    half = content[whole:]
    if half and half[: len(BEGINS)] == BEGINS[: len(half)]:
        with path.open("rb+") as file:
            file.truncate(whole)


@contextmanager
def failures_told(where: str | None) -> Iterator[None]:
    """In the block a database that fails, or is locked, is a StorageError."""
    try:
        yield
    except optuna_library().exceptions.StorageInternalError as error:
        what = _without_password(f"failed ({_first_words(error)})", where or JOURNAL)
        fix = "once it can be written the same command goes on; what is trained is kept"
        raise StorageError([Problem(STORAGE, what, fix)]) from error


def _without_password(what: str, where: str) -> str:
    """What is wrong with an address, and that address, both without the password in it."""
    found = re.search(r"://[^:@]*:(.+)@", where)
    secrets = [found[1]] if found else []
    secrets += re.findall(r"(?i)[?&](?:password|passwd|pwd)=([^&]+)", where)
    for secret in secrets:
        what, where = what.replace(secret, "***"), where.replace(secret, "***")
    return f"{what}, received {where!r}"


def _first_words(error: Exception) -> str:
    error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def holds_study(storage: Any, name: str) -> bool:
    """Whether a storage has a study of that name."""
    return any(one.study_name == name for one in storage.get_all_studies())


def open_study(storage: Any, name: str) -> Any:
    """The study of a search, which may have trials already."""
    optuna = optuna_library()
    if holds_study(storage, name):  # or the journal would grow
        return optuna.load_study(study_name=name, storage=storage)
    return optuna.create_study(study_name=name, storage=storage, direction="minimize")


def next_batch(study: Any, search: Search, n_trials: int, size: int) -> list[Trial]:
    """The trials to train next: those that were asked for and never told, and new ones.

    A batch ends where a multiple of its size does, whenever it was begun.
    """
    found = trials_of(study, search)
    open_ones = [trial for trial in found if trial.state == "asked"]
    end = -(-(len(found) + (not open_ones)) // size) * size
    asked = [_ask(study, search) for _ in range(len(found), min(end, n_trials))]
    return [*open_ones, *asked]


def _ask(study: Any, search: Search) -> Trial:
    optuna = optuna_library()
    number = len(study.get_trials(deepcopy=False))
    of = SAMPLERS[search.sampler]
    seed = int(np.random.SeedSequence([search.seed, number]).generate_state(1)[0])
    study.sampler = getattr(optuna.samplers, of.name)(seed=seed, **of.settings)
    trial = study.ask({one.key: _distribution(one) for one in search.space})
    return Trial(trial.number, _values(search.space, trial.params))


def _distribution(one: Dimension) -> Any:
    distributions = optuna_library().distributions
    if one.choices:
        return distributions.CategoricalDistribution(list(one.choices))
    if one.whole:
        step = int(one.step or 1)
        return distributions.IntDistribution(int(one.low), int(one.high), log=one.log, step=step)
    return distributions.FloatDistribution(one.low, one.high, log=one.log, step=one.step)


def _values(space: Sequence[Dimension], params: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are trained: of intervals with four digits, of steps without 1e-17 beside."""
    return {one.key: _short(one, params[one.key]) for one in space}


def _short(one: Dimension, value: Any) -> Any:
    if type(value) is not float:
        return value
    short = float(f"{value:.4g}" if one.step is None else f"{value:.12g}")
    return short if one.low <= short <= one.high else value


def tell(study: Any, trial: Trial) -> None:
    """Tell what a trial came to; one that diverged counts as worse than all that did not."""
    state, number = optuna_library().trial.TrialState, trial.number
    if trial.state == "done":
        study.tell(number, trial.value)
    else:
        study.tell(number, state=state.PRUNED if trial.state == "diverged" else state.FAIL)


def trials_of(study: Any, search: Search) -> list[Trial]:
    """All trials of a study, in the order of their numbers.

    One that a killed process had half asked for is none: it is told to have failed.
    """
    state = optuna_library().trial.TrialState
    keys = {one.key for one in search.space}
    states = {state.COMPLETE: "done", state.PRUNED: "diverged", state.FAIL: "failed"}
    found = []
    for one in study.get_trials(deepcopy=False):
        if set(one.params) == keys:
            params = _values(search.space, one.params)
            found.append(Trial(one.number, params, states.get(one.state, "asked"), one.value))
        elif not one.state.is_finished():
            study.tell(one.number, state=state.FAIL)
    return found


def importances(study: Any) -> dict[str, float]:
    """The importance of each key for the logarithm of the error, by Optuna's own fANOVA.

    Empty where too few trials are done to know, or all came to one error.
    """
    optuna = optuna_library()
    values = [one.value for one in study.get_trials(deepcopy=False) if one.value is not None]
    if len(values) < FEWEST_TRIALS or len(set(values)) < 2:
        return {}
    found = optuna.importance.get_param_importances(
        study,
        evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0),
        target=lambda trial: float(np.log(max(trial.value, 1e-300))),
    )
    return {key: float(share) for key, share in found.items()}
