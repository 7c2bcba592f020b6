"""network.png: units and weights of the saved network, size and sign of each weight as a line.

What is drawn is found here, `network_drawing` draws it. Wide layers show their first and last
units, deep networks their first and last layers; what lies between is folded into a band.
Letters: I inputs and U units of a layer, S places in a column, L lines between two columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.dataset import Floats
from models.network import dense_weights

from ..text import count

WIDE_LAYER, WIDE_ENDS = 16, 5  # units of a layer that are all drawn; of a wider one at either end
DEEP, DEEP_ENDS = 8, 4  # the same of hidden layers
INPUTS, OUTPUT = "inputs", "output"
RECTIFIED = ("relu", "relu6")  # activations that are 0 for half of what goes in


@dataclass(frozen=True, eq=False)
class DenseLayer:
    """A Dense layer; name and activation as the saved network has them.

    dead_U: which units put out 0 on every row; None where the activation is never 0.
    """

    name: str
    activation: str
    w_IxU: NDArray[np.floating[Any]]
    b_U: NDArray[np.floating[Any]]
    dead_U: NDArray[np.bool_] | None = None


class UnitPlace(NamedTuple):
    """What stands at one place of a column: a unit, or a band of those that are not drawn."""

    units: range
    band: bool


@dataclass(frozen=True, eq=False)
class LayerColumn:
    """A layer, the inputs, or a stack of layers that are folded into one band.

    words: what stands under it, a line each. names: of the inputs, or of the output, beside each
    place. bias_S: each bias as a share of its layer's largest, nan where it is no finite number or
    there is none. unused_S: whether no weight other than 0 leads in, or none leads out. dead_S:
    whether the unit puts out 0 on every row; dead: how many do, folded ones too.
    """

    words: tuple[str, ...]
    places: tuple[UnitPlace, ...]
    names: tuple[str, ...]
    bias_S: Floats
    unused_S: NDArray[np.bool_]
    dead_S: NDArray[np.bool_]
    dead: int = 0
    folded: str = ""


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines between two columns that stand beside each other.

    start_L, stop_L: places in the column before and in the one after. band_L: whether a line stands
    for the weights of a band; weight_L is then the mean of their sizes. share_L: its size beside
    the layer's largest, 0 where it is no finite number. largest: that size.
    """

    start_L: NDArray[np.int64]
    stop_L: NDArray[np.int64]
    band_L: NDArray[np.bool_]
    weight_L: Floats
    share_L: Floats
    largest: float


@dataclass(frozen=True, eq=False)
class NetworkDrawing:
    """All that is drawn of a network.

    positive, negative: how many weights are; lost: weights and biases that are no finite numbers.
    """

    columns: tuple[LayerColumn, ...]
    lines: tuple[Lines, ...]
    positive: int
    negative: int
    lost: int
    total: int


def layers_of(network: Any, x_NxF: Floats) -> tuple[DenseLayer, ...]:
    """The Dense layers of a saved network, from the input on; x_NxF: the rows it was made for."""
    weights = dense_weights(network)
    named = [one for one in network.layers if one.name.startswith(("hidden", OUTPUT))]
    dead = _dead_units(network, x_NxF)
    return tuple(
        DenseLayer(
            one.name.replace("_", " "), one.activation.__name__, kernel, bias, dead.get(one.name)
        )
        for one, kernel, bias in zip(named, weights[::2], weights[1::2], strict=True)
    )


def _dead_units(network: Any, x_NxF: Floats) -> dict[str, NDArray[np.bool_]]:
    """By the names of layers whose activation can be 0, which units put out 0 on every row."""
    rectified = [one.name for one in network.layers[:-1] if _activation(one) in RECTIFIED]
    found: dict[str, NDArray[np.bool_]] = {}
    signal: Any = x_NxF
    for layer in network.layers:
        if len(found) == len(rectified):
            break
        signal = layer(signal)
        if layer.name in rectified:
            found[layer.name] = (np.asarray(signal) == 0).all(axis=0)
    return found


def _activation(layer: Any) -> str:
    return layer.activation.__name__ if layer.name.startswith("hidden") else ""


def numbers(layers: Sequence[DenseLayer], features: Sequence[str], target: str) -> NetworkDrawing:
    """What is drawn of a network's Dense layers, for features and a target of these names."""
    *hidden, output = layers
    before, folded, after = _outer_ends(hidden)
    used = _used(layers)
    columns = [_inputs(features, used[0])]
    columns += [_dense_column(layer, used[k]) for k, layer in enumerate(before, start=1)]
    if folded:
        columns.append(_fold(folded))
    first = len(hidden) - len(after) + 1
    columns += [_dense_column(layer, used[k]) for k, layer in enumerate(after, start=first)]
    columns.append(_dense_column(output, used[-1], (target,)))
    # A kernel leads from its layer's inputs; of those around a fold one end is the band.
    kernels = [*layers[: len(before) + bool(folded)], *layers[first - 1 :]]
    lines = [
        _between(layer.w_IxU, _met_by(left, layer.w_IxU.shape[0]), _met_by(right, len(layer.b_U)))
        for layer, left, right in zip(kernels, columns[:-1], columns[1:], strict=True)
    ]
    weights = np.concatenate([layer.w_IxU.ravel() for layer in layers])
    everything = np.concatenate([weights, *(layer.b_U for layer in layers)])
    return NetworkDrawing(
        columns=tuple(columns),
        lines=tuple(lines),
        positive=int((weights > 0).sum()),
        negative=int((weights < 0).sum()),
        lost=int((~np.isfinite(everything)).sum()),
        total=len(everything),
    )


def _outer_ends(
    hidden: Sequence[DenseLayer],
) -> tuple[Sequence[DenseLayer], Sequence[DenseLayer], Sequence[DenseLayer]]:
    """The hidden layers that are drawn, those that are folded, and those drawn after them."""
    if len(hidden) <= DEEP:
        return hidden, (), ()
    return hidden[:DEEP_ENDS], hidden[DEEP_ENDS:-DEEP_ENDS], hidden[-DEEP_ENDS:]


def _used(layers: Sequence[DenseLayer]) -> list[NDArray[np.bool_]]:
    """Of the inputs and each layer, which units have weights other than 0 on both sides."""
    out = [(layer.w_IxU != 0).any(axis=1) for layer in layers]
    into = [(layer.w_IxU != 0).any(axis=0) for layer in layers]
    between = [one & other for one, other in zip(into[:-1], out[1:], strict=True)]
    return [out[0], *between, into[-1]]


def _drawn_places(units: int) -> tuple[UnitPlace, ...]:
    if units <= WIDE_LAYER:
        return tuple(UnitPlace(range(unit, unit + 1), band=False) for unit in range(units))
    ends = [*range(WIDE_ENDS), *range(units - WIDE_ENDS, units)]
    drawn = [UnitPlace(range(unit, unit + 1), band=False) for unit in ends]
    band = UnitPlace(range(WIDE_ENDS, units - WIDE_ENDS), band=True)
    return (*drawn[:WIDE_ENDS], band, *drawn[WIDE_ENDS:])


def _inputs(features: Sequence[str], used_U: NDArray[np.bool_]) -> LayerColumn:
    places = _drawn_places(len(features))
    names = tuple("" if place.band else features[place.units[0]] for place in places)
    words = (INPUTS, count(len(features), "feature"))
    none_S, dead_S = np.full(len(places), np.nan), np.zeros(len(places), dtype=bool)
    return LayerColumn(words, places, names, none_S, _unused(places, used_U), dead_S)


def _dense_column(
    layer: DenseLayer, used_U: NDArray[np.bool_], names: tuple[str, ...] = ()
) -> LayerColumn:
    places = _drawn_places(len(layer.b_U))
    sizes_U = np.abs(layer.b_U[np.isfinite(layer.b_U)]).astype(float)
    largest = float(sizes_U.max(initial=0)) or 1.0
    bias_U = np.where(np.isfinite(layer.b_U), layer.b_U, np.nan).astype(float) / largest
    bias_S = np.array([np.nan if place.band else bias_U[place.units[0]] for place in places])
    dead_U = layer.dead_U if layer.dead_U is not None else np.zeros(len(layer.b_U), dtype=bool)
    dead_S = np.array([not place.band and bool(dead_U[place.units[0]]) for place in places])
    dead = int(dead_U.sum())
    words = [layer.name, count(len(layer.b_U), "unit"), layer.activation]
    words += [f"{dead:,} dead"] if dead else []
    return LayerColumn(tuple(words), places, names, bias_S, _unused(places, used_U), dead_S, dead)


def _fold(layers: Sequence[DenseLayer]) -> LayerColumn:
    """A column for layers that are not drawn, with what they are in words."""
    widths = sorted({len(layer.b_U) for layer in layers})
    activations = list(dict.fromkeys(layer.activation for layer in layers))
    units = f"{widths[0]}" if len(widths) == 1 else f"{widths[0]} to {widths[-1]}"
    text = f"{count(len(layers), 'more layer')} of {units} {', '.join(activations)}"
    place = (UnitPlace(range(0), band=True),)
    dead = sum(int(layer.dead_U.sum()) for layer in layers if layer.dead_U is not None)
    text += f", {dead:,} dead" if dead else ""
    no = np.array([False])
    return LayerColumn((), place, (), np.array([np.nan]), no, no, dead, text)


def _unused(places: Sequence[UnitPlace], used_U: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.array([not used_U[place.units].any() for place in places])


def _met_by(column: LayerColumn, units: int) -> tuple[UnitPlace, ...]:
    """The places of a column as a kernel of so many units meets them."""
    return (UnitPlace(range(units), band=True),) if column.folded else column.places


def _between(
    w_IxU: NDArray[np.floating[Any]], before: Sequence[UnitPlace], after: Sequence[UnitPlace]
) -> Lines:
    size_IxU = np.abs(w_IxU, dtype=float)
    largest = float(size_IxU[np.isfinite(size_IxU)].max(initial=0))
    pairs = [(i, u) for i in range(len(before)) for u in range(len(after))]
    band_L = np.array([before[i].band or after[u].band for i, u in pairs])
    weight_L = np.array(
        [
            float(size_IxU[np.ix_(before[i].units, after[u].units)].mean())
            if banded
            else float(w_IxU[before[i].units[0], after[u].units[0]])
            for (i, u), banded in zip(pairs, band_L, strict=True)
        ]
    )
    share_L = np.abs(np.where(np.isfinite(weight_L), weight_L, 0)) / (largest or 1)
    start_L, stop_L = np.array(pairs).T
    return Lines(start_L, stop_L, band_L, weight_L, share_L, largest)
