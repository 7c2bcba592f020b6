"""The run folders of a sweep, whatever state they are in, read without trusting any of them."""

from __future__ import annotations

import gc
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ArchlabError, DamagedError, LinkError
from ..record import About, Metrics, Sweep
from . import run_folder
from .guarded.content import content_of, open_file
from .guarded.links import NESTED, is_link
from .guarded.schemas import METRICS_BYTES, STATUS_BYTES, status_of
from .guarded.shapes import check_metrics, check_shown
from .outcome import FINISHED

STATES = ("done", "diverged", "failed", "interrupted", "running", "broken", "missing")
UNREADABLE = (OSError, ArchlabError, ValueError, KeyError, TypeError, AttributeError)
TAIL_LINES, TAIL_BYTES = 12, 4096
_DIGITS = re.compile(r"(\d+)")
# What only a run leaves: a folder with one of these and no status is a run that broke.
TRACES = (".hydra", run_folder.LOG, *run_folder.DATA_FILES, run_folder.MODEL_FILE)


@dataclass(frozen=True)
class Run:
    """What one folder says. `folder` is relative to the sweep's, with slashes.

    state: one of STATES. reason and log_tail: why it is not done, and the log's last lines. about
    and metrics where they could be read.
    """

    folder: str
    state: str
    reason: str = ""
    log_tail: str = ""
    about: About | None = None
    metrics: Metrics | None = None


def read_runs(sweep_folder: Path, sweep: Sweep | None) -> list[Run]:
    """Every run folder below the sweep's, and every run that is planned and missing; by folder."""
    with all_kept():
        found = [read_run(at, sweep_folder) for at in run_folders(sweep_folder)]
    known = {run.folder for run in found}
    for planned in sweep.runs if sweep else ():
        if planned.folder not in known:
            reason = "never started, or its folder is gone: " + " ".join(planned.overrides)
            found.append(Run(planned.folder, "missing", reason))
    return sorted(found, key=lambda run: natural(run.folder))


@contextmanager
def all_kept() -> Iterator[None]:
    """Python looks for no garbage meanwhile: nothing of thousands of runs that are read is any."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sorting key that sets 2 before 10."""
    parts = filter(None, _DIGITS.split(text))
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)


def run_folders(sweep_folder: Path) -> Iterator[Path]:
    """Run folders, NESTED deep at most; not those inside a run folder or a hidden one."""
    return map(Path, _below(os.fspath(sweep_folder)))


def _below(folder: str, depth: int = NESTED) -> Iterator[str]:
    """Most are run folders with a status, which are not listed to see that."""
    names: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        names += [entry.name for entry in folders if not is_link(entry.path)]
    for name in sorted(names):
        at = f"{folder}/{name}"
        if name.startswith("."):
            continue
        if any(os.path.lexists(f"{at}/{mark}") for mark in (run_folder.STATUS, *TRACES)):
            yield at
        elif depth:
            yield from _below(at, depth - 1)


def read_run(folder: Path, sweep_folder: Path) -> Run:
    """One folder. It is broken where status and files do not fit together.

    Of every file the size is compared, and the SHA-256 of the final numbers and of tables that are
    newer than the status, which is written last: hashing all files of thousands of runs would take
    minutes.
    """
    name = folder.relative_to(sweep_folder).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode(errors="backslashreplace").decode()
        return Run(shown, "broken", "its folder's name is no text in UTF-8: rename the folder")
    try:
        run = _read(folder, name)
    except FileNotFoundError as error:
        run = Run(name, "broken", f"{Path(error.filename).name} is missing")
    except ArchlabError as error:
        run = Run(name, "broken", "; ".join(f"{one.key}: {one.what}" for one in error.problems))
    except UNREADABLE as error:
        run = Run(name, "broken", f"cannot be read: {type(error).__name__}: {error}"[:300])
    return run if run.state == "done" else replace(run, log_tail=_tail(folder / run_folder.LOG))


def _read(folder: Path, name: str) -> Run:
    place = os.fspath(folder)  # paths of their own take longer than reading
    status = status_of(content_of(f"{place}/{run_folder.STATUS}", STATUS_BYTES))
    about, state = run_folder.about_of(status), str(status["state"])
    if state not in STATES:
        raise DamagedError.at(run_folder.STATUS, f"has the unknown state {state[:50]!r}")
    reason = _reason(about, state)
    if state not in FINISHED:
        return Run(name, state, reason, about=about)
    _check(about)
    content = content_of(f"{place}/{run_folder.METRICS_FILE}", METRICS_BYTES)
    if wrong := _changed(place, status["files"], content):
        return Run(
            name, "broken", f"{wrong} is not the file that {run_folder.STATUS} lists", about=about
        )
    metrics = run_folder.metrics_of(content)
    check_metrics(metrics, state, run_folder.METRICS_FILE)
    check_shown(about, metrics.repeats, run_folder.STATUS)
    return Run(name, state, reason, about=about, metrics=metrics)


def _check(about: About) -> None:
    """Raise DamagedError where a status says less of a finished run than runs are compared by."""
    sections = [one for one in ("split", "training", "model", "dataset") if one not in about.config]
    known = [one for one in ("sha256", "description") if not about.data.get(one)]
    kinds = [f"{name}.kind" for name in ("model", "dataset") if _kindless(about, name)]
    if missing := [*sections, *kinds, *known]:
        raise DamagedError.at(run_folder.STATUS, f"does not say {missing[0]} of the run")


def _kindless(about: About, section: str) -> bool:
    return not isinstance(about.config.get(section, {}).get("kind"), str)


def _reason(about: About, state: str) -> str:
    if state == "diverged":
        at = [epoch for epoch in about.diverged_at if epoch is not None]
        of = len(about.diverged_at)
        return f"{len(at)} of {of} repeats diverged, first at epoch {min(at)}" if at else ""
    if state == "running":
        return "its status still says running: it is under way, or its process was killed"
    return about.error or ""


def _changed(place: str, files: dict[str, Any], metrics: bytes) -> str:
    """The first file that is not as its status has it; the log may have grown since."""
    if hashlib.sha256(metrics).hexdigest() != files[run_folder.METRICS_FILE]["sha256"]:
        return run_folder.METRICS_FILE
    written = os.lstat(f"{place}/{run_folder.STATUS}").st_mtime_ns
    for name, file in files.items():
        found = os.lstat(f"{place}/{name}")
        if not stat.S_ISREG(found.st_mode):
            raise LinkError.at(name) if stat.S_ISLNK(found.st_mode) else _no_file(name)
        size = found.st_size
        if size < file["bytes"] if name == run_folder.LOG else size != file["bytes"]:
            return name
        newer = found.st_mtime_ns > written and name in run_folder.DATA_FILES
        if newer and not run_folder.intact(Path(place), {name: file}):
            return name
    return ""


def _no_file(name: str) -> DamagedError:
    return DamagedError.at(name, "is no ordinary file")


def _tail(log: Path) -> str:
    """The last lines of a log; nothing where there is none."""
    try:
        file, size = open_file(log)
    except (OSError, ArchlabError):
        return ""
    with os.fdopen(file, "rb") as stream:
        stream.seek(max(0, size - TAIL_BYTES))
        lines = stream.read(TAIL_BYTES).decode("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-TAIL_LINES:])
