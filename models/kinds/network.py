"""A dense network, trained by one of two engines."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from datasets.spec import STRICT

from ..fitters import keras_fit, stacked
from ..fitters.protocol import Fitter, Kind
from ..spec import ActivationName, EngineName, Layer
from ..task import Task

Width = Annotated[int, Field(ge=1, le=10_000)]


@dataclass(frozen=True, config=STRICT)
class Network:
    """A dense network: `depth` hidden layers, then one output unit without activation.

    `width` and `activation` hold one value for all hidden layers, or one value a layer; their
    lengths then equal `depth`. depth 0 is the perceptron.
    """

    kind: Annotated[Literal["network"], Field(examples=["network"])]
    depth: Annotated[int, Field(ge=0, le=100, examples=[2], description="hidden layers; 0: none")]
    width: Annotated[
        Width | tuple[Width, ...],
        Field(examples=[5, "[9,17,4]"], description="units, one value or one per hidden layer"),
    ]
    activation: Annotated[
        ActivationName | tuple[ActivationName, ...],
        Field(
            examples=["sigmoid", "[tanh,relu]"],
            description="activation, one value or one per hidden layer",
        ),
    ]
    trained: ClassVar[bool] = True
    in_batches: ClassVar[bool] = True
    precision: ClassVar[str] = "float32"
    unread: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _lengths_agree(self) -> Network:
        for field in ("width", "activation"):
            value = getattr(self, field)
            if value == ():
                fix = "give one value a hidden layer, or model.depth=0 for none"
                conflict = {"field": field, "what": "names no layer", "fix": fix}
                raise PydanticCustomError("conflict", "names no layer", conflict)
            if isinstance(value, tuple) and len(value) != self.depth:
                raise PydanticCustomError(
                    "lengths",
                    "must hold one value or {depth}, one a hidden layer",
                    {"field": field, "n": len(value), "depth": self.depth},
                )
        return self

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The hidden layers, from the input to the output."""
        widths = self.width if isinstance(self.width, tuple) else (self.width,) * self.depth
        names = (
            self.activation
            if isinstance(self.activation, tuple)
            else (self.activation,) * self.depth
        )
        return tuple(Layer(units, name) for units, name in zip(widths, names, strict=True))

    @property
    def label(self) -> str:
        """The architecture in a few words, as `3 × 5 tanh`."""
        runs = [(f"{units} {name}", len(list(run))) for (units, name), run in groupby(self.layers)]
        words = [text if count == 1 else f"{count} × {text}" for text, count in runs]
        if len(words) > 6:
            words = [*words[:3], "…", f"{words[-1]} ({len(self.layers)} layers)"]
        return " → ".join(words) or "perceptron"

    def parameters(self, n_features: int) -> tuple[int, int]:
        """(total, trainable) as Keras counts them, for `n_features` input columns.

        The Normalization layer adds mean and variance of each feature and a count.
        """
        sizes = [n_features, *(layer.units for layer in self.layers), 1]
        trainable = sum((i + 1) * o for i, o in pairwise(sizes))
        return trainable + 2 * n_features + 1, trainable


ENGINES: dict[EngineName, Fitter] = {"stacked": stacked.fit, "keras": keras_fit.fit}


def fallback(task: Task) -> str:
    """Why an engine other than the one asked for trains a task, in a sentence; empty if none does.

    The stacked engine hands on to keras what it has no compiled form of.
    """
    if task.model.kind != "network" or task.training.engine != "stacked":
        return ""
    return stacked.obstacle(task)


def engine(task: Task) -> EngineName:
    """What trains a network: the engine asked for, or keras where the stacked one cannot."""
    return "keras" if fallback(task) else task.training.engine


KIND = Kind(Network, lambda task: ENGINES[engine(task)])
