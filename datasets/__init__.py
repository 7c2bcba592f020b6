"""Datasets: arrays in memory, with the best possible prediction where it is known."""

from __future__ import annotations

from typing import Any

from .dataset import Dataset
from .split import Split, split_rows
from .synthetic import SYNTHETIC, Source, Synthetic

DATASETS: dict[str, Source] = {**SYNTHETIC}


def load(spec: Any) -> Dataset:
    """The dataset that a spec describes; `spec.kind` is a key of `DATASETS`."""
    return DATASETS[spec.kind].make(spec)


__all__ = ["DATASETS", "Dataset", "Source", "Split", "Synthetic", "load", "split_rows"]
