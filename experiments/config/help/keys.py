"""What each key of the config is, in words: from its spec, or from the comment beside it in conf/.

The help of the command line and the documentation are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from datasets import Split
from models import Training

from .. import CONF
from ..field_text import fields
from ..schema import SPECS as KINDS
from ..sweep_settings import SweepSettings

# By section, in the order in which they are shown: the spec of each kind, or the only one.
SECTION_SPECS: dict[str, Mapping[str, type[Any]]] = {
    "dataset": KINDS["dataset"],
    "split": {"": Split},
    "model": KINDS["model"],
    "training": {"": Training},
    "sweep": {"": SweepSettings},
}


def kinds_by_field(specs: Mapping[str, type[Any]]) -> dict[str, dict[str, type[Any]]]:
    """The kinds that have a field, by field."""
    found: dict[str, dict[str, type[Any]]] = {}
    for kind, spec in specs.items():
        for field in fields(spec):
            found.setdefault(field, {})[kind] = spec
    return found


def key_meaning(section: str, field: str, spec: type[Any]) -> str:
    """What a key is: from its spec, or from the comment beside it in conf/.

    A field with a pattern has its description for what it may be.
    """
    info = fields(spec)[field]
    said = info.description or ""
    if not said or any(getattr(limit, "pattern", None) for limit in info.metadata):
        said = comments(section).get(field, "")
    return said


@cache
def comments(section: str) -> dict[str, str]:
    """The comments beside the keys of a section, or beside those of no section for ''."""
    text = (CONF / "config.yaml").read_text("utf-8")
    own = text.partition(f"\n{section}:\n")[2].partition("\n\n")[0]
    if not section:
        own = "\n".join(line for line in text.splitlines() if re.match(r"\w", line))
    files = [path.read_text("utf-8") for path in sorted((CONF / section).glob("*.yaml"))]
    found: dict[str, str] = {}
    for part in (own, *(files if section else ())):
        for key, comment in re.findall(r"^ *(\w+):[^#\n]* # (.+)$", part, re.MULTILINE):
            found.setdefault(key, comment)
    return found
