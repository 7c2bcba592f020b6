"""What a sweep is to hold, and what of it is done: its folder's lock, `sweep.json`, run folders."""

from __future__ import annotations

import json
import math
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import ConfigError, Problem, StorageError
from ..record import Planned, Sweep
from . import files, run_folder
from .files import write_json
from .provenance import code

SWEEP = "sweep.json"
LOCK, OWNER = ".lock", ".owner.json"
FINISHED = ("done", "diverged")


def claim(folder: Path, command: str) -> FileLock:
    """Take the folder for this process; the lock ends with it, however it ends.

    Drops what a killed process left half written. Raises StorageError that names the owner where
    another live process holds the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        what = f"is held by another live sweep, received {_owner(folder)}"
        fix = "wait for it, or choose another sweep.name"
        raise StorageError([Problem(str(folder), what, fix)]) from None
    except OSError as error:
        raise StorageError.of(error, folder) from error
    for part in folder.glob(".part-*"):
        part.unlink()
    owner = {
        "process": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }
    files.write_bytes(folder / OWNER, json.dumps(owner).encode())
    return lock


def release(folder: Path, lock: FileLock) -> None:
    """Give the folder back and leave no trace of having held it."""
    for name in (OWNER, LOCK):
        (folder / name).unlink(missing_ok=True)
    lock.release()


def _owner(folder: Path) -> str:
    try:
        owner = json.loads((folder / OWNER).read_text(encoding="utf-8"))
        return "process {process} on {host} since {since}: {command}".format(**owner)
    except (OSError, ValueError, KeyError, TypeError):
        return "an unknown owner"


def admit(folder: Path, asked: Sweep, extend: bool, named: Sequence[str] | None = None) -> Sweep:
    """The sweep that a folder holds once `asked` is part of it; writes it to `sweep.json`.

    `asked.runs` come without folders; `named` gives them, otherwise they are `0007-<slug>-<hash>`.
    A run that is asked for twice is held once. Raises ConfigError where the folder holds a sweep
    of other runs already and is not to be extended.
    """
    held = _held(folder)
    runs = {run.config_sha256: run for run in held.runs} if held else {}
    wanted = {run.config_sha256 for run in asked.runs}
    if held and not extend and wanted != set(runs):
        new, gone = len(wanted - set(runs)), len(set(runs) - wanted)
        what = f"{folder} holds another sweep already: {new} runs here are not in it, {gone} of its"
        fix = "choose another sweep.name, or add to that sweep with sweep.extend=true"
        raise ConfigError([Problem("sweep.name", f"{what} are not here", fix)])
    common = set.intersection(*(set(run.overrides) for run in asked.runs)) if asked.runs else set()
    for number, run in enumerate(asked.runs):
        if run.config_sha256 in runs:
            continue
        own = [text for text in run.overrides if text not in common] or run.overrides
        name = f"{len(runs):04d}-{slug(own)}-{run.config_sha256[:8]}"
        name = named[number] if named else name
        if name in {other.folder for other in runs.values()}:
            what = f"gives two runs one folder, received {name!r}"
            fix = "leave it out, or put something of the run into it"
            raise ConfigError([Problem("hydra.sweep.subdir", what, fix)])
        runs[run.config_sha256] = replace(run, folder=name)
    # How runs are judged is asked anew each time.
    sweep = replace(
        held or asked, runs=tuple(runs.values()), margin=asked.margin, stages=asked.stages
    )
    if sweep != held:
        write_sweep(folder, sweep)
    return sweep


def _held(folder: Path) -> Sweep | None:
    """The sweep of a folder; raises ConfigError where it has one that cannot be read."""
    held = read_sweep(folder)
    if held is None and (folder / SWEEP).exists():
        what = f"{folder / SWEEP} is there and cannot be read"
        fix = "choose another sweep.name, or remove the file if its runs are not wanted any more"
        raise ConfigError([Problem("sweep.name", what, fix)])
    return held


def slug(overrides: Sequence[str], most: int = 40) -> str:
    """A few words of what a run is, in letters, digits and dashes: `depth-2-width-5`."""
    words = []
    for override in overrides:
        key, _, value = override.lstrip("+").partition("=")
        words.append(f"{key.rpartition('.')[2]} {value}" if "." in key else value)
    text = re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")
    return text[:most].rstrip("-") or "run"


def score(folder: Path, config_sha256: str, data_sha256: str) -> float | None:
    """The score of a run that its folder holds whole: its config, its data, this code.

    nan where it diverged, as it would again; None where the run is yet to be done.
    """
    if run_folder.state(folder) not in FINISHED:
        return None
    try:
        about = run_folder.read_about(folder)
        final = run_folder.metrics_of((folder / run_folder.METRICS).read_bytes()).final.mean
        theirs = about.config_sha256, about.data.get("sha256"), about.versions.get("code")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # what another version left, or somebody changed
    if theirs != (config_sha256, data_sha256, code()):
        return None
    return math.nan if final is None else final


def read_sweep(folder: Path) -> Sweep | None:
    """What `sweep.json` says of a sweep; None where there is none, or none that can be read."""
    try:
        tree = json.loads((folder / SWEEP).read_text(encoding="utf-8"))
        runs = tuple(
            Planned(str(run["folder"]), tuple(map(str, run["overrides"])), run["config_sha256"])
            for run in tree["runs"]
        )
        known = str(tree["name"]), str(tree["command"]), str(tree["started"]), runs
        margin, stages = float(tree["margin"]), tuple(map(int, tree["stages"]))
        return Sweep(*known, margin, stages)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_sweep(folder: Path, sweep: Sweep) -> None:
    """Write `sweep.json`."""
    write_json(folder / SWEEP, asdict(sweep))
