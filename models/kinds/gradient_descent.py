"""Gradient descent written out: a perceptron for regression from scratch in NumPy.

Read it from the top: each function is one step of the lesson, and `train` puts them together.
Letters: M rows (m in formulas), I inputs (features), O outputs (targets). Features and target are
standardised before they are trained on, so that one learning rate fits all problems; `predict`
brings predictions back into the targets' own units. The spec and the fitter at the end of the
file make it one of the kinds of models, and record what a run page shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.dataset import Floats
from datasets.spec import STRICT

from .. import scaling, seeds
from ..fitters.protocol import Kind, OnEpochs, Snapshots, one_by_one
from ..spec import DEFAULTS, Layer
from ..task import RepeatFit, Task


class Parameters(NamedTuple):
    """What is learned: a weight from each input to each output, and a bias for each output."""

    w_IxO: Floats
    b_O: Floats


def layer_sizes(x_MxI: Floats, y_MxO: Floats) -> tuple[int, int]:
    """How many inputs and how many outputs the data ask for: (I, O)."""
    return x_MxI.shape[1], y_MxO.shape[1]


def initial_parameters(n_inputs: int, n_outputs: int, seed: int, repeat: int = 0) -> Parameters:
    """Small random weights (I, O), normal x 0.01, and biases (O,) of zero."""
    w_IxO = seeds.small_normal(n_inputs, n_outputs, seed, repeat)
    return Parameters(w_IxO, np.zeros(n_outputs))


def forward(x_MxI: Floats, parameters: Parameters) -> Floats:
    """The predictions (M, O): a weighted sum of the inputs, plus the bias."""
    return x_MxI @ parameters.w_IxO + parameters.b_O


def cost(prediction_MxO: Floats, y_MxO: Floats) -> float:
    """How wrong the predictions (M, O) are: sum((prediction - y)^2) / (2 m).

    Half of the mean squared error (with one output): the 2 cancels when the derivative is taken.
    """
    return float(np.sum((prediction_MxO - y_MxO) ** 2) / (2 * len(y_MxO)))


def backward(prediction_MxO: Floats, x_MxI: Floats, y_MxO: Floats) -> Parameters:
    """The cost's derivatives by the weights (I, O) and by the biases (O,)."""
    error_MxO = prediction_MxO - y_MxO
    return Parameters(x_MxI.T @ error_MxO / len(y_MxO), error_MxO.sum(axis=0) / len(y_MxO))


def update(parameters: Parameters, gradients: Parameters, learning_rate: float) -> Parameters:
    """One step downhill: against the gradients, as long as the learning rate says."""
    return Parameters(
        parameters.w_IxO - learning_rate * gradients.w_IxO,
        parameters.b_O - learning_rate * gradients.b_O,
    )


class Step(NamedTuple):
    """One step of the training: the cost before it, and the parameters after it."""

    cost: float
    parameters: Parameters


def train(
    x_MxI: Floats,
    y_MxO: Floats,
    parameters: Parameters,
    iterations: int,
    learning_rate: float = 1.2,
) -> Iterator[Step]:
    """So many steps, one after the other, each over all rows x (M, I) and y (M, O)."""
    for _ in range(iterations):
        prediction_MxO = forward(x_MxI, parameters)
        gradients = backward(prediction_MxO, x_MxI, y_MxO)
        parameters = update(parameters, gradients, learning_rate)
        yield Step(cost(prediction_MxO, y_MxO), parameters)


class Scales(NamedTuple):
    """Mean and standard deviation of the features, each (I,), and of the targets, each (O,)."""

    x_mean_I: Floats
    x_std_I: Floats
    y_mean_O: Floats
    y_std_O: Floats


def predict(x_MxI: Floats, parameters: Parameters, scales: Scales) -> Floats:
    """Predictions (M, O) in the targets' own units, for features (M, I) in theirs."""
    z_MxI = (x_MxI - scales.x_mean_I) / scales.x_std_I
    return forward(z_MxI, parameters) * scales.y_std_O + scales.y_mean_O


@dataclass(frozen=True, config=STRICT)
class GradientDescent:
    """A perceptron trained by gradient descent written out in NumPy: full batch, plain steps.

    Of `Training`, the optimizer, the engine and the batch size say nothing here; what it could not
    honour besides, it refuses.
    """

    kind: Annotated[Literal["gradient_descent"], Field(examples=["gradient_descent"])]
    trained: ClassVar[bool] = True
    in_batches: ClassVar[bool] = False
    precision: ClassVar[str] = "float64"
    unread: ClassVar[frozenset[str]] = frozenset(DEFAULTS)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """None: one linear unit."""
        return ()

    @property
    def label(self) -> str:
        """The method."""
        return "gradient descent written out"

    def parameters(self, n_features: int) -> tuple[int, int]:
        """(total, trainable) of the saved network, as Keras counts them: those of a perceptron."""
        return 3 * n_features + 2, n_features + 1


def _descend_repeat(task: Task, repeat: int, on_epochs: OnEpochs) -> RepeatFit:
    """One training in standardised units; what it gives is in the target's own."""
    spec, rows_T, rows_V = task.training, task.train_T, task.validation_V
    scales = Scales(*scaling.of_features(task), *map(np.atleast_1d, scaling.of_target(task)))
    z_NxI = (task.x_NxF - scales.x_mean_I) / scales.x_std_I
    y_Nx1 = scaling.target(task)[:, None]
    # The mean squared error is twice the cost; scale^2 brings it into the target's own units.
    mse_of_cost = 2 * float(scales.y_std_O[0]) ** 2

    def predicted(x_PxF: Floats) -> Floats:
        return predict(x_PxF, parameters, scales)[:, 0]

    sizes = layer_sizes(z_NxI, y_Nx1)
    parameters = initial_parameters(*sizes, spec.seed, task.start_of(repeat))
    snapshots = Snapshots(task, predicted)
    snapshots.keep(0)
    losses: list[float] = []
    val_losses: list[float] = []
    diverged_at = None
    with np.errstate(over="ignore", invalid="ignore"):
        steps = train(z_NxI[rows_T], y_Nx1[rows_T], parameters, spec.epochs, spec.learning_rate)
        for iteration, (cost_before, parameters) in enumerate(steps, start=1):
            losses.append(_as_float32(mse_of_cost * cost_before))
            if len(rows_V):
                after = cost(forward(z_NxI[rows_V], parameters), y_Nx1[rows_V])
                val_losses.append(_as_float32(mse_of_cost * after))
            snapshots.offer(iteration)
            on_epochs(1)
            if not np.isfinite([losses[-1], *val_losses[-1:]]).all():
                diverged_at = iteration
                on_epochs(spec.epochs - iteration)
                break
        final_N = predicted(task.x_NxF)
    curves = {"loss": losses, "mse": losses, "val_loss": val_losses, "val_mse": val_losses}
    return RepeatFit(
        prediction_N=final_N,
        history={name: np.array(curve) for name, curve in curves.items() if curve},
        weights=tuple(parameters),
        diverged_at=diverged_at,
        **snapshots.fields(),
    )


def _as_float32(loss: float) -> float:
    """The loss, infinite where float32 ends: a training diverges where an engine's would."""
    return loss if loss <= float(np.finfo(np.float32).max) else math.inf


_descend = one_by_one(_descend_repeat)
KIND = Kind(GradientDescent, lambda task: _descend)
