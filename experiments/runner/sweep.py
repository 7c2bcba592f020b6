"""A sweep that this process holds: its folder, its settings, and which runs are part of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from .. import record
from ..comparison.rows import is_search
from ..comparison.run_names import same_command
from ..config.multirun import Multirun
from ..config.schema import Config
from ..config.sweep_settings import SweepSettings
from ..errors import ConfigError, Problem
from ..record import Planned
from ..storage import sweep_folder
from ..storage.guarded.links import before_writing


@dataclass(eq=False)
class LiveSweep:
    """A sweep whose folder this process holds.

    purposes: the checked sections that say what it is made for, see `purposes`. record: what
    `sweep.json` says, None where there is none yet. changed: whether it has come to anything new.
    ended: whether no more runs are to be begun. others: how many runs it has besides those that
    were asked for. found: by folder the state of each run that this
    process has found done, all of its files hashed. may_diverge: whether runs that diverged are no
    failures.
    """

    folder: Path
    settings: SweepSettings
    purposes: Mapping[str, Any]
    command: str
    lock: FileLock
    record: record.Sweep | None = None
    changed: bool = field(default=False, init=False)
    ended: bool = field(default=False, init=False)
    others: int = field(default=0, init=False)
    found: dict[str, str] = field(default_factory=dict, init=False)
    may_diverge: bool = field(default=False, init=False)

    @property
    def folders(self) -> dict[str, str]:
        """The folder of each run, by the hash of its config."""
        return {run.config_sha256: run.folder for run in self.record.runs} if self.record else {}

    @property
    def again(self) -> str:
        """What goes on with it once it was stopped, in words."""
        return same_command(self.command, self.settings.name)

    def retell(self) -> None:
        """Have a search that has become longer told by the command that made it so.

        Runs that are there besides a search keep the command that asked for them.
        """
        if self.record and is_search(self.record.command) and self.record.command != self.command:
            self.record = replace(self.record, command=self.command)
            sweep_folder.write_sweep(self.folder, self.record)
            self.changed = True

    def add_runs(
        self,
        configs: Sequence[Config],
        overrides: Sequence[Sequence[str]],
        named: Sequence[str] | None,
        extend: bool,
    ) -> list[str]:
        """Make runs part of the sweep.

        Args:
            configs: of each run.
            overrides: of each run.
            named: their folders, None where these have no names of a person's own.
            extend: whether other runs may be added to those that the folder holds.

        Returns:
            The folder of each run; of two equal ones it is the same.

        Raises:
            ConfigError: where they cannot be, see `sweep_folder.add_runs`.
        """
        prints = [config.fingerprint() for config in configs]
        runs = [
            Planned("", tuple(texts), sha256)
            for texts, sha256 in zip(overrides, prints, strict=True)
        ]
        started = datetime.now(UTC).isoformat(timespec="seconds")
        asked = self.settings.record(self.command, started, runs)
        self.record = sweep_folder.add_runs(self.folder, self.record, asked, extend, named)
        folders = self.folders
        return [folders[sha256] for sha256 in prints]


def hold(
    asked: Multirun,
    settings: SweepSettings,
    purposes: Mapping[str, Any],
    arguments: Sequence[str],
    together: bool,
) -> LiveSweep:
    """Hold the folder of a sweep, and make the runs part of it that are known.

    Args:
        asked: what is to be run.
        settings: see `Sweep`.
        purposes: see `Sweep`.
        arguments: those of the command line.
        together: whether the launcher trains all runs together, and can go on with a sweep.

    Raises:
        StorageError: where another live sweep holds the folder, it cannot be written, or holds
            symbolic links.
        ConfigError: where a sweep is there already that cannot be read, that the launcher cannot go
            on with, or that lacks some of the runs.
    """
    folder, named = asked.folder, asked.named
    if not together and (
        (folder / sweep_folder.SWEEP).exists() or any(folder.glob("*/status.json"))
    ):
        what = f"{folder} holds a sweep already, received another launcher than stacked"
        fix = "choose another sweep.name, or leave hydra/launcher out to go on with that sweep"
        raise ConfigError([Problem("sweep.name", what, fix)])
    if not together and named is None:  # as hydra.sweep.subdir has it for every other launcher
        named = [str(number) for number in range(len(asked.configs))]
    command = shlex.join(["python", "run.py", *arguments])
    if not together:  # other launchers write without asking
        before_writing(folder)
    lock = sweep_folder.claim(folder, command)
    try:
        held = sweep_folder.held_sweep(folder)
        sweep = LiveSweep(folder, settings, purposes, command, lock, held)
        if asked.configs:
            folders = sweep.add_runs(asked.configs, asked.overrides, named, settings.extend)
            sweep.others = len(sweep.folders) - len(set(folders))
        return sweep
    except BaseException:
        sweep_folder.release(folder, lock)
        raise
