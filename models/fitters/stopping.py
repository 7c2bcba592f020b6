"""Early stopping in the compiled program, member by member, as Keras' EarlyStopping does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .arrays import Inputs, State


class Best(NamedTuple):
    """The best epoch of each member so far, as Keras' callback remembers it."""

    weights_MxP: Any  # like those of State
    loss_M: Any
    epoch_M: Any  # from 1; 0 before the first
    waited_M: Any  # epochs since then
    epochs_M: Any  # epochs trained in all calls
    stopped_M: Any  # by patience; who neither runs nor stopped has diverged


def begin(weights_MxP: Any) -> Best:
    """Nothing trained yet."""
    import numpy as np

    members = len(weights_MxP)
    zeros_M = np.zeros(members, np.int32)
    infinite_M = np.full(members, np.inf, np.float32)
    return Best(weights_MxP, infinite_M, zeros_M, zeros_M, zeros_M, np.zeros(members, np.bool_))


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
        weights_MxP=tf.where(better_M[:, None], state.weights_MxP, best.weights_MxP),
        loss_M=tf.where(better_M, loss_M, best.loss_M),
        epoch_M=tf.where(better_M, epochs_M, best.epoch_M),
        waited_M=waited_M,
        epochs_M=epochs_M,
        stopped_M=best.stopped_M | ends_M,
    )
    return state._replace(running_M=state.running_M & ~ends_M, stopping=after)


def restored(state: State) -> State:
    """The state with the best weights of each member that trained and did not diverge."""
    import tensorflow as tf

    best = state.stopping
    healthy_M = (state.running_M | best.stopped_M) & (best.epoch_M > 0)
    chosen_MxP = tf.where(healthy_M[:, None], best.weights_MxP, state.weights_MxP)
    return state._replace(weights_MxP=chosen_MxP)
