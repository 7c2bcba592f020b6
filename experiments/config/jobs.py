"""The jobs of a sweep: composed fast, checked together, none in the folder of another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType, ValueType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict

from ..errors import ConfigError, Problem
from .compose import OF_THE_PROCESS, from_hydra, of_the_run, without_purpose
from .explain import Compose, find_problems
from .hydra_private import set_overrides
from .schema import SECTIONS, Config, check_config, resolve_defaults, section_of, together

DEFAULT_DIR, DEFAULT_SUBDIR = "outputs/sweeps/${sweep.name}", "${hydra.job.num}"
SECTION_STARTS = tuple(f"{section}." for section in SECTIONS)


class Jobs:
    """Composes the jobs of one sweep, each given by its overrides.

    The jobs differ mostly in values, and Hydra takes about 50 ms to compose: it is asked once for
    each set of group choices, and values are then set in copies. `compose_job` makes the config of
    a job with its hydra section.
    """

    def __init__(self, compose_job: Compose) -> None:
        self.compose = compose_job
        self._configs: dict[tuple[str, ...], Config] = {}
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._plain: dict[tuple[str, ...], Any] = {}
        # Checked sections by choices and their own overrides: jobs share most of theirs.
        self._sections: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Any] = {}

    def config(self, overrides: Sequence[str]) -> Config:
        """The checked config of a job; raises ConfigError, or Hydra's exception."""
        job = tuple(overrides)
        if job not in self._configs:
            self._configs[job] = self._config(job)
        return self._configs[job]

    def _config(self, overrides: tuple[str, ...]) -> Config:
        choices, values = _parted(overrides)
        plain = self._plain_base(choices)
        if plain is None or not all(_settable(plain, value) for value in values):
            return from_hydra(self.composed(overrides, 0), overrides)
        own: dict[str, list[Override]] = {section: [] for section in SECTIONS}
        for value in values:
            own[value.key_or_group.partition(".")[0]].append(value)
        parts = {name: self._section(name, choices, plain, of) for name, of in own.items()}
        config = None if plain.keys() - SECTIONS else together(parts)
        if config is None:  # all that is wrong is told at once
            tree = {**plain, **{name: _with_values(plain, name, of) for name, of in own.items()}}
            return check_config(tree)
        return config

    def _section(
        self, name: str, choices: tuple[str, ...], plain: Any, values: Sequence[Override]
    ) -> Any:
        """A checked section, None where something in it is wrong."""
        key = name, choices, tuple(str(value.input_line) for value in values)
        if key not in self._sections:
            self._sections[key] = section_of(name, _with_values(plain, name, values))
        return self._sections[key]

    def _plain_base(self, choices: tuple[str, ...]) -> Any:
        """The sections of the run as a plain tree; None where values refer to others."""
        if choices not in self._plain:
            tree = OmegaConf.to_container(of_the_run(self._base(choices)), resolve=False)
            self._plain[choices] = None if "${" in str(tree) else tree
        return self._plain[choices]

    def without_values(self, overrides: Sequence[str]) -> dict[str, Any]:
        """The whole config of a job but Hydra's section, as its choices alone make it."""
        base = self._base(self.choices_of(overrides))
        tree: Any = OmegaConf.to_container(base, resolve=False, enum_to_str=True)
        return {key: section for key, section in tree.items() if key != "hydra"}

    def settable(self, overrides: Sequence[str]) -> bool:
        """Whether the values of a job can be set in a plain tree just as Hydra would set them."""
        choices, values = _parted(tuple(overrides))
        plain = self._plain_base(choices)
        return plain is not None and all(_settable(plain, value) for value in values)

    @staticmethod
    def values_of(overrides: Sequence[str]) -> dict[tuple[str, ...], Any]:
        """The values that a job sets in its choices' own, by section and key."""
        found = _parted(tuple(overrides))[1]
        return {tuple(one.key_or_group.split(".", 1)): one.value() for one in found}

    @staticmethod
    def choices_of(overrides: Sequence[str]) -> tuple[str, ...]:
        """The overrides of a job that Hydra must see, as written: it composes once for each."""
        return _parted(tuple(overrides))[0]

    @staticmethod
    def own_overrides(overrides: Sequence[str]) -> list[Override]:
        """The overrides of a job but those of Hydra's keys, parsed."""
        return [one for one in _parsed(tuple(overrides)) if not one.is_hydra_override()]

    @staticmethod
    def run_overrides(overrides: Sequence[str]) -> list[str]:
        """The overrides of a job that say what its run is, as its folder has them."""
        own = Jobs.own_overrides(overrides)
        return without_purpose([str(one.input_line) for one in own])

    def composed(
        self, overrides: Sequence[str], number: int, folder: str | None = None
    ) -> DictConfig:
        """The config of a job with its hydra section, as Hydra itself composes it.

        Args:
            overrides: of the job.
            number: its number.
            folder: its folder in the sweep's; as hydra.sweep.subdir has it without.
        """
        choices, values = _parted(tuple(overrides))
        cfg = deepcopy(self._base(choices))
        set_overrides(cfg, values, self.own_overrides(overrides))
        with open_dict(cfg):
            cfg.hydra.job.num = cfg.hydra.job.id = number
        if folder is not None and cfg.hydra.sweep.subdir != folder:
            cfg.hydra.sweep.subdir = folder
        return cfg

    def _base(self, choices: tuple[str, ...]) -> DictConfig:
        if choices not in self._composed:
            self._composed[choices] = self.compose([*choices])
        return self._composed[choices]


# What needs no grammar: one of our keys, and a whole number, a decimal one or a word.
_PLAIN = re.compile(
    r"(?P<key>[a-z_]+\.[a-z_]+)="
    r"((?P<whole>-?(0|[1-9][0-9]*))|(?P<decimal>-?(0|[1-9][0-9]*)(\.[0-9]+)?(e-?[0-9]+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*))"
)
_RESERVED = ("true", "false", "null", "inf", "nan")


def is_bare_word(text: str) -> bool:
    """Whether a text is a word that needs no quotes as the value of an override."""
    found = _PLAIN.fullmatch(f"a.a={text}")
    return bool(found and found["word"]) and text.lower() not in _RESERVED


@lru_cache(maxsize=100_000)
def _parsed_one(override: str) -> Override:
    """An override as Hydra parses it, which takes it 3 ms."""
    found = _PLAIN.fullmatch(override)
    if found is None or str(found["word"]).lower() in _RESERVED:
        return OverridesParser.create().parse_override(override)
    value: Any = found["word"]
    if value is None:
        value = float(found["decimal"]) if found["whole"] is None else int(found["whole"])
    return Override(
        OverrideType.CHANGE, found["key"], ValueType.ELEMENT, value, input_line=override
    )


def _parsed(overrides: tuple[str, ...]) -> list[Override]:
    return [_parsed_one(override) for override in overrides]


def _parted(overrides: tuple[str, ...]) -> tuple[tuple[str, ...], list[Override]]:
    """Group choices and what else Hydra must see, as written, and values in our own sections."""
    choices, values = [], []
    for one in _parsed(overrides):
        if one.key_or_group.startswith(SECTION_STARTS):
            values.append(one)
        else:
            choices.append(str(one.input_line))
    return tuple(choices), values


def _with_values(plain: dict[str, Any], name: str, values: Sequence[Override]) -> Any:
    """A section of a plain tree with values of its own set."""
    section: Any = plain.get(name)
    if isinstance(section, dict):  # only its own keys change
        section = {**section}
    for value in values:
        section[value.key_or_group.partition(".")[2]] = value.value()
    tree = {name: section}
    resolve_defaults(tree, [str(value.input_line) for value in values])
    return tree[name]


def _settable(plain: dict[str, Any], override: Override) -> bool:
    """Whether a value can be set in a plain tree just as Hydra would set it in its own."""
    section, _, key = override.key_or_group.partition(".")
    simple = not (override.is_add() or override.is_force_add() or override.is_delete())
    known = isinstance(plain.get(section), dict) and key in plain[section]
    known = known and not isinstance(plain[section][key], dict)
    same = not isinstance(override.value(), dict) and "${" not in str(override.input_line)
    return simple and known and same and override.package is None


def check_jobs(jobs: Jobs, overrides: Sequence[Sequence[str]]) -> list[Config]:
    """The checked config of each job.

    Raises:
        ConfigError: with all problems of all of them.
    """
    if not overrides:
        fix = "give a range, a list or a glob that holds something"
        raise ConfigError([Problem("sweep", "has no runs, received no value for some key", fix)])
    problems: dict[Problem, None] = {}
    configs: list[Config] = []
    for job in overrides:
        try:
            configs.append(jobs.config(job))
        except (HydraException, ValueError):  # Hydra refuses some overrides with a ValueError
            problems.update(dict.fromkeys(find_problems(jobs.compose, job)))
        except ConfigError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ConfigError(_unknown_once(problems))
    return configs


def _unknown_once(problems: Iterable[Problem]) -> Iterable[Problem]:
    """The problems, an unknown key with the first of its values alone."""
    told: dict[str | Problem, Problem] = {}
    for problem in problems:
        told.setdefault(problem.key if problem.what.startswith("unknown key") else problem, problem)
    return told.values()


def folders(jobs: Jobs, overrides: Sequence[Sequence[str]], first: int) -> list[str] | None:
    """The run folders that hydra.sweep.subdir asks for; None where it is the default.

    Args:
        jobs: what composes them.
        overrides: of each job.
        first: the number of the first one.

    Raises:
        ConfigError: where two jobs would share a folder, where one would leave the sweep's, and
            where the jobs are not of one sweep.
    """
    _check_one_sweep(overrides)
    sweep: Any = OmegaConf.to_container(
        jobs.composed(overrides[0], first).hydra.sweep, resolve=False
    )
    named, anywhere = sweep["subdir"] != DEFAULT_SUBDIR, sweep["dir"] != DEFAULT_DIR
    if not named and not (anywhere and "${" in str(sweep["dir"])):
        return None
    composed = [jobs.composed(job, first + number) for number, job in enumerate(overrides)]
    if len({str(cfg.hydra.sweep.dir) for cfg in composed}) > 1:
        what = f"gives the runs of a sweep several folders, received {sweep['dir']!r}"
        raise ConfigError([Problem("hydra.sweep.dir", what, "put it into hydra.sweep.subdir")])
    if not named:
        return None
    found = [str(cfg.hydra.sweep.subdir) for cfg in composed]
    # macOS and Windows tell no A from an a.
    folder, count = Counter(map(str.casefold, found)).most_common(1)[0]
    if count > 1:
        what = f"gives {count} runs one folder, received {folder!r}"
        fix = "put ${hydra.job.num} into it"
        raise ConfigError([Problem("hydra.sweep.subdir", what, fix)])
    for name in found:
        path = PurePath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            what = f"must be a folder inside the sweep's, received {name!r}"
            fix = "for example hydra.sweep.subdir='run_${hydra.job.num}'"
            raise ConfigError([Problem("hydra.sweep.subdir", what, fix)])
    return found


def _check_one_sweep(overrides: Sequence[Sequence[str]]) -> None:
    """Raises ConfigError where settings of the sweep itself differ among its jobs."""
    values: dict[str, set[str]] = {}
    for job in overrides:
        for text in job:
            key, _, value = text.lstrip("+").partition("=")
            if key in OF_THE_PROCESS or key.startswith(("sweep.", "hydra.sweep.dir")):
                values.setdefault(key, set()).add(value)
    for key, several in values.items():
        if len(several) > 1:
            what = f"is one for a whole sweep, received {','.join(sorted(several))!r}"
            raise ConfigError([Problem(key, what, "start a sweep for each value")])
