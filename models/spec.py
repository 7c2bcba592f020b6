"""What a config says of models and training: what any model spec offers, and the training spec.

The spec of each kind of model stands with its fitter in `kinds`.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from datasets.spec import STRICT, Seed

from .activations import ACTIVATIONS
from .initializers import INITIALIZERS
from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .schedules import SCHEDULES

if TYPE_CHECKING:  # names, which a type checker cannot read out of the registries
    ActivationName = str
    OptimizerName = str
    InitializerName = str
    LossName = str
    ScheduleName = str
else:
    ActivationName = Literal[tuple(ACTIVATIONS)]
    OptimizerName = Literal[tuple(OPTIMIZERS)]
    InitializerName = Literal[tuple(INITIALIZERS)]
    LossName = Literal[tuple(LOSSES)]
    ScheduleName = Literal[tuple(SCHEDULES)]
EngineName = Literal["stacked", "keras"]
Varied = Literal["weights", "data", "split"]
Count = Annotated[int, Field(ge=1, le=100_000)]


class Layer(NamedTuple):
    """One hidden layer."""

    units: int
    activation: ActivationName


class Model(Protocol):
    """What the spec of any kind of model offers: a frozen dataclass with these."""

    @property
    def kind(self) -> str:
        """The name that `model.kind` gives it; a kind's spec may have several."""

    @property
    def trained(self) -> bool:
        """Whether there are epochs and seeds, and Normalization goes before the first layer."""

    @property
    def in_batches(self) -> bool:
        """Whether an epoch takes a step a batch; otherwise one step over all training rows."""

    @property
    def precision(self) -> str:
        """The number format that its weights are fitted in: float32 or float64."""

    @property
    def unread(self) -> frozenset[str]:
        """Keys of `Training` that the kind cannot honour: they must stay at their defaults."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The hidden layers, from the input to the output."""

    @property
    def label(self) -> str:
        """The model in a few words."""

    def parameters(self, n_features: int) -> tuple[int, int]:
        """(total, trainable) of the saved network for `n_features` columns, as Keras counts."""


def _once_each(names: tuple[Varied, ...]) -> tuple[Varied, ...]:
    if len(set(names)) == len(names) > 0:
        return names
    raise PydanticCustomError(
        "names", "must name each of weights, data and split once at most, and one at least"
    )


@dataclass(frozen=True, config=STRICT)
class Training:
    """How a network is trained; closed forms ignore it.

    Keys with a default here are optional: configs that were recorded before them still hold.
    """

    engine: Annotated[
        EngineName,
        Field(
            examples=["stacked"],
            description="what trains; stacked: compiled programs, keras: compile and model.fit",
        ),
    ]
    optimizer: Annotated[
        OptimizerName, Field(examples=["adam"], description="Keras' optimizer, by its name there")
    ]
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
        InitializerName,
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
    schedule: Annotated[
        ScheduleName,
        Field(
            examples=["cosine"],
            description="how the learning rate goes on after warm-up: constant; cosine: down to 0 "
            "over all epochs; step: times step_factor after every step_epochs",
        ),
    ] = "constant"
    warmup_epochs: Annotated[
        int,
        Field(
            ge=0,
            le=10_000_000,
            examples=[5],
            description="epochs in which the learning rate rises from 0, step by step",
        ),
    ] = 0
    step_epochs: Annotated[
        int,
        Field(
            ge=1,
            le=10_000_000,
            examples=[100],
            description="schedule=step: epochs from one drop of the learning rate to the next",
        ),
    ] = 100
    step_factor: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            examples=[0.5],
            description="schedule=step: what each drop multiplies the learning rate by",
        ),
    ] = 0.5
    momentum: Annotated[
        float,
        Field(ge=0, lt=1, examples=[0.9], description="optimizer=sgd: how much of a step goes on"),
    ] = 0.0
    nesterov: Annotated[
        bool,
        Field(
            examples=["true"],
            description="optimizer=sgd: whether momentum looks ahead, as Nesterov's does",
        ),
    ] = False
    weight_decay: Annotated[
        float,
        Field(
            ge=0,
            le=1e3,
            examples=[0.004],
            description="of the kernels; adds weight_decay times the sum of their squares to the "
            "loss (L2), and with adamw shrinks them by learning_rate * weight_decay a step instead",
        ),
    ] = 0.0
    loss: Annotated[
        LossName,
        Field(
            examples=["mae"],
            description="what training makes small: mean squared error, mean absolute error, or "
            "Huber's with delta 1, of the target as the network learns it",
        ),
    ] = "mse"
    patience: Annotated[
        int | None,
        Field(
            ge=0,
            le=10_000_000,
            examples=[20],
            description="epochs without a lower validation loss (training loss without validation "
            "rows) after which a repeat stops; its best weights are restored; null: never",
        ),
    ] = None

    @model_validator(mode="after")
    def _every_key_is_read(self) -> Training:
        """A key that the rest of the section leaves without a meaning is an error."""
        for field, registry in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            chosen = getattr(self, field)
            for key in self.changed():
                readers = [name for name, entry in registry.items() if key in entry.reads]
                if readers and chosen not in readers:
                    what = f"is read by {field}={' or '.join(readers)} alone, not by {chosen}"
                    raise _conflict(
                        key, what, f"add training.{field}={readers[0]}, or leave it out"
                    )
        if self.nesterov and not self.momentum:
            raise _conflict("nesterov", "needs a momentum", "for example training.momentum=0.9")
        return self

    def changed(self) -> tuple[str, ...]:
        """The optional keys that do not have their default."""
        return tuple(name for name, usual in DEFAULTS.items() if getattr(self, name) != usual)


def _conflict(key: str, what: str, fix: str) -> PydanticCustomError:
    """What the checks of a config tell of a key that contradicts the others."""
    return PydanticCustomError("conflict", "{what}", {"field": key, "what": what, "fix": fix})


# The optional keys of `Training`, each with what it is where a config leaves it out.
DEFAULTS: dict[str, Any] = {
    field.name: field.default for field in fields(Training) if field.default is not MISSING
}


def unread(model: Model, training: Training) -> tuple[str, ...]:
    """The keys that the training sets and that this kind of model cannot honour."""
    return tuple(key for key in training.changed() if key in model.unread)
