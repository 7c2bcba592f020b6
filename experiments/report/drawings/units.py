"""Hidden-unit activations: what the units of each layer put out along a feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...record import Record
from ..chart_data import spread_out, varying_features
from . import svg

UNITS_HEIGHT = 270
UNIT_PLACES, UNITS = 80, 20  # points of a unit's curve, units drawn of one layer


@dataclass(frozen=True)
class UnitPicture:
    """One hidden layer: `units` of them in all, of which some are drawn, a path each."""

    name: str
    activation: str
    feature: str
    units: int
    frame: svg.Frame
    paths: list[str]


def unit_pictures(record: Record, network: Any) -> list[UnitPicture]:
    """What the units of each hidden layer put out while the last feature that varies runs along.

    The other features stay at their means. Computed layer by layer with the saved network.
    """
    table, feature = record.predictions, (varying_features(record) or record.features)[-1]
    low, high = float(table[feature].min()), float(table[feature].max())
    x_G = np.linspace(low, high, UNIT_PLACES)
    means = {name: float(table[name].mean()) for name in record.features}
    values = [x_G if n == feature else np.full(UNIT_PLACES, means[n]) for n in record.features]
    signal: Any = np.stack(values).T.astype(np.float32)
    pictures: list[UnitPicture] = []
    for layer in network.layers[:-1]:
        signal = layer(signal)
        if not layer.name.startswith("hidden"):  # Normalization
            continue
        out_GxU = np.asarray(signal, dtype=float)
        if not np.isfinite(out_GxU).all():
            return pictures
        kept = spread_out(out_GxU.shape[1], UNITS)
        y = svg.wider(float(out_GxU[:, kept].min()), float(out_GxU[:, kept].max()), 0.05)
        frame = svg.Frame(svg.at_pixel(UNITS_HEIGHT), svg.wider(low, high, 0.02), y)
        across = frame.across(x_G)
        paths = [svg.path(across, frame.up(out_GxU[:, unit])) for unit in kept]
        name, units = layer.name.replace("_", " "), out_GxU.shape[1]
        activation = layer.activation.__name__
        pictures.append(UnitPicture(name, activation, feature, units, frame, paths))
    return pictures
