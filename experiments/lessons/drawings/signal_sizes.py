"""How large the outputs of each layer are before the first step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...plots.lessons.layers import Layers, draw_layers
from .. import inside
from ..runs import Case, short_names


def numbers(cases: Sequence[Case]) -> Layers:
    """The root mean square of each hidden layer's outputs, of every repeat's initial weights."""
    sizes = tuple(inside.sizes_at_start(case).outputs_RxL[:, :-1] for case in cases)
    return Layers(short_names(cases), sizes, "size of the outputs")


def caption(shown: Layers) -> str:
    """How much of the signal is left behind the last hidden layer."""
    left = [float(np.exp(np.log(one[:, -1] / one[:, 0]).mean())) for one in shown.sizes]
    ratios = "; ".join(
        f"{name}: {share:.2g}" for name, share in zip(shown.names, left, strict=True)
    )
    return (
        "The root mean square of the outputs of each hidden layer, before the first step: a dot a "
        "repeat, their geometric mean as a line. What is left of the first layer's signal behind "
        f"the last hidden layer: {ratios}."
    )


draw = draw_layers
