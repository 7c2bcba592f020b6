"""Files written aside and renamed: what stands under a name is always whole."""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# What is written aside is named by this machine, the process that writes it, and by chance.
ASIDE = re.compile(r"\.part-([0-9a-f]{4})-([0-9a-f]+)-([0-9a-f]{4})[0-9a-f]{4}(\..*)?")
FORGOTTEN = 24 * 3600.0  # seconds after which nobody writes what nobody can be asked about
THIS_PROCESS = secrets.token_hex(2)  # tells this process from one that had its number before
WAITS = (0.01, 0.03, 0.1, 0.3, 0.6)  # seconds between attempts


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file, aside first."""
    with replacing(path) as aside:
        aside.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, with the same suffix, that takes its place on success."""
    aside = path.with_name(_aside_name(path.suffix))
    try:
        yield aside
        _take_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def drop_leftovers(folder: Path) -> None:
    """Remove what processes that are over left half written in a folder."""
    for part in folder.glob(".part-*"):
        if not _is_being_written(part):
            with suppress(OSError):  # a folder of that name is none of ours
                part.unlink()


def _aside_name(suffix: str) -> str:
    return f".part-{_machine()}-{os.getpid():x}-{THIS_PROCESS}{secrets.token_hex(2)}{suffix}"


def _machine() -> str:
    """Four digits of this machine, which tell its processes from those of another."""
    return f"{zlib.crc32(platform.node().encode()) & 0xFFFF:04x}"


def _is_being_written(part: Path) -> bool:
    """Whether the process that writes a file aside may still be doing so."""
    named = ASIDE.fullmatch(part.name)
    # Windows has no question that does a process no harm; it lets nobody remove an open file.
    if named is None or named[1] != _machine() or os.name == "nt":
        try:
            return time.time() - part.lstat().st_mtime < FORGOTTEN
        except FileNotFoundError:
            return False
    process = int(named[2], 16)
    if process == os.getpid():
        return named[3] == THIS_PROCESS
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _take_place(aside: Path, path: Path) -> None:
    """Rename over what is there: Windows refuses while somebody, such as a scanner, reads that."""
    for seconds in WAITS if os.name == "nt" else ():
        try:
            aside.replace(path)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    aside.replace(path)


def write_json(path: Path, tree: Any) -> None:
    """Write a tree as JSON, aside first."""
    with replacing(path) as aside:
        aside.write_text(json_text(tree), encoding="utf-8")


def json_text(tree: Any) -> str:
    """A tree as JSON for people to read; raises ValueError for nan and inf."""
    return json.dumps(tree, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
