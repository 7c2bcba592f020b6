"""A plain tree of keys and values -> a frozen, typed Config, or every problem at once.

Types and ranges stand in the specs (`datasets`, `models`); this file says what is wrong, in the
words of `errors.Problem`. It knows nothing of Hydra.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from datasets import DATASETS, Split, SplitError, Synthetic, training_rows
from datasets.spec import DESCRIBES
from models import MODELS, Model, Training, unread

from ..errors import ConfigError, Problem, known_names
from .field_text import example, fields, wanted

SECTIONS = ("dataset", "split", "model", "training")
Section = TypeVar("Section")
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
SPECS: dict[str, Mapping[str, type[Any]]] = {
    "dataset": {name: source.spec for name, source in DATASETS.items()},
    "model": MODELS,
}
FIXED: dict[str, type[Any]] = {"split": Split, "training": Training}


@dataclass(frozen=True)
class Config:
    """One run: dataset x model x training, checked."""

    dataset: Any
    split: Split
    model: Model
    training: Training

    def tree(self) -> dict[str, Any]:
        """The config as plain data, for JSON."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    def fingerprint(self) -> str:
        """SHA-256 of everything that can move a number; what only describes is left out."""
        return self._sha256

    @cached_property
    def _sha256(self) -> str:
        sections = ((name, getattr(self, name)) for name in SECTIONS)
        tree = {
            name: {key: getattr(section, key) for key in _moving(section.__class__)}
            for name, section in sections
        }
        return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


@cache
def _moving(spec: type[Any]) -> tuple[str, ...]:
    """The fields of a spec that can move a number."""
    return tuple(k for k, one in fields(spec).items() if one.json_schema_extra != DESCRIBES)


def check_section(name: str, section: Any, spec: type[Section]) -> Section:
    """A section by itself as a frozen spec.

    Args:
        name: the section's, which begins its keys.
        section: what the config has there.
        spec: the class of the result.

    Raises:
        ConfigError: with all problems.
    """
    problems: list[Problem] = []
    settings = checked(name, section, spec, problems)
    if problems:
        raise ConfigError(problems)
    assert isinstance(settings, spec)
    return settings


def resolve_defaults(tree: dict[str, Any], overrides: Iterable[str]) -> None:
    """Let what was asked for by name win over defaults that contradict it, in place.

    A kind drops the keys of other kinds, and a list in model.width or model.activation sets the
    depth, unless those were named too.

    Args:
        tree: the sections of a config as plain data.
        overrides: those of the command line, which say what was named.
    """
    named = {override.split("=")[0].lstrip("+") for override in overrides}
    for section, specs in SPECS.items():
        _drop_leftovers(section, tree.get(section), specs, named)
    if "model.depth" not in named:
        _depth_from_lists(tree.get("model"))


def check_config(tree: Mapping[str, Any]) -> Config:
    """The checked config of a plain tree.

    Raises:
        ConfigError: with all problems.
    """
    problems = [
        Problem(key, f"unknown section, received {tree[key]!r}", known_names(key, SECTIONS))
        for key in tree
        if key not in SECTIONS
    ]
    types: dict[str, type[Any] | None] = {**FIXED}
    for section, registry in SPECS.items():
        types[section] = _kind(section, tree.get(section), registry, problems)
    parts = {
        section: checked(section, tree.get(section), spec, problems)
        for section, spec in ((name, types[name]) for name in SECTIONS)
        if spec is not None
    }
    _check_together(parts, problems)
    if problems:
        raise ConfigError(problems)
    return Config(**parts)


def section_of(name: str, value: Any) -> Any:
    """A section of a run by itself as the spec of its kind; None where something is wrong."""
    found: list[Problem] = []
    spec = _kind(name, value, SPECS[name], found) if name in SPECS else FIXED[name]
    return None if spec is None else checked(name, value, spec, found)


def together(parts: Mapping[str, Any]) -> Config | None:
    """The config of checked sections; None where one is None, or they contradict each other."""
    problems: list[Problem] = []
    _check_together(parts, problems)
    whole = all(parts.get(name) is not None for name in SECTIONS)
    return Config(**parts) if whole and not problems else None


def _check_together(parts: Mapping[str, Any], problems: list[Problem]) -> None:
    """What sections must be to each other; one that is None or missing is not looked at."""
    if isinstance(parts.get("dataset"), Synthetic) and parts.get("split") is not None:
        _check_split(parts["dataset"].n_samples, parts["split"], problems)
    if all(parts.get(name) is not None for name in ("dataset", "split", "training")):
        _check_varied(parts["dataset"], parts["split"], parts["training"].vary, problems)
    if parts.get("model") is not None and parts.get("training") is not None:
        _check_read(parts["model"], parts["training"], problems)


def _kind(
    section: str, value: Any, registry: Mapping[str, type[Any]], problems: list[Problem]
) -> type[Any] | None:
    """The spec class that `<section>.kind` names."""
    if not isinstance(value, Mapping):
        fix = f"choose one with {section}=<name>; {known_names('', registry)}"
        problems.append(Problem(section, f"must be chosen, received {value!r}", fix))
        return None
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in registry:
        what = f"unknown {section}, received {kind!r}"
        problems.append(Problem(f"{section}.kind", what, known_names(kind, registry)))
        return None
    return registry[kind]


def checked(section: str, value: Any, spec: type[Any], problems: list[Problem]) -> Any:
    """A section as a frozen spec.

    Args:
        section: its name, which begins its keys.
        value: what the config has there.
        spec: the class of the result.
        problems: what is wrong is added.

    Returns:
        The spec, None where something is wrong.
    """
    if not isinstance(value, Mapping):
        what = f"must hold keys, received {value!r}"
        fix = f"set its keys one by one: {', '.join(f'{section}.{name}' for name in fields(spec))}"
        problems.append(Problem(section, what, fix))
        return None
    frozen = {str(key): _frozen(v) for key, v in value.items() if v != "???"}
    try:
        return spec(**frozen)
    except ValidationError as error:
        found = {_problem(section, spec, dict(value), entry) for entry in error.errors()}
        problems.extend(sorted(found))
        return None


def _frozen(value: Any) -> Any:
    """Lists as tuples, also those in lists."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _problem(section: str, spec: type[Any], value: Mapping[str, Any], entry: Any) -> Problem:
    """What pydantic found, in our words."""
    if entry["type"] == "lengths":
        context = entry["ctx"]
        received = _shown(value[context["field"]])
        fix = f"make the lists of equal length, and leave {section}.depth out or set it to that"
        return Problem(f"{section}.{context['field']}", f"{entry['msg']}, received {received}", fix)
    field = str(entry["loc"][0]) if entry["loc"] else ""
    if entry["type"] == "conflict":
        context = entry["ctx"]
        received = _shown(value[context["field"]])
        what = f"{context['what']}, received {received}"
        return Problem(f"{section}.{context['field']}", what, context["fix"])
    key = f"{section}.{field}"
    if entry["type"] == "names":
        what = f"{entry['msg']}, received {_shown(value[field])}"
        return Problem(key, what, example(spec, key, value[field]))
    if entry["type"] == "unexpected_keyword_argument":
        what = f"unknown key, received {_shown(value[field])}"
        return Problem(key, what, known_names(field, fields(spec)))
    what = f"must be {wanted(spec, field)}, received {_shown(value.get(field, '???'))}"
    return Problem(key, what, example(spec, key, value.get(field)))


def _shown(value: Any) -> str:
    return "nothing" if value == "???" else repr(value)


def _check_split(n_rows: int, split: Split, problems: list[Problem]) -> None:
    try:
        training_rows(n_rows, split)
    except SplitError as error:
        what = f"{error}, received {split.fraction!r}"
        fix = "change split.fraction, or ask for more rows with dataset.n_samples"
        problems.append(Problem("split.fraction", what, fix))


def _check_read(model: Model, training: Training, problems: list[Problem]) -> None:
    """What the training sets has to be something that this kind of model can honour."""
    for key in unread(model, training):
        what = f"is not read by model.kind={model.kind}, received {getattr(training, key)!r}"
        problems.append(Problem(f"training.{key}", what, f"leave training.{key} out"))


def _check_varied(
    dataset: Any, split: Split, varied: Sequence[str], problems: list[Problem]
) -> None:
    """What varies has to be something that another draw makes another."""
    received = f"received {list(varied)!r}"
    if "data" in varied and DATASETS[dataset.kind].outside:
        what = f"can draw data anew only where they are made: those of {dataset.kind} are given"
        fix = "vary which of them validate: training.vary=[split] split.how=shuffled"
        problems.append(Problem("training.vary", f"{what}, {received}", fix))
    if "data" in varied and isinstance(dataset, Synthetic) and dataset.slope is None:
        what = f"other data want one slope: dataset.slope is null, drawn with the rows, {received}"
        problems.append(Problem("training.vary", what, "for example dataset.slope=50"))
    if "split" not in varied:
        return
    if split.how != "shuffled":
        what = f"split needs rows that are shuffled: split.how is {split.how}, {received}"
        fix = "add split.how=shuffled, or draw data anew with training.vary=[data]"
        problems.append(Problem("training.vary", what, fix))
    if split.fraction == 0:
        what = f"split needs validation rows: split.fraction is 0, {received}"
        problems.append(Problem("training.vary", what, "for example split.fraction=0.2"))


def _drop_leftovers(
    section: str, value: Any, registry: Mapping[str, type[Any]], named: set[str]
) -> None:
    """Forget defaults of another kind, so that `model.kind=pinv` does what `model=pinv` does."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in registry:
        return
    others = {name for spec in registry.values() for name in fields(spec)}
    others -= set(fields(registry[kind]))
    for key in others & set(value):
        if f"{section}.{key}" not in named:
            del value[key]


def _depth_from_lists(model: Any) -> None:
    if isinstance(model, dict) and "depth" in model:
        for field in ("activation", "width"):
            if isinstance(model.get(field), list):
                model["depth"] = len(model[field])
