"""Two live pictures of the run page: the fit during training, and the hidden-unit activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..plots.pictures import fit
from ..record import Record
from . import svg
from .chart_data import curve_breaks, spread_out, varying_features

PICTURE_WIDTH, HEIGHT, LAYER_HEIGHT = 760, 380, 240
DRAWN_ROWS, SLIDER_EPOCHS = 160, 40  # points of the curve, frames of the slider
GRID, UNITS = 80, 20  # points of a unit's curve, units drawn of one layer


@dataclass(frozen=True)
class Growth:
    """The fit over epochs, in pixels.

    points: (x, y, is validation) of rows; frames: heights of the curve at `x` for each of `epochs`,
    empty where a prediction is not finite; breaks: where the curve is interrupted, everywhere if
    several features vary.
    """

    feature: str
    target: str
    frame: svg.Frame
    points: list[tuple[float, float, bool]]
    optimum: str
    x: list[float]
    breaks: list[int]
    epochs: list[int]
    frames: list[list[float]]

    @property
    def last(self) -> str:
        """The curve after the last epoch, for a page without JavaScript."""
        return svg.path(self.x, self.frames[-1], self.breaks) if self.frames[-1] else ""

    @property
    def data(self) -> dict[str, Any]:
        """What the slider's script needs."""
        return {"x": self.x, "breaks": self.breaks, "epochs": self.epochs, "frames": self.frames}


@dataclass(frozen=True)
class UnitPicture:
    """One hidden layer: `units` of them in all, of which some are drawn, a path each."""

    name: str
    activation: str
    feature: str
    units: int
    frame: svg.Frame
    paths: list[str]


def growing(record: Record) -> Growth:
    """The shown repeat's predictions at the recorded epochs, on some of the rows."""
    shown = fit.numbers(record)
    rows = shown.order_N[spread_out(len(shown.order_N), DRAWN_ROWS)]
    x_N, y_N = shown.x_N[rows], shown.y_N[rows]
    frame = svg.frame(PICTURE_WIDTH, HEIGHT, shown.x_N, shown.y_N, margin=0.15)
    kept = spread_out(len(record.snapshot_epochs), SLIDER_EPOCHS)
    guide_N = shown.prediction_N if shown.optimum_N is None else shown.optimum_N
    breaks = curve_breaks(record, x_N, guide_N[rows])
    across = frame.across(x_N)
    best = [] if shown.optimum_N is None else frame.up(shown.optimum_N[rows])
    return Growth(
        feature=shown.feature,
        target=shown.target,
        frame=frame,
        points=list(zip(across, frame.up(y_N), shown.validation_N[rows].tolist(), strict=True)),
        optimum=svg.path(across, best, breaks) if best else "",
        x=across,
        breaks=breaks,
        epochs=record.snapshot_epochs[kept].tolist(),
        frames=[
            frame.up(heights_N) if np.isfinite(heights_N).all() else []
            for heights_N in record.snapshots[kept][:, rows].astype(float)
        ],
    )


def unit_pictures(record: Record, network: Any) -> list[UnitPicture]:
    """What the units of each hidden layer put out while the last feature that varies runs along.

    The other features stay at their means. Computed layer by layer with the saved network.
    """
    table, feature = record.predictions, (varying_features(record) or record.features)[-1]
    x_G = np.linspace(table[feature].min(), table[feature].max(), GRID)
    means = {name: float(table[name].mean()) for name in record.features}
    values = np.stack([x_G if n == feature else np.full(GRID, means[n]) for n in record.features])
    signal: Any = values.T.astype(np.float32)
    pictures: list[UnitPicture] = []
    for layer in network.layers[:-1]:
        signal = layer(signal)
        if not layer.name.startswith("hidden"):  # Normalization
            continue
        out_GxU = np.asarray(signal, dtype=float)
        if not np.isfinite(out_GxU).all():
            return pictures
        kept = spread_out(out_GxU.shape[1], UNITS)
        frame = svg.frame(PICTURE_WIDTH, LAYER_HEIGHT, x_G, out_GxU[:, kept], margin=0.05)
        across = frame.across(x_G)
        paths = [svg.path(across, frame.up(out_GxU[:, unit])) for unit in kept]
        name, count = layer.name.replace("_", " "), out_GxU.shape[1]
        activation = layer.activation.__name__
        pictures.append(UnitPicture(name, activation, feature, count, frame, paths))
    return pictures
