"""Compiled programs kept for the next process: TensorFlow's persistent cache of XLA, made safe.

TensorFlow takes what it finds in its cache as it is. So it never sees the store itself: a process
has a folder of its own, with links to those programs in the store whose hashes are right, and what
it compiles is put into the store with its hash. Processes can share a store, and be killed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import stat
import tempfile
import time
from atexit import register
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

FLAG = "--tf_xla_persistent_cache_directory"
MOST_BYTES = 256 * 2**20
# A folder of a process that was killed; nothing trains for so long.
STALE_SECONDS = 7 * 24 * 3600
# A folder of another version of TensorFlow, or of another processor.
UNUSED_SECONDS = 60 * 24 * 3600
RESERVE, RESERVED_BYTES = "reserve", 32 * 2**20
UNQUOTABLE = frozenset('"\\')
# What archlab names so; whatever else lies there is somebody's, and stays.
STORE, PROCESS = re.compile(r"[0-9a-f]{16}"), re.compile(r"process-[a-z0-9_]{8}")
PROGRAM = re.compile(r"([0-9a-f]{64})-(.+\.pb)", re.DOTALL)

_LOGGER = logging.getLogger(__name__)


class CompilationCache:
    """What a process takes from a store of programs, and adds to it.

    What cannot be read or written costs time, never a training.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._store: Path | None = None
        self._own: Path | None = None
        self._kept: set[str] = set()

    def use(self, store: Path | None) -> None:
        """Keep programs in a folder that holds those of this machine and these versions alone.

        None: keep none. It counts from the moment that TensorFlow is loaded.
        """
        self._store = store and store.absolute()

    def begin(self) -> None:
        """Have XLA look for programs, and leave them; to be said before TensorFlow is loaded."""
        flags = os.environ.get("TF_XLA_FLAGS", "")
        with self._lock:
            if self._own is not None or self._store is None or FLAG in flags:
                return
            if not UNQUOTABLE.isdisjoint(str(self._store)) or (flags and not flags.startswith("-")):
                return  # TensorFlow would read another path, or has its flags from a file
            try:
                self._store.mkdir(mode=0o700, parents=True, exist_ok=True)
                _remove_stale(self._store)
                own = Path(tempfile.mkdtemp(prefix="process-", dir=self._store))
                register(shutil.rmtree, own, ignore_errors=True)
                _reserve(own / RESERVE)
                self._kept.update(_take(self._store, own))
            except OSError:
                _LOGGER.info("compiled programs are not kept", exc_info=True)
                return
            os.environ["TF_XLA_FLAGS"] = f'{flags} {FLAG}="{own}"'.strip()
            self._own = own

    def make_way(self) -> bool:
        """Free what is reserved on the disk: TensorFlow fails where it cannot write a program.

        Returns whether there was anything.
        """
        with self._lock:
            if self._own is None or not (self._own / RESERVE).exists():
                return False
            (self._own / RESERVE).unlink(missing_ok=True)
            return True

    def keep(self) -> None:
        """Put what was compiled since the last time into the store; the oldest make room for it."""
        with self._lock:
            if self._own is None or self._store is None:
                return
            try:
                for path in [*self._own.glob("*.pb")]:
                    if path.name not in self._kept:
                        _link(path, self._store / f"{_sha256_of(path)}-{path.name}")
                        self._kept.add(path.name)
                _make_room(self._store)
            except OSError:
                _LOGGER.info("compiled programs are not kept", exc_info=True)


PROGRAMS = CompilationCache()


def without_programs(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment variables for a process that is to compile everything itself.

    It would find this one's programs otherwise, also where its own would be others.
    """
    flags = re.sub(rf'{FLAG}="[^"]*"', "", environment.get("TF_XLA_FLAGS", "")).strip()
    return {**environment, "TF_XLA_FLAGS": flags}


def _take(store: Path, own: Path) -> list[str]:
    """Link each program that is whole; one that is damaged is thrown away."""
    taken = []
    for path, sha256, name, about in [*_programs(store)]:
        with suppress(OSError):  # another process has just made room, or it is somebody else's
            if about.st_size <= MOST_BYTES and _sha256_of(path) == sha256:
                _link(path, own / name)
                taken.append(name)
            else:
                path.unlink()
    return taken


def _programs(store: Path) -> Iterator[tuple[Path, str, str, os.stat_result]]:
    """Each program of a store with its hash and its name for XLA; no pipe, device or link."""
    for path in store.iterdir():
        named = PROGRAM.fullmatch(path.name)
        with suppress(FileNotFoundError):
            if named and stat.S_ISREG((about := path.lstat()).st_mode):
                yield path, named[1], named[2], about


def _link(path: Path, to: Path) -> None:
    with suppress(FileExistsError):
        try:
            to.hardlink_to(path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            aside = to.with_suffix(f".{os.getpid()}")
            shutil.copyfile(path, aside)
            aside.replace(to)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_room(store: Path) -> None:
    """Remove the oldest programs while all together take too much."""
    found = [(about.st_mtime, about.st_size, path) for path, _, _, about in _programs(store)]
    room = MOST_BYTES
    for _, size, path in sorted(found, reverse=True):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)


def _remove_stale(store: Path) -> None:
    """Remove what processes that were killed have left, and stores that nobody uses any more."""
    ages = {path: STALE_SECONDS for path in store.iterdir() if PROCESS.fullmatch(path.name)}
    for path in store.parent.iterdir():
        if path != store and STORE.fullmatch(path.name):
            ages[path] = UNUSED_SECONDS
    for path, seconds in ages.items():
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > seconds:
                shutil.rmtree(path, ignore_errors=True)  # it follows no links


def _reserve(path: Path) -> None:
    """Take room on the disk; raises OSError where there is too little."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, RESERVED_BYTES)
        else:
            file.write(bytes(RESERVED_BYTES))
