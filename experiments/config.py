"""The config: composed by Hydra, checked as a whole, frozen. Every problem is reported at once.

Types and ranges stand in the specs (`datasets`, `models`); this file turns a composed tree into
them, and says what is wrong in the words of `errors.Problem`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError

from datasets import DATASETS, Split, Synthetic, split_rows
from models import MODELS, Model, Training

from .constraints import example, fields, wanted
from .errors import ConfigError, Problem, known_names

SECTIONS = ("dataset", "split", "model", "training")


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
        """SHA-256 of everything that the config says."""
        return hashlib.sha256(json.dumps(self.tree(), sort_keys=True).encode()).hexdigest()


def from_hydra(cfg: DictConfig, overrides: Iterable[str] = ()) -> Config:
    """The checked config of a composed tree; raises ConfigError with all problems.

    `overrides` are the command line's. A list in model.width or model.activation sets the depth,
    and a kind drops the keys of other kinds, unless those were asked for by name.
    """
    try:
        ours = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"])
        plain = OmegaConf.to_container(ours, resolve=True)
    except OmegaConfBaseException as error:
        key = str(getattr(error, "full_key", None) or "config")
        raise ConfigError([Problem(key, _first_line(error), "correct the interpolation")]) from None
    assert isinstance(plain, dict)
    named = {override.split("=")[0].lstrip("+") for override in overrides}
    for section, registry in (("dataset", _dataset_specs()), ("model", MODELS)):
        _drop_leftovers(section, plain.get(section), registry, named)
    if "model.depth" not in named:
        _depth_from_lists(plain.get("model"))
    return check({str(key): value for key, value in plain.items()})


def check(tree: Mapping[str, Any]) -> Config:
    """The checked config of a plain tree; raises ConfigError with all problems."""
    problems = [
        Problem(key, f"unknown section, received {tree[key]!r}", known_names(key, SECTIONS))
        for key in tree
        if key not in SECTIONS
    ]
    types: dict[str, type[Any] | None] = {"split": Split, "training": Training}
    for section, registry in (
        ("dataset", _dataset_specs()),
        ("model", MODELS),
    ):
        types[section] = _kind(section, tree.get(section), registry, problems)
    parts = {
        section: _section(section, tree.get(section), spec, problems)
        for section, spec in ((name, types[name]) for name in SECTIONS)
        if spec is not None
    }
    if isinstance(parts.get("dataset"), Synthetic) and parts.get("split") is not None:
        _check_split(parts["dataset"].n_samples, parts["split"], problems)
    if problems:
        raise ConfigError(problems)
    return Config(**parts)


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


def _section(section: str, value: Any, spec: type[Any], problems: list[Problem]) -> Any:
    """The section as a frozen spec, or None after adding its problems."""
    if not isinstance(value, Mapping):
        what = f"must hold keys, received {value!r}"
        fix = f"set its keys one by one: {', '.join(f'{section}.{name}' for name in fields(spec))}"
        problems.append(Problem(section, what, fix))
        return None
    frozen = {str(key): tuple(v) if isinstance(v, list) else v for key, v in value.items()}
    try:
        return spec(**frozen)
    except ValidationError as error:
        found = {_problem(section, spec, dict(value), entry) for entry in error.errors()}
        problems.extend(sorted(found))
        return None


def _problem(section: str, spec: type[Any], value: Mapping[str, Any], entry: Any) -> Problem:
    """What pydantic found, in our words."""
    if entry["type"] == "lengths":
        context = entry["ctx"]
        received = _shown(value[context["field"]])
        fix = f"make the lists of equal length, and leave {section}.depth out or set it to that"
        return Problem(f"{section}.{context['field']}", f"{entry['msg']}, received {received}", fix)
    field = str(entry["loc"][0]) if entry["loc"] else ""
    key = f"{section}.{field}"
    if entry["type"] == "unexpected_keyword_argument":
        what = f"unknown key, received {_shown(value[field])}"
        return Problem(key, what, known_names(field, fields(spec)))
    what = f"must be {wanted(spec, field)}, received {_shown(value.get(field, '???'))}"
    return Problem(key, what, example(spec, key, value.get(field)))


def _shown(value: Any) -> str:
    return "nothing" if value == "???" else repr(value)


def _check_split(n_rows: int, split: Split, problems: list[Problem]) -> None:
    try:
        split_rows(n_rows, split)
    except ValueError as error:
        what = f"{error}, received {split.fraction!r}"
        fix = "change split.fraction, or ask for more rows with dataset.n_samples"
        problems.append(Problem("split.fraction", what, fix))


def _dataset_specs() -> dict[str, type[Any]]:
    return {name: source.spec for name, source in DATASETS.items()}


def _drop_leftovers(
    section: str, value: Any, registry: Mapping[str, type[Any]], named: set[str]
) -> None:
    """Forget defaults of another kind, so that `model.kind=pinv` does what `model=pinv` does."""
    if not isinstance(value, dict) or value.get("kind") not in registry:
        return
    others = {name for spec in registry.values() for name in fields(spec)}
    others -= set(fields(registry[value["kind"]]))
    for key in others & set(value):
        if f"{section}.{key}" not in named:
            del value[key]


def _depth_from_lists(model: Any) -> None:
    if isinstance(model, dict) and "depth" in model:
        for field in ("activation", "width"):
            if isinstance(model.get(field), list):
                model["depth"] = len(model[field])


def check_jobs(compose: Callable[[list[str]], DictConfig], jobs: Iterable[Sequence[str]]) -> None:
    """Check each job of a sweep, given by its overrides; raises ConfigError with all problems."""
    problems: dict[Problem, None] = {}
    for overrides in jobs:
        try:
            from_hydra(compose(list(overrides)), overrides)
        except HydraException:
            problems.update(dict.fromkeys(find_problems(compose, overrides)))
        except ConfigError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ConfigError(problems)


def find_problems(
    compose: Callable[[list[str]], DictConfig], overrides: Sequence[str]
) -> list[Problem]:
    """Why these overrides do not compose, one problem for each bad one, and what else is wrong.

    Overrides are added one at a time, group choices first, and those that Hydra refuses are set
    aside; what is left is then checked as usual.
    """
    kept: list[str] = []
    problems: list[Problem] = []
    for override in sorted(overrides, key=lambda text: "." in text.split("=")[0]):
        try:
            compose([*kept, override])
            kept.append(override)
        except Exception as error:  # Hydra refuses some overrides with a ValueError
            problems.append(_refused(compose, override, error))
    try:
        from_hydra(compose(kept), kept)
    except ConfigError as error:
        problems.extend(error.problems)
    except (HydraException, OmegaConfBaseException) as error:
        problems.append(Problem("config", _first_line(error), "see python run.py --help"))
    return problems


def _refused(
    compose: Callable[[list[str]], DictConfig], override: str, error: Exception
) -> Problem:
    """One override that Hydra does not take."""
    key, _, value = override.partition("=")
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        what = f"cannot be read, received {override!r}"
        return Problem(key, what, "write key=value, with quotes around special characters")
    options = getattr(error, "options", None)
    if options:
        group, _, name = str(getattr(error, "missing_cfg_file", key)).rpartition("/")
        what = f"unknown {group or key}, received {name or value!r}"
        return Problem(group or key, what, known_names(name or value, options))
    tree = OmegaConf.to_container(compose([]))
    assert isinstance(tree, dict)
    names = [*_paths(tree), *SECTIONS, "experiment"]
    if str(error).startswith("Could not override"):
        bare = key.lstrip("+~")
        section, dot, _ = bare.rpartition(".")
        near = [name for name in names if name.startswith(section + dot)] or names
        return Problem(bare, f"unknown key, received {value!r}", known_names(bare, near))
    if str(error).startswith("Ambiguous value"):
        what = f"is one value or a list, received {value!r}"
        return Problem(key, what, f"add -m to run each value, or write {key}=[{value}] for a list")
    return Problem(key, f"{_first_line(error)}, received {value!r}", "see python run.py --help")


def _paths(tree: Mapping[Any, Any], prefix: str = "") -> list[str]:
    paths: list[str] = []
    for key, value in tree.items():
        path = f"{prefix}{key}"
        paths += _paths(value, f"{path}.") if isinstance(value, Mapping) else [path]
    return paths


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def unique_name() -> str:
    """A folder name that no other run gets: the time to the second and six random digits."""
    return f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{secrets.token_hex(3)}"


OmegaConf.register_new_resolver("unique_name", unique_name, use_cache=True, replace=True)
