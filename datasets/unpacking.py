"""The bytes of a table from outside, unpacked as they are read, and no more than stated.

A file of a few kilobytes may unpack to more than any disk holds, and a table of empty cells takes
a hundred times its size in memory: what was read is counted, and reading ends where it is too much.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .errors import DataError, Wrong
from .fetching import fetched
from .memory import memory

MOST_UNPACKED = 2**30  # of a table, unpacked
# Memory that a table takes while it is read, measured with cells of one digit up to those of
# eighteen and with lines of one cell up to a hundred; half of what there is may be taken.
PER_BYTE, PER_CELL, PER_LINE, SHARE = 2, 16, 100, 0.5
AT_ONCE = 2**18
WEB = ("http", "https", "ftp")
TARS = {".tar": "", ".tar.gz": ".gz", ".tar.bz2": ".bz2", ".tar.xz": ".xz"}
FEWER = "take fewer rows or columns, for example a sample of the table"


class Counted(io.RawIOBase):
    """A stream that ends in a DataError where it has too many bytes, or cells and lines."""

    def __init__(self, stream: BinaryIO, path: str, packed: int, separator: bytes) -> None:
        self.stream, self.path, self.packed = stream, path, packed
        self.separator, self.bytes, self.needed = separator, 0, 0
        there_are = memory()
        self.most = None if there_are is None else int(there_are * SHARE)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, into: Any) -> int:
        """Read into a buffer; raises DataError."""
        content = self.stream.read(len(into))
        into[: len(content)] = content
        self.bytes += len(content)
        self.needed += PER_BYTE * len(content) + PER_LINE * content.count(b"\n")
        self.needed += PER_CELL * content.count(self.separator)
        if self.bytes > MOST_UNPACKED:
            raise too_large(self.path, self.packed)
        if self.most is not None and self.needed > self.most:
            what = f"needs more than {self.most:,} bytes of memory after {self.bytes:,} that were"
            what = f"{what} read, half of what there is, received {self.path!r}"
            raise DataError([Wrong("dataset.path", what, FEWER)])
        return len(content)


def too_large(path: str, size: int) -> DataError:
    """The refusal of a file of so many bytes that has more once it is unpacked, or anyway."""
    what = f"has more than {MOST_UNPACKED:,} bytes" + " once unpacked" * (size <= MOST_UNPACKED)
    what = f"{what}, and no table is read beyond that, received {path!r} of {size:,} bytes"
    return DataError([Wrong("dataset.path", what, FEWER)])


@contextmanager
def unpacked_table(path: str, separator: str = ",") -> Iterator[BinaryIO]:
    """The bytes of a file, or of what a URL names, unpacked as the ending of its name says.

    Args:
        path: a file, or a URL of any kind that pandas opens.
        separator: what stands between its cells.

    Raises:
        DataError: where there is more of it than is read.
        OSError, ImportError, EOFError, RuntimeError and those of the packers: where it cannot be
            opened, or is not what its name says.
    """
    with ExitStack() as kept:
        stream, size, ending = _opened(path, kept)
        if size > MOST_UNPACKED:
            raise too_large(path, size)
        for layer in (TARS.get(ending, ending), ".tar" if ending in TARS else ""):
            # What a tar holds lies behind what its own packing is: both may be bombs.
            plain = kept.enter_context(_layer(layer, stream))
            counted = Counted(plain, path, size, separator.encode())
            stream = cast(BinaryIO, kept.enter_context(io.BufferedReader(counted, AT_ONCE)))
        yield stream


def _opened(path: str, kept: ExitStack) -> tuple[BinaryIO, int, str]:
    """The bytes as they are stored or sent, how many where that is known, and how it is packed."""
    scheme, colon, _ = path.partition("://")
    if colon and scheme in WEB:
        content, sent = fetched(path)
        packed = ".gz" if sent == "gzip" else _ending(urlsplit(path).path)
        return io.BytesIO(content), len(content), packed
    if colon and scheme != "file":
        pandas: Any = import_module("pandas.io.common")  # asks fsspec, where it is installed
        opened = pandas.get_handle(path, "rb", compression=None, is_text=False)
        return cast(BinaryIO, kept.enter_context(opened).handle), 0, _ending(path)
    local = Path(url2pathname(urlsplit(path).path) if colon else path)
    if local.exists() and not (local.is_file() or local.is_dir()):
        raise OSError("it is no file, but a device or a pipe")
    if local.is_file() and not local.stat().st_size:
        return io.BytesIO(), 0, ""  # what the system makes up, as in /proc, may never end
    stream = kept.enter_context(local.open("rb"))
    return stream, local.stat().st_size, _ending(local.name)


def _ending(name: str) -> str:
    known = (*TARS, ".gz", ".bz2", ".zip", ".xz", ".zst")
    return next((one for one in known if name.lower().endswith(one)), "")


@contextmanager
def _layer(ending: str, stream: BinaryIO) -> Iterator[BinaryIO]:
    """What is packed in a stream."""
    if ending == ".tar":
        with _only_member(stream) as member:
            yield member
    elif ending == ".zip":
        with zipfile.ZipFile(stream) as archive:
            (name,) = _only(archive.namelist())
            with archive.open(name) as part:
                yield cast(BinaryIO, part)
    elif ending == ".zst":
        reader = import_module("zstandard").ZstdDecompressor().stream_reader(stream)
        with reader:
            yield reader
    elif ending:
        opened: Any = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}[ending]
        with opened(stream, "rb") as plain:
            yield plain
    else:
        yield stream


@contextmanager
def _only_member(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The one file of a tar that is read from its begin to its end, and not held."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        first = archive.next()
        found = None if first is None else archive.extractfile(first)
        if found is None:
            raise OSError("it must hold one file, received none as the first")
        yield cast(BinaryIO, found)
        if archive.next() is not None:
            raise OSError("it must hold one file, received more than one")


def _only(names: list[str]) -> list[str]:
    if len(names) != 1:
        raise OSError(f"it must hold one file, received {len(names)}")
    return names
