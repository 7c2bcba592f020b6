"""Early stopping in the compiled program, member by member, as Keras' EarlyStopping does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .arrays import Inputs, State, Weights


class Best(NamedTuple):
    """The best epoch of each member so far, as Keras' callback remembers it."""

    weights: Weights
    loss_M: Any
    epoch_M: Any  # from 1; 0 before the first
    waited_M: Any  # epochs since then
    epochs_M: Any  # epochs trained in all calls
    stopped_M: Any  # by patience; who neither runs nor stopped has diverged


def begin(weights: Weights) -> Best:
    """Nothing trained yet."""
    import numpy as np

    members = len(weights.outer_MxP)
    zeros_M = np.zeros(members, np.int32)
    infinite_M = np.full(members, np.inf, np.float32)
    return Best(weights, infinite_M, zeros_M, zeros_M, zeros_M, np.zeros(members, np.bool_))


def stop(state: State, inputs: Inputs, loss_M: Any, e: Any) -> State:
    """The state after epoch e, whose monitored losses (M,) are finite where members run.

    A member stops where its patience ends, though never after its first epoch; it then is frozen.
    """
    import tensorflow as tf

    best = state.stopping
    alive_M = state.running_M & (e > 0)
    epochs_M = best.epochs_M + tf.cast(alive_M, tf.int32)
    better_M = alive_M & (loss_M < best.loss_M)
    waited_M = tf.where(better_M, 0, best.waited_M + tf.cast(alive_M, tf.int32))
    ends_M = alive_M & ~better_M & (waited_M >= inputs.options["patience"]) & (epochs_M > 1)
    after = Best(
        weights=_chosen(better_M, state.weights, best.weights),
        loss_M=tf.where(better_M, loss_M, best.loss_M),
        epoch_M=tf.where(better_M, epochs_M, best.epoch_M),
        waited_M=waited_M,
        epochs_M=epochs_M,
        stopped_M=best.stopped_M | ends_M,
    )
    return state._replace(running_M=state.running_M & ~ends_M, stopping=after)


def restored(state: State) -> State:
    """The state with the best weights of each member that trained and did not diverge."""
    best = state.stopping
    healthy_M = (state.running_M | best.stopped_M) & (best.epoch_M > 0)
    return state._replace(weights=_chosen(healthy_M, best.weights, state.weights))


def _chosen(first_M: Any, one: Weights, other: Weights) -> Weights:
    """The weights of the one where `first_M`, else those of the other."""
    import tensorflow as tf

    def choose(a: Any, b: Any, axes: list[int]) -> Any:
        return tf.where(tf.reshape(first_M, axes), a, b)

    shapes = ([-1, 1], [-1, 1, 1], [-1, 1])
    return type(one)(*map(choose, one, other, shapes))
