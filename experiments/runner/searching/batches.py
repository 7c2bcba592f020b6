"""A search in place of a grid: a batch of trials is asked for, trained as one program, and told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ...config.search.space import trial_overrides
from ...errors import ArchlabError
from ...record import Search, Trial
from ...search import study as studies
from ...search.kept import SEARCH_FILE, read_search, write_search
from ...storage import run_folder, sweep_folder
from ...storage.outcome import Outcome
from ..session import Session
from ..sweep import LiveSweep
from .begin import study_name

# (overrides of each job, number of the first): has them trained and written.
Launch = Callable[[Sequence[Sequence[str]], int], object]


def search(held: Session, launch: Launch) -> None:
    """Ask, train and tell batch by batch, until the search has all trials that it may have.

    What was told is in `search.json`. Trials that were asked for and never told, because the
    process ended, come first. After KeyboardInterrupt out of a launch, what is trained is told.

    Args:
        held: what the callback has begun.
        launch: trains a batch.
    """
    assert held.asked is not None and held.asked.plan is not None
    assert held.sweep is not None and held.search is not None
    held.sweep.may_diverge = True
    with studies.failures_told(held.asked.plan.settings.storage):
        _train(held, launch, held.search)


def _train(held: Session, launch: Launch, kept: Search) -> None:
    """The same, of a search whose sweep has begun."""
    assert held.asked is not None and held.asked.plan is not None and held.sweep is not None
    plan, sweep = held.asked.plan, held.sweep
    storage = studies.open_storage(plan.settings.storage, sweep.folder)
    if not (sweep.folder / SEARCH_FILE).exists():
        write_search(sweep.folder, kept)
    study = studies.open_study(storage, study_name(plan, sweep.folder))
    n_trials, size = plan.settings.n_trials, plan.settings.n_jobs
    while batch := studies.next_batch(study, kept, n_trials, size):
        held.line.print(_batch_words(batch, n_trials))
        trained = [trial for trial in batch if _can_be(held, trial, study)]
        try:
            if trained:
                launch([_overrides(held, trial) for trial in trained], batch[0].number)
        finally:
            ended = _come_to(held, trained)
            for trial in ended:
                studies.tell(study, trial)
            kept = _keep(held, replace(kept, importance={}), study)
        if len(ended) < len(trained):  # a run could not be written, or the first failure ends all
            break
    if not kept.importance:
        _keep(held, replace(kept, importance=studies.importances(study)), study)


def _batch_words(batch: Sequence[Trial], n_trials: int) -> str:
    first, last = batch[0].number, batch[-1].number
    which = f"trial {first}" if first == last else f"trials {first} to {last}"
    return f"{which} of {n_trials}, counted from 0"


def _overrides(held: Session, trial: Trial) -> list[str]:
    assert held.asked is not None and held.asked.plan is not None
    return trial_overrides(held.asked.plan.fixed, trial.params)


def _can_be(held: Session, trial: Trial, study: Any) -> bool:
    """Whether a trial's values go together; one whose do not is told to have failed."""
    assert held.asked is not None
    try:
        held.asked.jobs.config(_overrides(held, trial))
    except ArchlabError as error:
        outcome = replace(Outcome.of(error), state="failed")
        held.tell(error, outcome)
        held.outcomes.append(outcome)
        studies.tell(study, replace(trial, state="failed"))
        return False
    return True


def _come_to(held: Session, trials: Sequence[Trial]) -> list[Trial]:
    """The trials whose runs have come to something, with that."""
    found = [_with_result(held.sweep, trial, _sha256(held, trial)) for trial in trials]
    return [trial for trial in found if trial.state != "asked"]


def _sha256(held: Session, trial: Trial) -> str:
    """The hash of a trial's config; nothing where its values do not go together."""
    assert held.asked is not None
    try:
        return held.asked.jobs.config(_overrides(held, trial)).fingerprint()
    except ArchlabError:
        return ""


def _with_result(sweep: LiveSweep | None, trial: Trial, sha256: str) -> Trial:
    """A trial with what the folder of its run says."""
    assert sweep is not None
    folder = sweep.folder / sweep.folders.get(sha256, "")
    try:
        status = run_folder.read_status(folder)
        if status["state"] == "failed":
            return replace(trial, state="failed")
        about = run_folder.about_of(status)
        outcome = sweep_folder.finished(folder, sha256, about.data["sha256"])
        metrics = run_folder.read_metrics(folder)
    except (OSError, ArchlabError, KeyError):
        return trial
    if outcome is None:
        return trial
    value = metrics.final.typical if outcome.state == "done" else None
    return replace(trial, state=outcome.state, value=value)


def _keep(held: Session, search: Search, study: Any) -> Search:
    """Write what is known of a search where it is new."""
    sweep = held.sweep
    assert sweep is not None
    folders = sweep.folders
    trials = tuple(
        replace(trial, folder=folders.get(_sha256(held, trial), ""))
        for trial in studies.trials_of(study, search)
    )
    found = replace(search, trials=trials)
    if found != read_search(sweep.folder):
        write_search(sweep.folder, found)
        sweep.changed = True
    if len(found.trials) > len(search.trials):
        sweep.retell()
    return found
