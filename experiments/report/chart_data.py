"""What all drawings of pages share: which features vary, which rows and epochs are kept."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..record import Record


def varying_features(record: Record) -> list[str]:
    """The features that are not the same in all rows."""
    columns = ((name, record.predictions[name].to_numpy()) for name in record.features)
    return [name for name, values_N in columns if (values_N != values_N[:1]).any()]


def spread_out(count: int, wanted: int) -> NDArray[np.int64]:
    """At most `wanted` indices out of `count`, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))


def embedded(value: Any) -> str:
    """JSON that can stand in a script element: no `<`, `>` or `&` that would end or open one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
