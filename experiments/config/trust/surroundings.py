"""What else of Hydra's section decides which programs run: variables, workers, packages, folders.

What is asked for on the command line is in plain sight, and taken; what a file asks for is not.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from omegaconf import DictConfig, OmegaConf

from ...errors import Problem
from ..shell.variables import ENV_SET, in_place_of, is_deciding, may_be_set
from .targets import TRUST

# Settings of engines that say whose machines to ask, or what these run first.
OF_WORKERS = ("address", "parameters", "runtime_env")
FOLDER_SCHEMES = ("file", "structured")


def claimed_words(hydra: DictConfig, overrides: Sequence[str]) -> Iterator[Problem]:
    """What a file adds to the words that Hydra keeps of a command line: who typed them counts."""
    for name in ("hydra", "task"):
        listed = OmegaConf.to_container(hydra.overrides[name], resolve=False)
        assert isinstance(listed, list)
        if claimed := [word for word in listed if word not in overrides]:
            what = f"are the words of the command line, and {claimed[0]!r} was not typed"
            yield Problem(f"hydra.overrides.{name}", what, "take the key out of the file")


def of_surroundings(hydra: DictConfig, typed: Container[str]) -> Iterator[Problem]:
    """Of a composed config; `typed` are the variables that its command line sets."""
    yield from _of_variables(hydra, typed)
    yield from _of_workers(hydra)
    kept = hydra.get("output_subdir")
    path = PurePath(str(kept or "."))
    if path.is_absolute() or ".." in path.parts:
        what = f"must be a folder inside the run's, received {kept!r}"
        yield Problem("hydra.output_subdir", what, "for example hydra.output_subdir=.hydra")


def of_verbose(hydra: DictConfig) -> Iterator[Problem]:
    """Of what Hydra only asserts."""
    verbose = hydra.get("verbose")
    names = OmegaConf.to_container(verbose) if OmegaConf.is_list(verbose) else [verbose]
    assert isinstance(names, list)
    if not isinstance(verbose, bool) and not all(isinstance(one, str) for one in names):
        what = f"must be true, false, or names of loggers, received {verbose!r}"
        yield Problem("hydra.verbose", what, "for example hydra.verbose=true")


def _of_variables(hydra: DictConfig, typed: Container[str]) -> Iterator[Problem]:
    variables: Any = OmegaConf.to_container(hydra.job.env_set, resolve=False)
    for name, value in variables.items():
        as_it_is = in_place_of(name), os.environ.get(name)
        if value in as_it_is or may_be_set(name, typed):
            continue
        where = "before you start archlab"
        if is_deciding(name):
            what = "decides which programs are found, and would be set by a config"
        else:
            what = "is set by a config file, and no variable that docs/hydra.md lists"
            where += ", or on the command line"
        yield Problem(f"{ENV_SET}.{name}", what, f"set it {where}, or {TRUST}")


def _of_workers(hydra: DictConfig) -> Iterator[Problem]:
    asked = OmegaConf.to_container(hydra.overrides.hydra, resolve=False)
    assert isinstance(asked, list)
    for name in OF_WORKERS:
        key = f"hydra.launcher.{name}"
        seen = any(str(text).lstrip("+").startswith(key) for text in asked)
        if not seen and (hydra.launcher or {}).get(name):
            what = "decides what workers run, and is set by a config file"
            yield Problem(key, what, f"give it on the command line, or {TRUST}")


def search_path_problems(addresses: Sequence[str]) -> Iterator[Problem]:
    """Of `hydra.searchpath`: a package is imported when it is looked into."""
    for address in addresses:
        scheme, colon, _ = str(address).partition("://")
        if colon and scheme not in FOLDER_SCHEMES:
            what = f"must be a folder, received {address!r}"
            fix = f"write file://<folder>, or use --config-dir; or {TRUST}"
            yield Problem("hydra.searchpath", what, fix)
