"""The values that a key allows, where it allows only some: read off the specs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_origin

from ..compose import OF_THE_PROCESS
from ..field_text import choices_of, fields
from ..help.keys import SECTION_SPECS
from ..search.settings import SearchSettings

SWEEPER = "hydra.sweeper"
SWITCH = ("true", "false")


def allowed(key: str) -> list[str]:
    """The names that may be given for `key`; none where it takes more than names.

    A key that takes only a list has them after a bracket.
    """
    if key in OF_THE_PROCESS:
        return [*SWITCH]
    section, _, field = key.rpartition(".")
    specs: Mapping[str, type] = SECTION_SPECS.get(section, {})
    if section == SWEEPER:
        specs = {"": SearchSettings}
    if field == "kind":
        return [*specs]
    found: dict[str, None] = {}
    for spec in specs.values():
        if field in fields(spec):
            found |= dict.fromkeys(_names_for(spec, field))
    return [*found]


def _names_for(spec: type, field: str) -> list[str]:
    annotation = fields(spec)[field].annotation
    if annotation is bool:
        return [*SWITCH]
    bracket = "[" if get_origin(annotation) is tuple else ""
    return [f"{bracket}{name}" for name in choices_of(spec, field)]


def in_lists(value: str, names: list[str]) -> list[str]:
    """What `value` may become: the names that go on with its last part, which no part before has.

    Parts are those of a sweep (`a,b`) or of a list (`[a,b`).
    """
    before, comma, last = value.rpartition(",")
    if not comma:
        bracket = "[" if value.startswith("[") else ""
        before, last = bracket, value.removeprefix(bracket)
    taken = before.lstrip("[").split(",") if comma else []
    free = [name.removeprefix("[") if before else name for name in names]
    return [
        f"{before}{comma}{name}" for name in free if name.startswith(last) and name not in taken
    ]
