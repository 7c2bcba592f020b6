"""The losses of all repeats over the epochs, and which epochs of them are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import Fit

COLUMNS = ["repeat", "epoch", "loss", "val_loss", "mse", "val_mse"]
# Kept of a repeat that is not shown: half of them log-spaced, half evenly spaced, since a curve is
# looked at on either axis.
KEPT = 50


def table(fitted: Fit, shown: int) -> pd.DataFrame:
    """Columns repeat, epoch (from 1), loss, val_loss, mse, val_mse.

    Every epoch of the shown repeat; of the others those of `kept_epochs`, the same in all, and
    their own last one, so that a folder does not grow with its repeats.
    """
    longest = max(len(curves.get("loss", ())) for curves in fitted.history)
    parts = []
    for repeat, curves in enumerate(fitted.history):
        epochs = np.arange(1, len(curves.get("loss", ())) + 1)
        if repeat != shown:
            epochs = epochs[np.isin(epochs, [*kept_epochs(longest), len(epochs)])]
        if len(epochs):
            losses = {name: curve[epochs - 1] for name, curve in curves.items()}
            parts.append(pd.DataFrame({"repeat": repeat, "epoch": epochs, **losses}))
    return (pd.concat(parts) if parts else pd.DataFrame()).reindex(columns=COLUMNS)


def kept_epochs(epochs: int) -> NDArray[np.int64]:
    """At most `KEPT` epochs out of so many, the first and the last among them."""
    if epochs <= KEPT:
        return np.arange(1, epochs + 1)
    spaced = [np.geomspace(1, epochs, KEPT // 2), np.linspace(1, epochs, KEPT // 2)]
    return np.unique(np.concatenate(spaced).round().astype(np.int64))
