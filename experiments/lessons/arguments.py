"""The arguments of each check, as a lesson's YAML writes them; the functions stand in `checks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field
from pydantic.dataclasses import dataclass as pydantic_dataclass

from datasets.spec import STRICT

from ..scoring.metrics import METRICS, SPLITS
from ..scoring.references import REFERENCES
from .texts import Words

SCORES = ("final", *(f"{split}/{name}" for name in METRICS for split in SPLITS), "excess/mse")
if TYPE_CHECKING:
    Score: TypeAlias = str
    ReferenceName: TypeAlias = str
else:
    Score = Literal[SCORES]
    ReferenceName = Literal[tuple(REFERENCES)]  # on the very rows of the score
Share = Annotated[float, Field(gt=0, le=1, examples=[0.01])]
Part = Annotated[float, Field(ge=0, le=1, examples=[0.5])]
Times = Annotated[float, Field(gt=0, le=1e6, examples=[1.0])]


@pydantic_dataclass(frozen=True, config=STRICT)
class EqualToLeastSquares:
    """In every repeat the training error is that of least squares, but for a share `within`."""

    within: Share
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class Beside:
    """The whole 95 % interval of the typical error is on one side of `times` the reference."""

    reference: Annotated[ReferenceName, Field(examples=["bayes"])]
    runs: Words = ""
    score: Annotated[Score, Field(examples=["val/mse"])] = "final"
    times: Times = 1.0


@pydantic_dataclass(frozen=True, config=STRICT)
class WorseThan:
    """The error of `run` is more than `times` that of `than`: the whole 95 % interval is."""

    run: Words
    than: Words
    times: Annotated[float, Field(ge=1, le=1e6, examples=[1.0])] = 1.0
    score: Annotated[Score, Field(examples=["val/mse"])] = "final"


@pydantic_dataclass(frozen=True, config=STRICT)
class Runs:
    """Every repeat of the runs does it."""

    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class Stuck:
    """The share of repeats that got stuck (see `stuck`) is in a range, for each run."""

    runs: Words = ""
    at_least: Part = 0.0
    at_most: Part = 1.0
    score: Annotated[Score, Field(examples=["val/mse"])] = "final"


@pydantic_dataclass(frozen=True, config=STRICT)
class Agree:
    """No two predictions of a row, of any run or repeat, differ by more than a share of the std."""

    within: Share
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class UnitsEqual:
    """Units of one hidden layer put out the same on all rows, but for `within`."""

    within: Share
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class DeadLayers:
    """At least so many relu layers of the saved network put out nothing but zeros."""

    at_least: Annotated[int, Field(ge=1, le=10_000, examples=[1])]
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class Signal:
    """How much of a network's signal, or of its gradient, is left at the other end, untrained.

    The whole 95 % interval of a ratio is in a range. outputs: those of the last hidden layer over
    those of the first; gradients: that of the first layer's kernel over that of the last.
    """

    of: Annotated[Literal["outputs", "gradients"], Field(examples=["gradients"])]
    runs: Words = ""
    at_least: Annotated[float, Field(ge=0, le=1e12, examples=[0.1])] = 0.0
    at_most: Annotated[float, Field(gt=0, le=1e12, examples=[10.0])] = 1e12


@pydantic_dataclass(frozen=True, config=STRICT)
class LossSurface:
    """The training loss around the saved weights is one bowl, or has hills between valleys.

    times: how high the hills are at least, in losses of the valleys.
    """

    shape: Annotated[Literal["bowl", "hills"], Field(examples=["bowl"])]
    runs: Words = ""
    times: Times = 1.0


@pydantic_dataclass(frozen=True, config=STRICT)
class BiasVariance:
    """One of bias squared and variance is more than `times` the other."""

    larger: Annotated[Literal["bias", "variance"], Field(examples=["bias"])]
    runs: Words = ""
    times: Times = 1.0


@pydantic_dataclass(frozen=True, config=STRICT)
class Beyond:
    """Outside the data the curve is more than `times` as far from the optimum as between them."""

    times: Times
    runs: Words = ""


@pydantic_dataclass(frozen=True, config=STRICT)
class Flatter:
    """The fits of `run` go up and down by less than `times` what those of `than` do."""

    run: Words
    than: Words
    times: Times = 1.0


ARGUMENTS: dict[str, type[Any]] = {
    "equal_to_least_squares": EqualToLeastSquares,
    "below": Beside,
    "above": Beside,
    "worse_than": WorseThan,
    "diverges": Runs,
    "stuck": Stuck,
    "agree": Agree,
    "units_equal": UnitsEqual,
    "dead_layers": DeadLayers,
    "signal": Signal,
    "loss_surface": LossSurface,
    "bias_variance": BiasVariance,
    "beyond": Beyond,
    "flatter": Flatter,
}
