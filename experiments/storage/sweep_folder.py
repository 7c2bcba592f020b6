"""What a sweep is to hold, and what of it is done: its folder's lock, `sweep.json`, run folders."""

from __future__ import annotations

import json
import os
import platform
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import ArchlabError, ConfigError, DamagedError, Problem, StorageError
from ..record import Planned, Sweep
from . import files, run_folder
from .guarded.content import content_of
from .guarded.links import before_writing
from .guarded.schemas import METRICS_BYTES, SWEEP_BYTES, json_tree, leads_out, sweep_of
from .outcome import FINISHED, Outcome
from .provenance import code

SWEEP = "sweep.json"
LOCK, OWNER = ".lock", ".owner.json"
OWNED, OWNER_BYTES = ("process", "host", "since", "command"), 2**20


def claim(folder: Path, command: str) -> FileLock:
    """Take the folder for this process; the lock ends with it, however it ends.

    Drops what a killed process left half written, and leaves what another one is writing.

    Args:
        folder: of a sweep; it need not be there.
        command: what another process is told that finds the folder held.

    Raises:
        StorageError: where another live process holds the folder, with the owner's words, or a
            symbolic link lies in it.
    """
    before_writing(folder, deep=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        with warnings.catch_warnings():  # of a file system without locks: a file stands for one
            warnings.simplefilter("ignore")
            lock.acquire(timeout=0)
    except Timeout:
        what = f"is held by another live sweep, received {_owner(folder)}"
        fix = "wait for it, or choose another sweep.name"
        raise StorageError([Problem(str(folder), what, fix)]) from None
    except OSError as error:
        raise StorageError.of(error, folder) from error
    try:
        files.drop_leftovers(folder)
        _write_owner(folder, command)
    except BaseException:
        release(folder, lock)
        raise
    return lock


def _write_owner(folder: Path, command: str) -> None:
    owner = {
        "process": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }
    files.write_bytes(folder / OWNER, json.dumps(owner).encode())


def release(folder: Path, lock: FileLock) -> None:
    """Give the folder back and leave no trace of having held it."""
    for name in (OWNER, LOCK):
        # Windows removes the lock's file when it is let go; others may have moved the folder.
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)
    lock.release()


def _owner(folder: Path) -> str:
    try:
        owner = json_tree(content_of(folder / OWNER, OWNER_BYTES))
        process, host, since, command = (str(owner[name])[:500] for name in OWNED)
        return f"process {process} on {host} since {since}: {command}"
    except (OSError, ArchlabError, KeyError, TypeError):
        return "an unknown owner"


def add_runs(
    folder: Path,
    held: Sweep | None,
    asked: Sweep,
    extend: bool,
    named: Sequence[str] | None = None,
) -> Sweep:
    """The sweep that a folder holds once `asked` is part of it; writes it to `sweep.json`.

    A run that is asked for twice is held once. How runs are compared is as `asked` has it, but for
    stages: runs that were trained in stages once are judged as such from then on, and the command
    that asked for that tells where their numbers come from. So does one that asks for all that is
    held, and more.

    Args:
        folder: the sweep's.
        held: what it holds already, see `held_sweep`.
        asked: the sweep that is asked for; its runs come without folders.
        extend: whether other runs may be added to those that are held.
        named: the folders of the runs that are asked for; `0007-<slug>-<hash>` without.

    Raises:
        ConfigError: where the folder holds a sweep without some of the runs and is not to be
            extended, or where two runs would share a folder.
    """
    runs = {run.config_sha256: run for run in held.runs} if held else {}
    before, wanted = set(runs), {run.config_sha256 for run in asked.runs}
    if held and not extend:
        _check_within(folder, before, wanted)
    taken = {run.folder for run in runs.values()}
    every = [set(run.overrides) for run in (*runs.values(), *asked.runs)]
    common = set.intersection(*every) if every else set()
    for number, run in enumerate(asked.runs):
        if run.config_sha256 in runs:
            continue
        name = named[number] if named else _name(len(runs), run, common)
        _check_run_name(name, taken)
        taken.add(name)
        runs[run.config_sha256] = replace(run, folder=name)
    sweep = _gone_on(held, replace(asked, runs=tuple(runs.values())), wanted)
    if sweep != held:
        write_sweep(folder, sweep)
    return sweep


def _check_within(folder: Path, held: set[str], wanted: set[str]) -> None:
    """Raise ConfigError where runs that are wanted are not held, both by hash."""
    if wanted - held:
        new, gone = len(wanted - held), len(held - wanted)
        what = f"{folder} holds another sweep already: {new} runs here are not in it, {gone} of its"
        fix = "choose another sweep.name, or add to that sweep with sweep.extend=true"
        raise ConfigError([Problem("sweep.name", f"{what} are not here", fix)])


def _check_run_name(name: str, taken: set[str]) -> None:
    """Raise ConfigError where a run cannot have a folder of this name."""
    if wrong := leads_out(name):
        what, fix = f"gives a run a folder that {wrong}", "name one within the sweep's"
    elif name in taken:
        what, fix = "gives two runs one folder", "leave it out, or put something of the run into it"
    else:
        return
    raise ConfigError([Problem("hydra.sweep.subdir", f"{what}, received {name!r}", fix)])


def _gone_on(held: Sweep | None, asked: Sweep, wanted: set[str]) -> Sweep:
    """The sweep with all runs, as the continuation of one that is held.

    wanted: the hashes of those that its command asks for.
    """
    if held is None:
        return asked
    stages = tuple(sorted({*held.stages, *asked.stages}))
    before = {run.config_sha256 for run in held.runs}
    tells_more = wanted > before or (wanted == before and asked.stages)
    command = asked.command if tells_more else held.command
    return replace(asked, name=held.name, command=command, started=held.started, stages=stages)


def _name(number: int, run: Planned, common: set[str]) -> str:
    """A run's folder: its number, what it has not in common with the others, part of its hash."""
    own = [text for text in run.overrides if text not in common] or run.overrides
    return f"{number:04d}-{slug(own)}-{run.config_sha256[:8]}"


def held_sweep(folder: Path) -> Sweep | None:
    """The sweep of a folder, None where it holds none.

    Raises:
        ConfigError: where it has one that cannot be read.
        StorageError: where `sweep.json` is a symbolic link, or may not be read.
    """
    try:
        return load_sweep(folder)
    except DamagedError as error:
        what = f"{folder / SWEEP} is there and cannot be read: {error.reason}"
        fix = "choose another sweep.name, or remove the file if its runs are not wanted any more"
        raise ConfigError([Problem("sweep.name", what, fix)]) from None


def load_sweep(folder: Path) -> Sweep | None:
    """The sweep of a folder, None where it holds none.

    Raises:
        LinkError, DamagedError: where it has a `sweep.json` that cannot be used.
        StorageError: where it may not be read.
    """
    path = folder / SWEEP
    try:
        return sweep_of(content_of(path, SWEEP_BYTES), path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageError.of(error, path) from error


def slug(overrides: Sequence[str]) -> str:
    """A few words of what a run is, in up to 40 letters, digits and dashes: `depth-2-width-5`."""
    words = []
    for override in overrides:
        key, _, value = override.lstrip("+").partition("=")
        words.append(f"{key.rpartition('.')[2]} {value}" if "." in key else value)
    text = re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")
    return text[:40].rstrip("-") or "run"


def finished(folder: Path, config_sha256: str, data_sha256: str) -> Outcome | None:
    """What a run came to that is done: its folder is whole, of its config, its data, this code.

    Args:
        folder: the run's.
        config_sha256: `Config.fingerprint` of the run that is asked for.
        data_sha256: the same of its dataset.

    Returns:
        None where it is yet to be done. One that diverged would diverge again, and counts as done.
    """
    try:
        status = run_folder.read_status(folder)
        about, state = run_folder.about_of(status), str(status["state"])
        theirs = about.config_sha256, about.data.get("sha256"), about.versions.get("code")
        wanted = config_sha256, data_sha256, code()
        # What takes longest comes last: every file is hashed.
        if state not in FINISHED or theirs != wanted:
            return None
        if not run_folder.intact(folder, status["files"]):
            return None
        path = folder / run_folder.METRICS_FILE
        score = run_folder.score_of(content_of(path, METRICS_BYTES))
    except (OSError, ArchlabError, KeyError):
        return None  # what another version left, or somebody changed
    return Outcome(state, score)


def read_sweep(folder: Path) -> Sweep | None:
    """What `sweep.json` says of a sweep; None where there is none, or none that can be read."""
    try:
        return load_sweep(folder)
    except ArchlabError:
        return None


def write_sweep(folder: Path, sweep: Sweep) -> None:
    """Write `sweep.json`."""
    files.write_json(folder / SWEEP, asdict(sweep))
