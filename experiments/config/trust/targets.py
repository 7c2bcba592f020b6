"""The classes that Hydra makes of `hydra.callbacks`, `hydra.launcher` and `hydra.sweeper`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ...errors import Problem, known_names
from ..hydra_private import ALLOW, HYDRAS_PLUGINS

TARGET_KEY = "_target_"
KNOWN_CALLBACKS = (
    "hydra.experimental.callbacks.LogJobReturnCallback",
    "hydra.experimental.callbacks.PickleJobInfoCallback",
    "hydra_plugins.archlab.callback.ArchlabCallback",
)
# Where launchers and sweepers come from: archlab, Hydra itself, Hydra's own packages.
KNOWN_PLUGINS = ("hydra_plugins.archlab.", HYDRAS_PLUGINS, "hydra_plugins.hydra_joblib_launcher.")
PLUGIN_KINDS = {"launcher": Launcher, "sweeper": Sweeper}
TRUST = f"add {ALLOW} if you trust who wrote it"


def unmakeable(hydra: DictConfig) -> Iterator[Problem]:
    """Launchers and sweepers that Hydra could not make either: it takes installed plug-ins."""
    for kind, base in PLUGIN_KINDS.items():
        known = _installed(base)
        name = _class_named(hydra.get(kind))
        if name not in known:
            what = f"is no {kind} that is installed, received {name!r}"
            fix = f"choose one by hydra/{kind}=<name>; {known_names(name, known)}"
            yield Problem(f"hydra.{kind}.{TARGET_KEY}", what, fix)


def of_classes(hydra: DictConfig) -> Iterator[Problem]:
    """Classes that are neither archlab's nor Hydra's own."""
    for kind, base in PLUGIN_KINDS.items():
        ours = [name for name in _installed(base) if name.startswith(KNOWN_PLUGINS)]
        for key, name in _targets(hydra.get(kind), f"hydra.{kind}"):
            if name not in ours:
                yield _refused_target(key, name, ours)
    for key, name in _targets(hydra.get("callbacks"), "hydra.callbacks"):
        if name not in KNOWN_CALLBACKS:
            yield _refused_target(key, name, KNOWN_CALLBACKS)


def _refused_target(key: str, name: object, known: Any) -> Problem:
    what = f"is neither archlab's nor Hydra's, received {name!r}"
    return Problem(key, what, f"{TRUST}; {known_names(name, known)}")


def _installed(base: Any) -> list[str]:
    return [f"{one.__module__}.{one.__name__}" for one in Plugins.instance().discover(base)]


def _class_named(section: Any) -> object:
    return dict(_targets(section, "")).get(f".{TARGET_KEY}")


def _targets(node: Any, key: str) -> Iterator[tuple[str, object]]:
    """Every class that is named at any depth, by its key: Hydra makes what stands inside too."""
    if OmegaConf.is_dict(node):
        for name in node:
            found = _resolved_value(node, name)
            if name == TARGET_KEY:
                yield f"{key}.{TARGET_KEY}", found
            else:
                yield from _targets(found, f"{key}.{name}")
    elif OmegaConf.is_list(node):
        for number in range(len(node)):
            yield from _targets(_resolved_value(node, number), f"{key}.{number}")


def _resolved_value(node: Any, name: Any) -> Any:
    """What stands there; None where it cannot be resolved."""
    try:
        return node[name]
    except OmegaConfBaseException:
        return None
