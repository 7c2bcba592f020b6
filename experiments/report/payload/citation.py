"""How a comparison is cited: the program, its version, and the command that makes it again."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

from ...comparison.rows import Comparison
from ...storage.provenance import ROOT

_LATEX_SPECIAL = re.compile(r"([&%$#_{}])")


def citation(comparison: Comparison) -> str:
    """A BibTeX entry."""
    project = _project()
    year = comparison.started[:4]
    command = f"\\texttt{{{_escaped(comparison.command)}}}"
    fields = {
        "title": f"{{{project['name']}}}: {_escaped(project['description'])}",
        "author": "{The archlab authors}",
        "version": project["version"],
        **({"year": year} if year.isdigit() else {}),
        "note": f"Comparison {_escaped(comparison.name)}: {command}",
    }
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items()]
    return "\n".join(["@software{archlab,", *lines, "}"]) + "\n"


@cache
def _project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(found["project"])


def _escaped(text: str) -> str:
    """Text for LaTeX."""
    backslash = text.replace("\\", "\0")
    special = _LATEX_SPECIAL.sub(r"\\\1", backslash)
    return (
        special.replace("\0", r"\textbackslash{}")
        .replace("~", r"\textasciitilde{}")
        .replace("^", r"\textasciicircum{}")
    )
