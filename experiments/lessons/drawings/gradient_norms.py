"""How long the loss gradient is, layer by layer, before the first step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...plots.lessons.layers import Layers, draw_layers
from .. import inside
from ..runs import Case, short_names


def numbers(cases: Sequence[Case]) -> Layers:
    """The norm of the gradient by each layer's kernel, of every repeat's initial weights."""
    sizes = tuple(inside.sizes_at_start(case).gradients_RxL for case in cases)
    return Layers(short_names(cases), sizes, "norm of the gradient")


def caption(shown: Layers) -> str:
    """How much of the gradient is left at the input."""
    left = [float(np.exp(np.log(one[:, 0] / one[:, -1]).mean())) for one in shown.sizes]
    ratios = "; ".join(
        f"{name}: {share:.2g}" for name, share in zip(shown.names, left, strict=True)
    )
    return (
        "The length of the loss gradient by the weights of each layer, before the first step: a "
        "dot a repeat, their geometric mean as a line. What is left of the output layer's gradient "
        f"at the first layer: {ratios}."
    )


draw = draw_layers
