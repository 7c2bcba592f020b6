"""The bytes of one file: an ordinary one, reached through no link, and no larger than stated."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from ...errors import DamagedError, LinkError

MIB = 2**20
PNG, PICTURE_BYTES = b"\x89PNG\r\n\x1a\n", 64 * MIB  # how a picture begins, and its size at most
HASHED_AT_ONCE, MOST_HASHED = 2**18, 2**32  # bytes
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)  # Windows has none
# Without O_NONBLOCK opening a pipe would wait for whoever writes to it.
_FLAGS = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
Place = str | os.PathLike[str]


def content_of(path: Place, most: int) -> bytes:
    """All bytes of a file.

    Args:
        path: of the file. Of the path only the last part may be no link.
        most: how many bytes are read at most.

    Raises:
        LinkError: where it is a symbolic link.
        DamagedError: where it is no ordinary file, or larger.
        OSError: where it is missing, or may not be read.
    """
    file, size = _open_small(path, most)
    try:
        content = os.read(file, size)
        while len(content) < size and (more := os.read(file, size - len(content))):
            content += more
        return content
    finally:
        os.close(file)


def ordinary_file(path: Place, most: int) -> BinaryIO:
    """A file to be read piece by piece; raises as `content_of`."""
    file, _ = _open_small(path, most)
    return os.fdopen(file, "rb")


def _open_small(path: Place, most: int) -> tuple[int, int]:
    file, size = open_file(path)
    if size > most:
        os.close(file)
        raise DamagedError.at(path, f"has {size:,} bytes, and {most:,} are read at most")
    return file, size


def sha256_of(path: Place, first_bytes: int | None = None, whole: int | None = None) -> str:
    """SHA-256 of a file, or of its first bytes.

    Args:
        path: of the file.
        first_bytes: how many count; all without.
        whole: how many the file has, which is looked at first; nothing is hashed of another.

    Returns:
        The digits, or nothing where the file has another size or more than MOST_HASHED bytes.
    """
    file, size = open_file(path)
    try:
        if size > MOST_HASHED or (whole is not None and size != whole):
            return ""
        known = size if first_bytes is None else min(first_bytes, size)
        if known <= HASHED_AT_ONCE:
            return hashlib.sha256(os.read(file, known)).hexdigest()
        digest = hashlib.sha256()
        while block := os.read(file, min(known, HASHED_AT_ONCE)):
            digest.update(block)
            known -= len(block)
        return digest.hexdigest()
    finally:
        os.close(file)


def open_file(path: Place) -> tuple[int, int]:
    """An ordinary file's descriptor, open for reading, and its size; raises as `content_of`."""
    if not _NO_FOLLOW and os.path.islink(path):  # noqa: PTH114, paths take longer than reading
        raise LinkError.at(path)
    try:
        file = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LinkError.at(path) from None
        raise
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        os.close(file)
        raise DamagedError.at(path, "is no ordinary file")
    return file, found.st_size


def text_of(path: Path, most: int) -> str:
    """The text of a file in UTF-8; raises as `content_of`, and DamagedError for other bytes."""
    try:
        return content_of(path, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedError.at(path, f"is no text in UTF-8: byte {error.start}") from None
