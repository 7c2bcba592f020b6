"""Seeds of rows and splits that are drawn again: pure functions of (seed, repeat)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .split import Split

# Keeps the two uses of a seed apart: where dataset.seed equals split.seed too.
_DATA, _SPLIT = 2, 3


def data_of(spec: Any, repeat: int) -> Any:
    """The spec of the rows that a repeat draws; repeat 0 has those of the spec itself."""
    return replace(spec, seed=_seed(spec.seed, repeat, _DATA))


def split_of(split: Split, repeat: int) -> Split:
    """The split that a repeat draws; repeat 0 has the one that is written down."""
    return replace(split, seed=_seed(split.seed, repeat, _SPLIT))


def _seed(seed: int, repeat: int, use: int) -> int:
    if repeat == 0:
        return seed
    return int(np.random.SeedSequence([seed, repeat, use]).generate_state(1)[0])
