"""Folders that are written to hold no links: what is written there stays there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ...errors import LinkError, Problem, StorageError
from .. import files

NESTED = 20  # folders within each other
# What Hydra, logging and locks write into, rather than aside.
WRITTEN_IN_PLACE = (".log", ".yaml", ".lock")
JUNCTION = 0xA0000003  # what `lstat` says of one; `os.path.isjunction` needs Python 3.12


def is_link(path: Path | str) -> bool:
    """Whether a path is a symbolic link, or a junction of Windows, which calls it a folder."""
    if os.path.islink(path):  # noqa: PTH114, paths take longer than looking
        return True
    if os.name != "nt":
        return False
    try:
        return getattr(os.lstat(path), "st_reparse_tag", 0) == JUNCTION
    except OSError:
        return False


def refuse_links(folder: Path, below: Path | None = None, deep: bool = True) -> None:
    """Make sure that nothing in a folder leads elsewhere; it need not be there.

    The folder itself may be reached through links: only what lies in it is looked at.

    Args:
        folder: of a run or a sweep.
        below: the sweep's folder that a run's lies in; no folder between may be a link either.
        deep: whether its folders are looked into.

    Raises:
        LinkError: with all symbolic links and junctions that were found.
        StorageError: where a folder cannot be listed.
    """
    if below is not None:
        for part in [folder, *folder.parents][: len(folder.relative_to(below).parts)]:
            if is_link(part):
                raise LinkError.at(part)
    depth = NESTED if deep else 0
    if found := [one.path for one in _entries(folder, depth) if is_link(one.path)]:
        raise LinkError.at(*sorted(found))


def before_writing(folder: Path, below: Path | None = None, deep: bool = True) -> None:
    """`refuse_links`, for a folder that is about to be written to.

    A log or the like with another name elsewhere (a hard link) gets a copy of its own in its place.
    """
    refuse_links(folder, below, deep)
    for entry in _entries(folder, NESTED if deep else 0):
        if entry.name.endswith(WRITTEN_IN_PLACE):
            if entry.is_dir():
                what, fix = "is a folder where a file belongs", "move it away"
                raise StorageError([Problem(entry.path, what, fix)])
            _make_own(Path(entry.path))


def _entries(folder: Path | str, depth: int) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            listed = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StorageError.of(error, folder) from error
    for entry in listed:
        yield entry
        if depth and entry.is_dir(follow_symlinks=False) and not is_link(entry.path):
            yield from _entries(entry.path, depth - 1)


def _make_own(path: Path) -> None:
    """Give an ordinary file that has another name elsewhere a place of its own on the disk."""
    found = path.lstat()
    if found.st_nlink < 2 or not stat.S_ISREG(found.st_mode):
        return
    files.write_bytes(path, path.read_bytes())


def appending(path: Path) -> BinaryIO:
    """A file that is written to at its end; raises LinkError where it is a symbolic link."""
    if is_link(path):
        raise LinkError.at(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666), "ab")
