"""What `status.json`, `metrics.json` and `sweep.json` hold, and the reading of them.

JSON is nested 200 levels deep at most: pydantic's reader goes no further. Keys that are not known
are left alone: later versions may write more.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Annotated, Any, NotRequired

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic_core import from_json
from typing_extensions import TypedDict

from ...errors import DamagedError
from ...record import Metrics, Spread, Sweep
from .content import MIB

# Bytes that are read of a file at most. A sweep's has some 300 for each run, numbers 100 a repeat.
STATUS_BYTES, METRICS_BYTES, SWEEP_BYTES = 16 * MIB, 64 * MIB, 1024 * MIB
FINITE = ConfigDict(strict=True, allow_inf_nan=False)

Whole = Annotated[int, Field(ge=0, le=2**63)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Sha256 = Annotated[str, Field(max_length=64)]
Leaf = str | bool | Annotated[int, Field(ge=-(2**64), le=2**64)] | Number | None
Value = Leaf | list[Leaf | list[Leaf] | dict[str, Leaf]] | dict[str, Leaf | list[Leaf]]
SectionTree = dict[str, Value]
References = dict[str, dict[str, Number] | Number | None]
ScoreName = Annotated[str, Field(pattern="/")]


# A file of a run: by itself, or as Hydra has it.
FileName = Annotated[str, Field(pattern=r"^(\.hydra/)?[^./\\:\x00-\x1f][^/\\:\x00-\x1f]{0,200}$")]


@with_config(FINITE)
class Listed(TypedDict):
    """A file, as a status lists it."""

    bytes: Whole
    sha256: Sha256


@with_config(ConfigDict(extra="allow", strict=True, allow_inf_nan=False))
class Data(TypedDict, total=False):
    """What a run saw."""

    sha256: str
    description: str
    compared_by: str
    target: str
    features: list[str]
    vary: list[str]
    rows: Whole
    train_rows: Whole
    validation_rows: Whole


@with_config(FINITE)
class Status(TypedDict):
    """See `record.About`."""

    state: str
    config: dict[str, SectionTree]
    config_sha256: str
    command: str
    versions: dict[str, str]
    data: Data
    label: str
    shown_repeat: Whole
    diverged_at: list[Whole | None]
    best_epoch: NotRequired[list[Whole | None]]
    notes: list[str]
    started: str
    seconds: Number | None
    error: str | None
    files: dict[FileName, Listed]


class MetricsTree(BaseModel):
    """See `record.Metrics`. Scores are all that have other names; `limits` is an earlier name."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="allow")
    __pydantic_extra__: dict[ScoreName, Spread]
    references: References | None = None
    limits: References | None = None
    parameters: dict[str, Whole]
    epochs: Whole
    repeats: Whole
    seconds: dict[str, Number]
    unlearned: dict[str, Number] = {}

    @property
    def metrics(self) -> Metrics:
        """The same, as the program has it."""
        references = dict(self.references or self.limits or {})
        noise_floor = references.pop("noise_floor", None)
        return Metrics(
            scores=self.__pydantic_extra__,
            references={name: one for name, one in references.items() if isinstance(one, dict)},
            noise_floor=None if isinstance(noise_floor, dict) else noise_floor,
            parameters=self.parameters,
            epochs=self.epochs,
            repeats=self.repeats,
            seconds=self.seconds,
            unlearned=self.unlearned,
        )


_adapter = cache(TypeAdapter)


def status_of(content: bytes, path: object = "status.json") -> dict[str, Any]:
    """The content of a `status.json`; raises DamagedError where it is something else."""
    status: dict[str, Any] = shaped(Status, content, path)
    return status


def metrics_tree(content: bytes, path: object = "metrics.json") -> MetricsTree:
    """The content of a `metrics.json`; raises DamagedError where it is something else."""
    tree: MetricsTree = shaped(MetricsTree, content, path)
    return tree


def sweep_of(content: bytes, path: object = "sweep.json") -> Sweep:
    """The content of a `sweep.json`; raises DamagedError where it is something else."""
    sweep: Sweep = shaped(Sweep, content, path)
    for run in sweep.runs:
        if wrong := leads_out(run.folder):
            raise DamagedError.at(path, f"names a run's folder that {wrong}: {run.folder[:99]!r}")
    if not 1 <= sweep.margin < math.inf or not all(1 <= size <= 10**6 for size in sweep.stages):
        numbers = f"{sweep.margin!r} and {sweep.stages[:9]!r}"
        raise DamagedError.at(path, f"holds no margin and no stages, received {numbers}")
    return sweep


def leads_out(name: str) -> str:
    """Why a run's folder of this name would not lie in its sweep's; nothing where it would."""
    if not name or len(name) > 1000 or not name.isprintable():
        return "is no name"
    if name.startswith("/") or "\\" in name or name[1:2] == ":":
        return "is no relative path with slashes"
    if not {"", ".", ".."}.isdisjoint(name.split("/")):
        return "leads elsewhere"
    if any(part.startswith(".") for part in name.split("/")):
        return "begins with a dot, where no run is looked for"
    return ""


def json_tree(content: bytes, path: object = "JSON") -> Any:
    """What JSON says; raises DamagedError for what is none, nan included."""
    try:
        return from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise DamagedError.at(path, f"is no JSON: {error}") from None


def shaped(shape: Any, content: bytes, path: object) -> Any:
    """JSON as a shape that pydantic knows; raises DamagedError where it is something else."""
    try:
        return _adapter(shape).validate_json(content)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_context=False)
        where = ".".join(map(str, first["loc"][:4]))
        received = "" if first["type"] in ("json_invalid", "missing") else _received(first["input"])
        others = f", and {len(more)} more" if more else ""
        what = f"is not what archlab writes: {where}: {first['msg']}{received}{others}"
        raise DamagedError.at(path, what.replace(": : ", ": ")) from None


def _received(received: Any) -> str:
    text = f"{type(received).__name__} of {len(received)}" if _holds(received) else repr(received)
    return f", received {text if len(text) < 60 else text[:50] + '...'}"


def _holds(received: Any) -> bool:
    return isinstance(received, dict | list)
