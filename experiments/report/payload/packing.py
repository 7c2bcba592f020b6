"""Data that travel inside a page: JSON and arrays of numbers, deflated, as base64.

Numbers become differences of 16-bit codes, low bytes first and then high ones, which deflates to a
tenth of what the same numbers take as JSON. `static/comparison/data.js` reads it again.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = 0xFFFF  # the code of what is no finite number
MOST_STEPS = UNKNOWN - 1


@dataclass(frozen=True, eq=False)
class Curves:
    """Numbers, any shape, kept to `(high - low) / steps`; those outside are moved to the edge."""

    values: NDArray[Any]
    low: float
    high: float
    steps: int = 4096


def quantised(values: NDArray[Any], steps: int = 4096) -> Curves:
    """Numbers between their own lowest and highest."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    return Curves(values, low, high if high > low else low + 1, steps)


def packed(tree: Any) -> str:
    """JSON whose `Curves` become {at, shape, low, step} into the bytes that follow it."""
    chunks: list[bytes] = []
    size = 0

    def placed(curves: Any) -> dict[str, Any]:
        """What stands in the JSON for numbers, whose bytes are added to the others."""
        nonlocal size
        if not isinstance(curves, Curves):
            raise TypeError(f"{type(curves).__name__} cannot travel in a page")
        step = (curves.high - curves.low) / min(curves.steps, MOST_STEPS)
        chunks.append(_bytes(curves, step))
        at, size = size, size + len(chunks[-1])
        return {"at": at, "shape": list(curves.values.shape), "low": curves.low, "step": step}

    head = json.dumps(tree, ensure_ascii=False, allow_nan=False, default=placed).encode()
    whole = len(head).to_bytes(4, "little") + head + b"".join(chunks)
    return base64.b64encode(zlib.compress(whole, level=9)).decode()


def unpacked(text: str) -> Any:
    """The tree again, `Curves` as lists of lists; for tests and for whoever reads a page."""
    whole = zlib.decompress(base64.b64decode(text))
    start = 4 + int.from_bytes(whole[:4], "little")
    return _joined(json.loads(whole[4:start]), whole[start:])


def _bytes(curves: Curves, step: float) -> bytes:
    values = np.asarray(curves.values, dtype=float).ravel()
    known = np.isfinite(values)
    inside = np.clip(np.where(known, values, curves.low), curves.low, curves.high)
    codes = np.where(known, np.rint((inside - curves.low) / step), UNKNOWN).astype(np.uint16)
    deltas = np.diff(codes, prepend=np.uint16(0))
    return (deltas & 0xFF).astype(np.uint8).tobytes() + (deltas >> 8).astype(np.uint8).tobytes()


def _joined(tree: Any, data: bytes) -> Any:
    if isinstance(tree, list):
        return [_joined(value, data) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if set(tree) != {"at", "shape", "low", "step"}:
        return {name: _joined(value, data) for name, value in tree.items()}
    count = int(np.prod(tree["shape"]))
    planes = np.frombuffer(data, np.uint8, 2 * count, tree["at"]).astype(np.uint16)
    codes = np.cumsum(planes[:count] | planes[count:] << 8, dtype=np.uint16)
    values = np.where(codes == UNKNOWN, np.nan, tree["low"] + codes * tree["step"])
    return values.reshape(tree["shape"]).tolist()
