"""What all drawings of pages share: which rows and epochs are kept."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray


def spread_out(count: int, wanted: int) -> NDArray[np.int64]:
    """At most `wanted` indices out of `count`, first and last among them."""
    if count <= wanted:
        return np.arange(count)
    return np.linspace(0, count - 1, wanted).round().astype(np.int64)


def embedded(value: Any) -> str:
    """JSON that can stand in a script element: no `<`, `>` or `&` that would end or open one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
