"""The losses of all repeats over the epochs, and which epochs of them are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models import Fit

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["repeat", "epoch", "loss", "val_loss", "mse", "val_mse"]
# Kept of a repeat that is not shown: half of them log-spaced, half evenly spaced, since a curve is
# looked at on either axis.
KEPT = 50


def table(fitted: Fit, shown: int) -> pd.DataFrame:
    """Columns repeat, epoch (from 1), loss, val_loss, mse, val_mse.

    Every epoch of the shown repeat; of the others those of `kept_epochs`, the same in all, and
    their own last one, so that a folder does not grow with its repeats.
    """
    import pandas as pd

    counts = [len(curves.get("loss", ())) for curves in fitted.history]
    if not any(counts):
        return pd.DataFrame(columns=COLUMNS)
    kept = kept_epochs(max(counts))
    some = {count: np.append(kept[kept < count], count) for count in {*counts} - {0}}
    some[0] = kept[:0]
    epochs_R = [some[count] for count in counts]
    epochs_R[shown] = np.arange(1, counts[shown] + 1)
    numbers_H = np.repeat(np.arange(len(counts)), [*map(len, epochs_R)])
    columns = {"repeat": numbers_H, "epoch": np.concatenate(epochs_R)}
    pairs = [pair for pair in zip(fitted.history, epochs_R, strict=True) if len(pair[1])]
    for name in COLUMNS[2:]:
        if name in pairs[0][0]:
            columns[name] = np.concatenate([curves[name][at - 1] for curves, at in pairs])
        else:
            columns[name] = np.full(len(numbers_H), np.nan)
    return pd.DataFrame(columns, copy=False)  # of many repeats it is large


def kept_epochs(epochs: int) -> NDArray[np.int64]:
    """At most `KEPT` epochs out of so many, the first and the last among them."""
    if epochs <= KEPT:
        return np.arange(1, epochs + 1)
    spaced = [np.geomspace(1, epochs, KEPT // 2), np.linspace(1, epochs, KEPT // 2)]
    return np.unique(np.concatenate(spaced).round().astype(np.int64))
