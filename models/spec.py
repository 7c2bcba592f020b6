"""What is fitted and how: the model spec and the training spec, as a config writes them."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from datasets.spec import STRICT, Seed

# Keras' own names: `Dense(activation=...)` and `keras.optimizers.get(...)` take them as they are.
Activation = Literal["linear", "sigmoid", "relu", "tanh"]
Optimizer = Literal["adam", "sgd"]
Initializer = Literal["glorot_uniform", "ones"]
Engine = Literal["stacked", "keras"]
Varied = Literal["weights", "data", "split"]

Units = Annotated[int, Field(ge=1, le=10_000)]
Count = Annotated[int, Field(ge=1, le=10_000)]


class Layer(NamedTuple):
    """One hidden layer."""

    units: int
    activation: Activation


@dataclass(frozen=True, config=STRICT)
class Network:
    """A dense network: `depth` hidden layers, then one output unit without activation.

    `width` and `activation` hold one value for all hidden layers, or one value a layer; their
    lengths then equal `depth`. depth 0 is the perceptron.
    """

    kind: Annotated[Literal["network"], Field(examples=["network"])]
    depth: Annotated[int, Field(ge=0, le=100, examples=[2], description="hidden layers; 0: none")]
    width: Annotated[
        Units | tuple[Units, ...],
        Field(examples=[5, "[9,17,4]"], description="units, one value or one per hidden layer"),
    ]
    activation: Annotated[
        Activation | tuple[Activation, ...],
        Field(
            examples=["sigmoid", "[tanh,relu]"],
            description="activation, one value or one per hidden layer",
        ),
    ]
    # Whether there are epochs and seeds, and whether Normalization goes before the first layer.
    trained: ClassVar[bool] = True

    @model_validator(mode="after")
    def _lengths_agree(self) -> Network:
        for field in ("width", "activation"):
            value = getattr(self, field)
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
        """The architecture in a few words."""
        runs = [(f"{units} {name}", len(list(run))) for (units, name), run in groupby(self.layers)]
        words = [text if count == 1 else f"{text} ×{count}" for text, count in runs]
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


@dataclass(frozen=True, config=STRICT)
class ClosedForm:
    """Least squares with an intercept, solved at once: no epochs, no seed."""

    kind: Annotated[
        Literal["pinv", "svd", "linear_regression"],
        Field(
            examples=["pinv"],
            description="network, or least squares in closed form: pinv, svd, linear_regression",
        ),
    ]
    trained: ClassVar[bool] = False

    @property
    def layers(self) -> tuple[Layer, ...]:
        """None: a linear map from the features to the target."""
        return ()

    @property
    def label(self) -> str:
        """The method."""
        return f"least squares by {self.kind}"

    def parameters(self, n_features: int) -> tuple[int, int]:
        """(total, trainable): a weight for each feature and an intercept."""
        return n_features + 1, n_features + 1


@dataclass(frozen=True, config=STRICT)
class GradientDescent:
    """A perceptron trained by gradient descent written out in NumPy: full batch, plain steps.

    Of `Training`, the optimizer, the engine and the batch size say nothing here.
    """

    kind: Annotated[Literal["gradient_descent"], Field(examples=["gradient_descent"])]
    trained: ClassVar[bool] = True

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


Model = Network | ClosedForm | GradientDescent

MODELS: dict[str, type[Network] | type[ClosedForm] | type[GradientDescent]] = {
    "network": Network,
    "gradient_descent": GradientDescent,
    "pinv": ClosedForm,
    "svd": ClosedForm,
    "linear_regression": ClosedForm,
}


def _once_each(names: tuple[Varied, ...]) -> tuple[Varied, ...]:
    if len(set(names)) == len(names) > 0:
        return names
    raise PydanticCustomError(
        "names", "must name each of weights, data and split once at most, and one at least"
    )


@dataclass(frozen=True, config=STRICT)
class Training:
    """How a network is trained; closed forms ignore it."""

    engine: Annotated[
        Engine,
        Field(
            examples=["stacked"],
            description="what trains; stacked: compiled programs, keras: compile and model.fit",
        ),
    ]
    optimizer: Annotated[Optimizer, Field(examples=["adam"], description="Keras' optimizer")]
    learning_rate: Annotated[
        float, Field(gt=0, le=1e6, examples=[0.01], description="the optimizer's learning rate")
    ]
    epochs: Annotated[
        int,
        Field(ge=0, le=10_000_000, examples=[500], description="passes over the training rows"),
    ]
    batch_size: Annotated[
        int, Field(ge=1, le=10_000_000, examples=[32], description="training rows in one step")
    ]
    seed: Annotated[Seed, Field(description="seed of initial weights and batch order")]
    repeats: Annotated[
        Count | Literal["auto"],
        Field(
            examples=[5],
            description="trainings from different seeds; auto: 20, fewer of large networks",
        ),
    ]
    vary: Annotated[
        tuple[Varied, ...],
        AfterValidator(_once_each),
        Field(
            examples=["[weights,data]"],
            description="what each repeat draws anew: weights (and batch order), data, split",
        ),
    ]
    initializer: Annotated[
        Initializer,
        Field(
            examples=["glorot_uniform"],
            description="Keras' initializer of the kernels; ones: every weight starts equal",
        ),
    ]
    normalize_on: Annotated[
        Literal["train", "all", "none"],
        Field(
            examples=["train"],
            description="rows on which Normalization is adapted; none: features stay as they are",
        ),
    ]
    normalize_target: Annotated[
        bool,
        Field(
            examples=["true"],
            description="whether the network learns the target standardised by its training rows; "
            "it predicts in the target's own units either way",
        ),
    ]
