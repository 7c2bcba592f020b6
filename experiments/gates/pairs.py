"""The first errors of a baseline, trained again from their own seeds: whether numbers have changed.

Unchanged code ends on the same errors, digit for digit, wherever versions and processor are the
same. Elsewhere last digits differ, and training makes more of them: how much more was measured when
the baseline was made (see `retrain`), and is its tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..storage.provenance import LIBRARIES
from .baselines import LEAST, Baseline
from .verdicts import GateVerdict

# Over their size: what errors of the same numbers differ by at most.
EQUAL = 1e-12
# A tolerance is so many times the drift that was measured, and at least LEAST.
DRIFT_ROOM = 5
# Where a tolerance would come out above this, training is chaotic, and there is none.
CHAOS = 1e-3


@dataclass(frozen=True)
class Pairs:
    """How far the first errors are from the stored ones of the same seeds.

    drifts: one a seed, over the stored error; inf where a training diverged. tolerance: what their
    median may be elsewhere, None where only ranks can say. elsewhere: in words, what is other than
    where the baseline was made; nothing where numbers have to be equal. versions: whether some of
    that is a library.
    """

    drifts: tuple[float, ...]
    tolerance: float | None
    elsewhere: tuple[str, ...] = ()
    versions: bool = False

    @property
    def equal(self) -> bool:
        """Whether every number is the stored one."""
        return max(self.drifts) <= EQUAL

    @property
    def drift(self) -> float:
        """The median over seeds."""
        return float(np.median(self.drifts))

    @property
    def changed(self) -> bool:
        """Whether the code gives other numbers, as far as they say."""
        if not self.elsewhere:
            return not self.equal
        if math.isinf(max(self.drifts)):
            return True
        return self.tolerance is not None and self.drift > self.tolerance

    @property
    def doubtful(self) -> bool:
        """Whether errors from other seeds have to say more."""
        uncertain = bool(self.elsewhere) and (self.versions or self.tolerance is None)
        return not self.equal and (self.changed or uncertain)

    @property
    def message(self) -> str:
        """How many moved, and how far."""
        count = len(self.drifts)
        if self.equal:
            return f"{count} of {count} errors as stored"
        moved = sum(drift > EQUAL for drift in self.drifts)
        text = f"{moved} of {count} errors moved, {self.drift:.1e} of their size at the median"
        if not self.elsewhere:
            return f"{text} ({max(self.drifts):.1e} at most)"
        if self.tolerance is None:
            return f"{text}; this training is chaotic, and ranks alone can say more elsewhere"
        return f"{text} ({self.tolerance:.1e} may be expected elsewhere)"


def compare_seeds(
    baseline: Baseline, values: Sequence[float | None], versions: Mapping[str, str]
) -> Pairs:
    """The pairs of a baseline's first errors and those of its first seeds, trained again.

    Args:
        baseline: the stored one.
        values: one a repeat from 0, of the baseline's own seed; None where one diverged.
        versions: what trained them, see `provenance.versions`.
    """
    stored = baseline.values[: len(values)]
    drifts = tuple(_drift(old, new) for old, new in zip(stored, values, strict=True))
    libraries, processor = other_versions(baseline, versions), other_processor(baseline, versions)
    return Pairs(drifts, baseline.tolerance, (*libraries, *processor), bool(libraries))


def _drift(old: float, new: float | None) -> float:
    if new is None or not math.isfinite(new):
        return math.inf
    return abs(new - old) / abs(old) if old else float(new != old) and math.inf


def tolerance(drifts: Sequence[float]) -> float | None:
    """What may be expected elsewhere, from the drifts (medians over seeds) that were measured."""
    found = max(LEAST, DRIFT_ROOM * max(drifts, default=0.0))
    return found if found <= CHAOS else None


def other_versions(baseline: Baseline, here: Mapping[str, str]) -> list[str]:
    """In words, the libraries that are not those that made the baseline."""
    then = baseline.origin.versions
    return [
        f"{name} {here.get(name)} (was {then[name]})"
        for name in LIBRARIES
        if then.get(name, here.get(name)) != here.get(name)
    ]


def other_processor(baseline: Baseline, here: Mapping[str, str]) -> list[str]:
    """In words, how the processor is another one than the baseline's, or that it is not known."""
    then, now = baseline.origin.versions.get("processor"), here.get("processor")
    if then == now and now is not None:
        return []
    if then is None or now is None:
        return ["a processor that may be another one"]
    before, after = ({word.strip(",") for word in text.split()} for text in (then, now))
    words = [f"with {' '.join(sorted(after - before))}"] if after - before else []
    words += [f"without {' '.join(sorted(before - after))}"] if before - after else []
    return [f"another processor ({', '.join(words)})"]


@dataclass(frozen=True)
class Finding:
    """What a gate finds of one experiment; true where it passes, and its text says why.

    pairs: its first errors beside the stored ones. ranks: the errors from other seeds, where the
    pairs left a doubt. trouble: anything else that is wrong.
    """

    name: str
    pairs: Pairs
    ranks: GateVerdict | None = None
    trouble: str = ""

    def __bool__(self) -> bool:
        lasting = self.pairs.changed or self.trouble
        return not lasting and (self.ranks is None or bool(self.ranks))

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"

    @property
    def message(self) -> str:
        """The finding in words."""
        parts = [self.pairs.message, *([] if self.ranks is None else [self.ranks.message])]
        if self.trouble:
            return "; ".join([self.trouble, *parts])
        if self.ranks is not None and not self.ranks:
            parts[0] = f"numbers changed, and it matters: {parts[0]}"
        elif self.pairs.changed:
            parts[0] = f"numbers changed, no difference that matters seen: {parts[0]}"
        return "; ".join(parts)
