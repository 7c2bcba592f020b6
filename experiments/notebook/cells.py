"""Templates and what they are filled with -> the bytes of an .ipynb file.

`templates/notebook.j2` is the whole notebook: a line `%% code <id>` or `%% markdown <id>` begins a
cell. Python expressions come in by `{{ }}` as literals, whatever they hold.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import jinja2

NOTEBOOK = "notebook.j2"
NEW_CELL = re.compile(r"^%% (code|markdown) ([\w-]+)\n", re.MULTILINE)
SPECIAL = re.compile(r"([\\`*_\[\]{}|$~#])")  # what Markdown or MathJax would not take as it is


class Setting(NamedTuple):
    """A variable of the notebook: its name, its value, and what the name leaves open."""

    name: str
    value: Any
    comment: str = ""


class Verbatim(str):
    """Text that goes into a cell as it is, not as a Python literal."""


def ipynb(values: Mapping[str, Any]) -> bytes:
    """The notebook as a file of nbformat 4.5; the same values give the same bytes."""
    tree = {
        "cells": _split_cells(_environment().get_template(NOTEBOOK).render(values)),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def same_cells(one: bytes, other: bytes) -> bool:
    """Whether two files hold the same cells, whatever these show; a file that is none does not."""
    try:
        first, second = (
            [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(file)["cells"]]
            for file in (one, other)
        )
    except (ValueError, KeyError, TypeError):
        return False
    return first == second


def recipe(group: str, name: str) -> str | None:
    """The template that writes an entry of a registry down, if there is one."""
    path = f"{group}/{name}.j2"
    return path if path in _environment().list_templates() else None


def _split_cells(text: str) -> list[dict[str, Any]]:
    _, *parts = NEW_CELL.split(text)
    return [
        _one_cell(kind, name, source.strip("\n"))
        for kind, name, source in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


def _one_cell(kind: str, name: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("experiments.notebook"),
        autoescape=False,  # noqa: S701, it makes Python and Markdown; `finalize` sees to both
        undefined=jinja2.StrictUndefined,
        finalize=_literal,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"words": _as_words, "code": _as_code, "fenced": _fenced, "assigned": _assigned}
    return made


def _literal(value: Any) -> str:
    """A value as Python writes it; as it is, text that is meant for a cell (and what raises)."""
    if isinstance(value, Verbatim | jinja2.Undefined):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        pairs = (f"{_literal(key)}: {_literal(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    plain = isinstance(value, str) and value.isprintable() and not re.search(r"[\"\\]", value)
    return f'"{value}"' if plain else repr(value)


def _as_words(text: str) -> Verbatim:
    """Somebody's text in Markdown: on one line, and nothing in it is markup."""
    return Verbatim(SPECIAL.sub(r"\\\1", html.escape(_one_line(text), quote=False)))


def _as_code(text: str) -> Verbatim:
    """Somebody's text as code within a line."""
    ticks = "`" * (1 + _most_backticks(text))
    space = " " if "`" in text else ""
    return Verbatim(f"{ticks}{space}{_one_line(text)}{space}{ticks}")


def _fenced(text: str) -> Verbatim:
    """A command as a block of code, within a fence that the text does not hold."""
    fence = "`" * max(3, 1 + _most_backticks(text))
    line = _one_line(text)
    apart = " " * line.startswith("%%")  # no cell begins with it
    return Verbatim(f"{fence}bash\n{apart}{line}\n{fence}")


def _most_backticks(text: str) -> int:
    """How many backticks stand in a row at most."""
    return max(map(len, re.findall("`+", text)), default=0)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _assigned(settings: Sequence[Setting]) -> Verbatim:
    """A line of Python each."""
    return Verbatim(
        "\n".join(
            f"{name} = {_literal(value)}" + (f"  # {comment}" if comment else "")
            for name, value, comment in settings
        )
    )
