"""Arrays of an npz file, whose headers are read before their data."""

from __future__ import annotations

import io
import math
import zipfile
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from datasets.memory import at_most

from ...errors import DamagedError
from .content import MIB, Place, ordinary_file

ARRAYS_BYTES = 4096 * MIB
COPIES = 4  # of an array that are in memory at once while it is read
MOST_ARRAYS = 20
NUMBER_TYPES = ("<f4", "<f8", "<i4", "<i8")  # formats that are read


def read_arrays(path: Place, most: int = ARRAYS_BYTES) -> dict[str, NDArray[Any]]:
    """The arrays of a file that `numpy.savez` wrote, by name.

    Archlab compresses none, so that no array is larger than its file.

    Raises:
        LinkError, DamagedError or OSError, see `content_of`.
    """
    file = ordinary_file(path, at_most(most, COPIES))
    try:
        with file, zipfile.ZipFile(file) as archive:
            parts = stored_parts(archive)
            for name, part in parts.items():
                with archive.open(name) as head:
                    _shape_of(cast(BinaryIO, head), part.file_size)
            return {
                name.removesuffix(".npy"): _array(io.BytesIO(archive.read(name)), part.file_size)
                for name, part in parts.items()
            }
    except DamagedError:
        raise
    # EOFError, RuntimeError and NotImplementedError are zipfile's, of what it cannot read.
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, SyntaxError) as error:
        raise DamagedError.at(path, f"holds no arrays of archlab's: {error}") from None


def stored_parts(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts of an archive of ours by name; raises ValueError where it is packed otherwise."""
    parts = archive.infolist()
    if len(parts) > MOST_ARRAYS or len({part.filename for part in parts}) < len(parts):
        raise ValueError(f"{len(parts)} parts, or several of one name")
    for part in parts:
        if part.compress_type != zipfile.ZIP_STORED or part.file_size != part.compress_size:
            raise ValueError(f"{part.filename[:50]!r} is compressed")
        if part.flag_bits & 0x1:
            raise ValueError(f"{part.filename[:50]!r} is encrypted")
    return {part.filename: part for part in parts}


def _array(file: BinaryIO, size: int) -> NDArray[Any]:
    """The array of a part of so many bytes; raises ValueError unless its header fits them."""
    shape, fortran, dtype = _shape_of(file, size)
    flat = np.frombuffer(file.read(), dtype)
    return flat.reshape(shape, order="F" if fortran else "C").copy()


def _shape_of(file: BinaryIO, size: int) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """What the header of an array says, which is read before its data."""
    version = npy.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"an array of format {version}")
    shape, fortran, dtype = npy.read_array_header_1_0(file)
    if dtype.str not in NUMBER_TYPES:
        raise ValueError(f"an array of {dtype.str[:20]}, not of numbers")
    if math.prod(shape) * dtype.itemsize != size - file.tell() or min(shape, default=0) < 0:
        raise ValueError(f"an array of {shape}, which is not the size of its data")
    return shape, fortran, dtype
