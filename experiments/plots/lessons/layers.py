"""One number a layer, of every repeat: how signals and gradients grow or vanish on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import style
from . import Labels, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Layers:
    """names: of the runs; sizes: for each of them (R, L), one number a repeat and a layer."""

    names: tuple[str, ...]
    sizes: tuple[NDArray[Any], ...]
    up: str


def draw_layers(shown: Layers) -> Figure:
    """A panel a run: each repeat as a dot a layer, their geometric mean as a line."""
    labels = Labels("layer, from the input to the output", shown.up)
    figure, all_axes = panels(shown.names, labels)
    for axes, sizes_RxL in zip(all_axes, shown.sizes, strict=True):
        layers_L = np.arange(1, sizes_RxL.shape[1] + 1)
        for one_L in sizes_RxL:
            axes.plot(layers_L, one_L, ".", color=style.role_color("training"), markersize=4)
        typical_L = np.exp(np.log(np.maximum(sizes_RxL, 1e-300)).mean(axis=0))
        axes.plot(layers_L, typical_L, **style.look("prediction", linewidth=2, marker="o"))
        axes.set_yscale("log")
        axes.xaxis.set_major_locator(style.whole_numbers())
    return figure
