"""The files of a run folder against what its status lists of them, and against what a run is."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..config.schema import check_config
from ..errors import ArchlabError, Problem, StorageError
from ..record import About
from ..storage import run_folder
from ..storage.guarded.links import refuse_links
from ..storage.guarded.shapes import check_metrics
from ..storage.outcome import FINISHED
from ..storage.provenance import code
from ..storage.read_runs import run_folders
from ..storage.sweep_folder import load_sweep

AGAIN = "train it again, or restore it"
EVERY_RUN_HAS = {*run_folder.RESULTS} - {run_folder.GRID}  # over many features there is no grid


def runs_of(folder: Path) -> list[Path]:
    """The folder of a run alone, or those of a sweep's runs; empty where it holds none."""
    if (folder / run_folder.STATUS).exists():
        return [folder]
    return list(run_folders(folder))


def wrong_with_sweep(folder: Path) -> list[Problem]:
    """What is wrong with `sweep.json`, and every run that it plans and the folder lacks."""
    try:
        sweep = load_sweep(folder)
    except ArchlabError as error:
        return list(error.problems)
    found = []
    for planned in sweep.runs if sweep else ():
        place = folder / planned.folder
        if not (place / run_folder.STATUS).exists():
            fix = "the command of its sweep again trains it"
            found.append(Problem(str(place), "is planned and has no status", fix))
            continue
        try:
            about = run_folder.read_about(place)
        except (ArchlabError, OSError):  # told with the run
            continue
        if about.config_sha256 != planned.config_sha256:
            what = "is not the run that sweep.json plans there"
            found.append(Problem(str(place), what, AGAIN))
    return found


def wrong_with_run(folder: Path) -> list[Problem]:
    """Everything that is wrong with a run folder; empty where all is as it was written."""
    try:
        refuse_links(folder)
        status = run_folder.read_status(folder)
        about = run_folder.about_of(status)
        found = [
            *_wrong_outcome(folder, status, about),
            *_wrong_files(folder, status["files"]),
            *_wrong_config(folder, about),
        ]
        if not found:
            run_folder.read(folder)
            path = folder / run_folder.METRICS_FILE
            check_metrics(run_folder.read_metrics(folder), status["state"], path)
    except ArchlabError as error:
        return list(error.problems)
    except OSError as error:
        return list(StorageError.of(error, folder).problems)
    return found


def _wrong_outcome(folder: Path, status: dict[str, Any], about: About) -> Iterator[Problem]:
    state = status["state"]
    if state not in FINISHED:
        reason = f" ({about.error.splitlines()[0]})" if about.error else ""
        yield Problem(str(folder), f"is {state}{reason}, not a finished run", "train it again")
        return
    for name in sorted(EVERY_RUN_HAS - set(status["files"])):
        path = folder / run_folder.STATUS
        yield Problem(str(path), f"lists no {name}, which every finished run has", AGAIN)


def _wrong_files(folder: Path, listed: dict[str, Any]) -> Iterator[Problem]:
    """Sizes first, then hashes; the log may have grown since."""
    for name, file in listed.items():
        path, told = folder / name, file["bytes"]
        try:
            size = path.stat().st_size
            if size < told or (size > told and name != run_folder.LOG):
                yield Problem(str(path), f"has {size} bytes, {told} when written", AGAIN)
            elif not run_folder.intact(folder, {name: file}):
                yield Problem(str(path), "has another SHA-256 than when written", AGAIN)
        except OSError as error:
            missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
            what = "is missing" if missing else f"cannot be read ({error.strerror})"
            yield Problem(str(path), what, AGAIN)


def _wrong_config(folder: Path, about: About) -> Iterator[Problem]:
    """Its config is one, and the one that its hash says; other code may count other keys."""
    path = folder / run_folder.STATUS
    try:
        config = check_config(about.config)
    except ArchlabError as error:
        same = about.versions.get("code") == code()
        yield from (
            Problem(str(path), f"has a config with {problem.key}, which {problem.what}", AGAIN)
            for problem in (error.problems if same else ())
        )
        return
    if about.versions.get("code") == code() and config.fingerprint() != about.config_sha256:
        yield Problem(str(path), "has another config than its hash says", AGAIN)
