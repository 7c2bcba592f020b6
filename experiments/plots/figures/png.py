"""Pixels as a PNG file of at most 256 colours, a third of the size of all of them.

Most of a picture is background: the colours are chosen, and pixels brought to them, without it.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLORS = 256
INDEXED, PER_METER = 3, 1  # colours of a palette; dots counted by the metre
ZLIB_LEVEL = 1  # level of compression: half as slow as the usual one for files a third larger
METERS = 0.0254  # metres
ACROSS = 1024  # pixels of a row of those that are no background, put together
SPARED = 8  # one pixel of background to so many others, enough for a colour of its own


def palette_png(pixels_HxWx4: NDArray[np.uint8], dpi: int) -> bytes:
    """The bytes of a file. Nothing may be transparent; the first pixel is of the background."""
    from PIL import Image

    height, width = pixels_HxWx4.shape[:2]
    whole_P = np.ascontiguousarray(pixels_HxWx4).view(np.uint32).reshape(-1)
    drawn_D = np.flatnonzero(whole_P != whole_P[0])
    rows = -(-(len(drawn_D) + len(drawn_D) // SPARED + ACROSS) // ACROSS)
    some = np.full((rows, ACROSS), whole_P[0])
    some.reshape(-1)[: len(drawn_D)] = whole_P[drawn_D]
    image = Image.frombytes("RGB", (ACROSS, rows), some.tobytes(), "raw", "RGBX")
    few: Any = image.quantize(COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    places = np.asarray(few).reshape(-1)
    palette = few.getpalette() or []  # where the background may have become a little darker
    last = int(places[-1])  # three times a byte would not fit into one
    palette[3 * last : 3 * last + 3] = pixels_HxWx4[0, 0, :3].tolist()
    indices_P = np.full(len(whole_P), places[-1])
    indices_P[drawn_D] = places[: len(drawn_D)]
    # Each line says first that it is not filtered.
    lines_HxW1 = np.zeros((height, width + 1), dtype=np.uint8)
    lines_HxW1[:, 1:] = indices_P.reshape(height, width)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, INDEXED, 0, 0, 0)),
            _chunk(b"PLTE", bytes(palette)),
            _chunk(b"pHYs", struct.pack(">IIB", *[round(dpi / METERS)] * 2, PER_METER)),
            _chunk(b"IDAT", zlib.compress(lines_HxW1.data, ZLIB_LEVEL)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a file: how long it is, what it is, and a sum to check it by."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
