"""The tables of `--help`: every key with its default and meaning, every choice of every group.

They are made from the specs and from conf/, and fit 80 columns.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import yaml

from .. import CONF
from ..field_text import choices_of
from .keys import SECTION_SPECS, comments, key_meaning, kinds_by_field

COLUMNS, INDENT, GAP = 80, "  ", 2
MOST_DEFAULT = 15  # columns that a default gets; a longer one is cut
# OmegaConf's own loader takes 2 ms a file.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Entry(NamedTuple):
    """One line of a table: cells that stay whole, and words that are wrapped."""

    cells: tuple[str, ...]
    words: str


def key_tables(root: Mapping[str, Any]) -> str:
    """Every key, by section. root: a composed config as plain data, interpolations as written."""
    sections = [_section(name, root.get(name) or {}) for name in SECTION_SPECS]
    alone = [
        Entry((name, _written(value)), comments("").get(name, ""))
        for name, value in root.items()
        if name not in SECTION_SPECS and isinstance(value, bool)
    ]
    sections.append(alone)
    sections.append(_gate())
    return _for_hydra("\n\n".join(_aligned(entries) for entries in sections if entries))


def _section(name: str, values: Mapping[str, Any]) -> list[Entry]:
    """The keys of a section, with what they are in `values` or bring with their kind."""
    entries = []
    for field, words, kinds in _words_of(name):
        default = values[field] if field in values else _of_kind(name, kinds, field)
        entries.append(Entry((f"{name}.{field}", _written(default)), words))
    return entries


@cache
def _words_of(section: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """(field, what it is, the kinds that have it) of a section: Hydra asks for its help twice."""
    specs = SECTION_SPECS[section]
    found = []
    for field, having in kinds_by_field(specs).items():
        spec = next(iter(having.values()))
        if field == "kind":
            words = f"which one: {_listed(specs)}"
        else:
            words = _with_choices(key_meaning(section, field, spec), spec, field)
        if len(having) < len(specs):
            words = f"{', '.join(having)}: {words}"
        found.append((field, words, tuple(having)))
    return found


def _with_choices(words: str, spec: type[Any], field: str) -> str:
    """The meaning of a key, with the names to choose from where it does not say them."""
    names = choices_of(spec, field)
    if len(names) < 2 or all(re.search(rf"\b{name}\b", words) for name in names):
        return words
    return f"{words} ({_listed(names)})"


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def _of_kind(section: str, having: Iterable[str], field: str) -> Any:
    """The default that a kind brings which the composed config has not."""
    for kind in having:
        path = CONF / section / f"{kind}.yaml"
        tree = _loaded(section, kind) if path.is_file() else {}
        tree = tree.get(section, tree)
        if field in tree:
            return tree[field]
    return ""


def _gate() -> list[Entry]:
    """The keys of a gate, with the defaults of a check."""
    keys, said = _loaded("gate", "check")["gate"], comments("gate")
    return [Entry((f"gate.{key}", _written(keys[key])), said[key]) for key in keys if key in said]


@cache
def choice_tables() -> str:
    """Every choice of every group, with the line that its file says of itself."""
    groups = [path.name for path in CONF.iterdir() if path.is_dir() and path.name != "hydra"]
    parts = []
    for group in sorted(groups, key=lambda name: (name not in SECTION_SPECS, name)):
        order, entries = _choices_in(group)
        parts.append(f"{group}=<name>{order}\n{_aligned(entries)}")
    return _for_hydra("\n\n".join(parts))


def _choices_in(group: str) -> tuple[str, list[Entry]]:
    """What is said of the order of a group's choices, and the choices."""
    names = sorted(path.stem for path in (CONF / group).glob("*.yaml"))
    if group != "lesson":
        return "", [Entry((name,), first_comment(group, name)) for name in names]
    lessons = {name: _loaded(group, name)[group] for name in names}
    names.sort(key=lambda name: (lessons[name].get("order", 10_000), name))
    return ", in teaching order", [Entry((name,), lessons[name]["title"]) for name in names]


def first_comment(group: str, name: str) -> str:
    """What the comment below a config file's command says."""
    lines = (CONF / group / f"{name}.yaml").read_text("utf-8").splitlines()
    said = [line.lstrip("# ") for line in lines if line.startswith("# ")]
    return next((line for line in said if not line.startswith(("python", "@"))), "")


def _loaded(group: str, name: str) -> dict[str, Any]:
    """A config file as plain data, interpolations as written."""
    text = (CONF / group / f"{name}.yaml").read_text("utf-8")
    tree: dict[str, Any] = yaml.load(text, _LOADER)  # noqa: S506, a safe one
    return tree


def _written(value: Any) -> str:
    """A value as somebody writes it on the command line, cut where it is long."""
    if value == "???":
        return "required"
    if isinstance(value, str) and value.startswith("${"):
        return "made up"
    if isinstance(value, list) and len(value) > 3:
        return f"{len(value)} of them"
    text = value if isinstance(value, str) else json.dumps(value).replace('"', "").replace(" ", "")
    text = text or '""'
    return text if len(text) <= MOST_DEFAULT else f"{text[: MOST_DEFAULT - 5]}…"


def _aligned(entries: Sequence[Entry]) -> str:
    """Aligned lines of 80 columns, the words wrapped beside the cells."""
    count = len(entries[0].cells)
    widths = [max(len(entry.cells[k]) for entry in entries) for k in range(count)]
    lines = []
    for entry in entries:
        cells = [cell.ljust(width + GAP) for cell, width in zip(entry.cells, widths, strict=True)]
        start = INDENT + "".join(cells)
        lines += textwrap.wrap(
            entry.words,
            COLUMNS,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _for_hydra(text: str) -> str:
    """Hydra reads its help as a template, in which a dollar begins a name."""
    return text.replace("$", "$$")
