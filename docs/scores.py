"""Metrics and references as the documentation tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any, NamedTuple

from experiments.scoring import metrics as metric_registry
from experiments.scoring import references as reference_registry


class Described(NamedTuple):
    """One metric or reference."""

    name: str
    title: str
    meaning: str
    unit: str


def metrics() -> list[Described]:
    """All metrics."""
    return _described(metric_registry.METRICS)


def references() -> list[Described]:
    """All references that are computed from the rows."""
    return _described(reference_registry.BASELINES)


def _described(registry: Mapping[str, Any]) -> list[Described]:
    """What entries say of themselves: in fields, or as functions in the docstring."""
    return [
        Described(
            name,
            getattr(entry, "title", name.replace("_", " ")),
            getattr(entry, "meaning", cleandoc(entry.__doc__ or "").partition("\n")[0]),
            getattr(entry, "unit", ""),
        )
        for name, entry in registry.items()
    ]
