"""Between Hydra and the checked config: composing (here), jobs of a sweep, and what was refused."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ..checks import PURPOSES, Config, SweepSettings, check, check_sweep, settle
from ..claims import check_lesson
from ..errors import ConfigError, Problem

CONF = Path(__file__).parents[2] / "conf"


def as_written(overrides: Any) -> list[str]:
    """Overrides (a ListConfig) as written: iterating would resolve their interpolations."""
    texts = OmegaConf.to_container(overrides, resolve=False)
    assert isinstance(texts, list)
    return [str(text) for text in texts]


def from_hydra(cfg: DictConfig, overrides: Iterable[str] = ()) -> Config:
    """The checked config of a composed tree; raises ConfigError with all problems.

    `overrides` are the command line's; see `checks.settle` for what they decide.
    """
    try:
        ours = of_the_run(cfg)
        plain = OmegaConf.to_container(ours, resolve=True)
    except OmegaConfBaseException as error:
        key = str(getattr(error, "full_key", None) or "config")
        raise ConfigError([Problem(key, first_line(error), "correct the interpolation")]) from None
    assert isinstance(plain, dict)
    tree = {str(key): value for key, value in plain.items()}
    settle(tree, {override.split("=")[0].lstrip("+") for override in overrides})
    return check(tree)


# Sections that are no part of a run: they change no result.
AROUND = ("hydra", "sweep", *PURPOSES)


def of_the_run(cfg: DictConfig) -> DictConfig:
    """The sections that say what a run is."""
    return OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in AROUND])


# What becomes of a purpose's section before anything trains; others are passed on as they are.
CHECKED: dict[str, Callable[[Any], Any]] = {"lesson": check_lesson}


def purposes(cfg: DictConfig) -> dict[str, Any]:
    """What a sweep is made for, checked, by the name of its section; empty for a plain one.

    Raises ConfigError with all problems.
    """
    chosen = [key for key in PURPOSES if cfg.get(key) is not None]
    for override in as_written(cfg.hydra.overrides.task):
        key, _, value = override.partition("=")
        if key in PURPOSES and key not in chosen and value != "null":
            what = f"is one a sweep, received {value!r}"
            raise ConfigError([Problem(key, what, f"run them one by one: {key}=<name>")])
    sections = {key: OmegaConf.to_container(cfg[key], resolve=True) for key in chosen}
    return {key: CHECKED.get(key, lambda section: section)(sections[key]) for key in chosen}


def without_purpose(overrides: Iterable[str]) -> list[str]:
    """Overrides that say what a run is, without those that say what its sweep is made for."""
    roots = ((text, text.lstrip("+~").partition("=")[0].partition(".")[0]) for text in overrides)
    return [text for text, root in roots if root not in PURPOSES]


def composed(overrides: Iterable[str]) -> Config:
    """The checked config of a command line's overrides, outside of Hydra's program.

    Raises ConfigError with all problems.
    """
    from .refused import find_problems

    texts = list(overrides)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        try:
            return from_hydra(compose("config", overrides=texts), texts)
        except HydraException:
            found = find_problems(lambda chosen: compose("config", overrides=chosen), texts)
            raise ConfigError(found) from None


def sweep_settings(cfg: DictConfig) -> SweepSettings:
    """The checked settings of a sweep; raises ConfigError with all problems."""
    try:
        section: Any = cfg.get("sweep")
        if OmegaConf.is_config(section):
            section = OmegaConf.to_container(section, resolve=True)
    except OmegaConfBaseException as error:
        fix = "set the keys of sweep one by one, such as sweep.name"
        raise ConfigError([Problem("sweep", first_line(error), fix)]) from None
    if isinstance(section, dict) and type(section.get("name")) is int:  # sweep.name=2026
        section["name"] = str(section["name"])
    return check_sweep(section)


def first_line(error: Exception) -> str:
    """What an exception says, without the lines that explain it."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def unique_name() -> str:
    """A folder name that no other run gets: the time to the second and six random digits."""
    return f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{secrets.token_hex(3)}"


def listed(values: Any) -> str:
    """Values as a sweep writes them, with commas."""
    return ",".join(map(str, values))


def pairs_of(folder: str, presets: Any, pairs: int) -> list[dict[str, list[str]]]:
    """For the sweeper's `beside`: each preset trained from its baseline's seed, `pairs` times.

    Nothing for a baseline that cannot be read: `gates.prepare_gate` refuses it in words.
    """
    entries = []
    for preset in presets:
        try:
            tree = json.loads((Path(folder) / f"{preset}.json").read_text(encoding="utf-8"))
            seed, repeats = int(tree["seed"]), min(int(pairs), len(tree["values"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        overrides = [f"training.seed={seed}", f"training.repeats={repeats}"]
        entries.append({"experiment": [str(preset)], "overrides": overrides})
    return entries


OmegaConf.register_new_resolver("pairs_of", pairs_of, replace=True)
OmegaConf.register_new_resolver("listed", listed, replace=True)
OmegaConf.register_new_resolver("unique_name", unique_name, use_cache=True, replace=True)
