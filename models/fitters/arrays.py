"""What the stacked engine's programs are compiled for, what they take and what they give.

Letters: M members, F features, L hidden layers, H those of them after the first, W units, P and Q
weights and biases, B rows of a batch, S steps of an epoch,
E epochs, R padded rows that are predicted, C snapshots.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..optimizers import OPTIMIZERS


class Shape(NamedTuple):
    """Everything that a program is compiled for; rows and epochs are padded, so few programs do.

    layers: hidden layers that there is room for; members of one call have as many, or fewer.
    activations: names besides the classic ones. options: what of `Training` is used besides, by
    key (see `plan.options`); what is not used is not compiled.
    """

    members: int
    features: int
    layers: int
    width: int
    batch: int
    steps: int
    rows: int
    validation_rows: int
    epochs: int
    snapshots: int
    optimizer: str
    loss: str = "mse"
    activations: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def outer(self) -> list[tuple[int, ...]]:
        """One member's first and last kernel and bias; the output's have no axis of units."""
        first = [(self.features, self.width), (self.width,)] if self.layers else []
        return [*first, (self.width if self.layers else self.features,), ()]

    @property
    def penalised(self) -> bool:
        """Whether the loss holds a penalty for large kernels."""
        return "weight_decay" in self.options and not OPTIMIZERS[self.optimizer].decoupled

    @property
    def measures(self) -> tuple[str, ...]:
        """What is measured of training and of validation rows: the loss, and mse if it differs."""
        return ("loss",) if self.loss == "mse" and not self.penalised else ("loss", "mse")


class Inputs(NamedTuple):
    """What a program takes. Counts are run-time values: one program serves many schedules.

    x and y hold the dataset's rows, padded to `Shape.rows`, and then its validation rows once more,
    padded to `Shape.validation_rows`: both are whole blocks, and one loop predicts either.
    """

    x_MxRxF: Any  # normalised features
    y_MxR: Any
    order_MxExSB: Any  # row numbers of each epoch in the order of their batches
    train_rows_M: Any
    validation_rows_M: Any
    rate_M: Any
    unit_mask_LxMxW: Any
    code_LxM: Any
    layers: Any  # scalars from here on; hidden layers that the members have
    first_round: Any  # 0 looks at the untrained members, 1 does not
    epochs: Any
    steps: Any
    rows: Any
    validation_rows: Any
    snapshot_slot_E: Any  # by finished epochs: the slot of the snapshot, or the last, unused one
    options: dict[str, Any]  # for each of Shape.options what members have: (M,), or (M, E, S)


class Weights(NamedTuple):
    """Kernels and biases of all members; gradients and an optimizer's slots are alike."""

    outer_MxP: Any  # of the first layer and the output in a row a member, see `Shape.outer`
    kernels_HxMxWxW: Any  # of the hidden layers after the first
    biases_HxMxW: Any


class State(NamedTuple):
    """What changes while a program trains, and goes on from one call of it to the next."""

    weights: Weights
    slots: Any  # what the optimizer remembers: a tuple of the like
    updates_M: Any
    running_M: Any
    stopping: Any = ()  # `stopping.Best`, with the option patience


class Outputs(NamedTuple):
    """What a program gives, by finished epochs of this call; row 0 stands for its beginning.

    A member that diverged keeps its last weights; its later rows mean nothing.
    """

    state: Any  # a State, None where another call went on from it
    training_ExM: Any  # one array for each of Shape.measures
    validation_ExM: Any
    epochs_M: Any  # epochs that the member trained, fewer than asked for where it diverged
    snapshots_CxMxR: Any
