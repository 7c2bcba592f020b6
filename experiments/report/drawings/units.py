"""Hidden-unit activations: what the units of each layer put out along a feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...record import Record
from ..chart_data import spread_out
from . import paths, svg

UNITS_HEIGHT = 270
UNIT_PLACES, UNITS = 80, 20  # points of a unit's curve, units drawn of one layer
LEAST_DEVIATION = 1e-7  # of a feature that does not vary, as Keras' Normalization has it
# Other activations are left to Keras.
IN_NUMPY: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
}


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

    The other features stay at their means. Computed in NumPy with the saved network's weights: one
    call of Keras takes longer than all of it.
    """
    feature = (record.varying or record.features)[-1]
    column = {name: record.predictions[name].to_numpy(dtype=float) for name in record.features}
    low, high = float(column[feature].min()), float(column[feature].max())
    x_G = np.linspace(low, high, UNIT_PLACES)
    values = [
        x_G if name == feature else np.full(UNIT_PLACES, x_N.mean()) for name, x_N in column.items()
    ]
    signal_GxI: NDArray[Any] = np.stack(values).T.astype(np.float32)
    pictures: list[UnitPicture] = []
    for layer in network.layers:
        if layer.name == "normalization":
            signal_GxI = _as_normalized(layer, signal_GxI)
        if not layer.name.startswith("hidden"):
            continue
        signal_GxI = _activated(layer, signal_GxI)
        out_GxU = signal_GxI.astype(float)
        if not np.isfinite(out_GxU).all():
            return pictures
        kept = spread_out(out_GxU.shape[1], UNITS)
        y = svg.wider(float(out_GxU[:, kept].min()), float(out_GxU[:, kept].max()), 0.05)
        frame = svg.Frame(svg.at_pixel(UNITS_HEIGHT), svg.wider(low, high, 0.02), y)
        drawn = paths.lines(frame.across(x_G), frame.up(out_GxU[:, kept].T))
        name, units = layer.name.replace("_", " "), out_GxU.shape[1]
        activation = layer.activation.__name__
        pictures.append(UnitPicture(name, activation, feature, units, frame, drawn))
    return pictures


def _as_normalized(layer: Any, x_GxF: NDArray[Any]) -> NDArray[Any]:
    """What a Normalization layer makes of features, as Keras computes it."""
    deviation_F = np.maximum(np.sqrt(np.asarray(layer.variance)), LEAST_DEVIATION)
    z_GxF: NDArray[np.float64] = (x_GxF.astype(float) - np.asarray(layer.mean)) / deviation_F
    return z_GxF


def _activated(layer: Any, signal_GxI: NDArray[Any]) -> NDArray[Any]:
    """What the units of a layer put out."""
    kernel_IxU, bias_U = layer.get_weights()
    activation = IN_NUMPY.get(layer.activation.__name__, layer.activation)
    with np.errstate(over="ignore", invalid="ignore"):  # weights of a training that diverged
        sum_GxU = signal_GxI.astype(kernel_IxU.dtype) @ kernel_IxU + bias_U
        return np.asarray(activation(sum_GxU))
