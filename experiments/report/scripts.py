"""The pages' modules as one script, so that a page is one file.

Modules import each other by `import { a, b } from "./x.js";`, one line each, and export what they
declare. In a page they stand after each other, in the order of their imports, without those words:
names at the top of modules are therefore unique, which `tests/experiments/report/test_scripts.py`
holds.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from importlib import resources

IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?(function|const|let|class)\b)", re.MULTILINE)
STATIC = "static"


def modules(entry: str) -> list[str]:
    """The paths below `static/` of a module and of all that it imports, those first.

    A circle of imports has no order that works in one script: ValueError.
    """
    ordered: list[str] = []
    _visit(entry, (), ordered)
    return ordered


@cache
def bundle(entry: str) -> str:
    """The code of a module and of all that it imports, as one module without imports."""
    return "\n".join(
        f"// {path}\n{EXPORT.sub('', IMPORT.sub('', _source(path)))}" for path in modules(entry)
    )


def _visit(path: str, above: tuple[str, ...], ordered: list[str]) -> None:
    if path in above:
        raise ValueError(f"modules import each other in a circle: {' > '.join((*above, path))}")
    if path in ordered:
        return
    for address in IMPORT.findall(_source(path)):
        _visit(posixpath.normpath(f"{posixpath.dirname(path)}/{address}"), (*above, path), ordered)
    ordered.append(path)


def _source(path: str) -> str:
    return (resources.files(__package__) / STATIC / path).read_text(encoding="utf-8")
