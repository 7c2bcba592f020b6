"""Every key of the config: what it may be, from the specs; its defaults, from conf/."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.comparison.run_names import plain
from experiments.config.field_text import fields, wanted
from experiments.config.help.keys import SECTION_SPECS, key_meaning, kinds_by_field
from experiments.gates.spec import Gate

CONF = Path(__file__).parents[1] / "conf"
GATES = ("check", "update")
SPECS: dict[str, Mapping[str, type[Any]]] = {**SECTION_SPECS, "gate": {"": Gate}}
# Groups whose choices may bring keys of other sections.
BRINGING = ("dataset", "model")


class Key(NamedTuple):
    """One key: its name, its default, what it may be and what it is, all in words."""

    name: str
    default: str
    allowed: str
    what: str


class GateKey(NamedTuple):
    """One key of gates: a default for each of `GATES`."""

    name: str
    defaults: tuple[str, ...]
    what: str


def keys(section: str) -> list[Key]:
    """All keys of a section, in the order of its specs."""
    found = []
    for field, specs in kinds_by_field(SPECS[section]).items():
        spec = next(iter(specs.values()))
        what = key_meaning(section, field, spec)
        if len(specs) < len(SPECS[section]):
            what = f"{', '.join(f'`{kind}`' for kind in specs)}: {what}"
        if field == "kind":
            allowed = ", ".join(f"`{kind}`" for kind in SPECS[section])
            found.append(Key(f"{section}.kind", _default(section, field), allowed, "which one"))
        else:
            default, allowed = _default(section, field), wanted(spec, field)
            found.append(Key(f"{section}.{field}", default, allowed, what))
    return found


def gate_keys() -> list[GateKey]:
    """All keys of gates but the mode, which `gate=` chooses."""
    trees = [_tree(f"gate={name}")["gate"] for name in GATES]
    return [
        GateKey(
            f"gate.{field}",
            tuple(_few(tree[field]) for tree in trees),
            key_meaning("gate", field, Gate),
        )
        for field in fields(Gate)
        if field != "mode"
    ]


def _few(value: Any) -> str:
    """A value, or how many there are where they would fill the table."""
    return f"{len(value)} presets" if isinstance(value, list) and len(value) > 3 else _shown(value)


def _default(section: str, field: str) -> str:
    """The default, then those of choices that bring another one."""
    base = _tree()[section]
    others: dict[str, list[str]] = {}
    for group in BRINGING:
        for kind in SPECS[group]:
            tree = _tree(f"{group}={kind}")[section]
            if field in tree and (field not in base or tree[field] != base[field]):
                others.setdefault(_shown(tree[field]), []).append(f"`{group}={kind}`")
    said = [_shown(base[field])] if field in base else []
    if field == "kind":
        return said[0]
    if not said and len(others) == 1:
        return next(iter(others))
    return "; ".join([*said, *(f"{', '.join(who)}: {value}" for value, who in others.items())])


def _shown(value: Any) -> str:
    """A value as somebody writes it on the command line."""
    if value == "???":
        return "required"
    if isinstance(value, str) and value.startswith("${"):
        return "made up"
    return f"`{plain(value)}`" if value != "" else '`""`'


@cache
def _tree(*overrides: str) -> dict[str, Any]:
    """A composed config as plain data, interpolations as written."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=list(overrides))
        tree = OmegaConf.to_container(cfg)
    assert isinstance(tree, dict)
    return {str(key): value for key, value in tree.items()}
