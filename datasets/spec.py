"""Types that every part of a config is written in: type, range and example in one place."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

# Values are taken as written (no "10" for 10), unknown keys are refused, and so are nan and inf.
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

# What only describes, such as where a file comes from, and moves no number of a run.
DESCRIBES: dict[str, Any] = {"describes": True}

Seed = Annotated[int, Field(ge=0, le=2**32 - 1, examples=[42])]
