"""Small kernels and biases in one row a member: an optimizer's step is then one loop over all."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .arrays import Shape


def row(arrays: list[Any]) -> Any:
    """Arrays (M, ...) side by side, (M, P)."""
    import tensorflow as tf

    return tf.concat([tf.reshape(one, [one.shape[0], -1]) for one in arrays], axis=1)


def parts(shape: Shape, outer_MxP: Any) -> list[Any]:
    """First kernel (M, F, W) and bias (M, W), output kernel (M, W) and bias (M,)."""
    import tensorflow as tf

    return [
        tf.reshape(outer_MxP[:, begin:end], [outer_MxP.shape[0], *axes])
        for begin, end, axes in places(shape)
    ]


def views(shape: Shape, outer_P: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The same of one member, as views of a NumPy array."""
    return [outer_P[begin:end].reshape(axes) for begin, end, axes in places(shape)]


def kernel_mask(shape: Shape) -> NDArray[np.bool_]:
    """Which weights (P,) of the outer layers belong to kernels, not to biases."""
    import numpy as np

    sizes = [end - begin for begin, end, _ in places(shape)]
    return np.concatenate([np.full(size, k % 2 == 0) for k, size in enumerate(sizes)])


def places(shape: Shape) -> list[tuple[int, int, tuple[int, ...]]]:
    """Where each array begins and ends in a row, and its shape."""
    sizes = [math.prod(axes) for axes in shape.outer]
    ends = list(accumulate(sizes))
    return [
        (end - size, end, axes) for size, end, axes in zip(sizes, ends, shape.outer, strict=True)
    ]
