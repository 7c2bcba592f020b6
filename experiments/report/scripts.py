"""The pages' modules as one script, so that a page is one file.

Modules import each other by `import { a, b } from "./x.js";` and export what they declare as
constant, function or class. In a page each becomes a function that is called once and gives what it
exports, after those that it imports; the entry module stands last, as it is.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from importlib import resources

IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function|const|class) (\w+|[\[{][^=]*[\]}]))", re.MULTILINE
)
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
    parts = [_wrapped(path) for path in modules(entry)[:-1]]
    return "\n".join(["const modules = {};", *parts, _without_imports(entry)])


def _wrapped(path: str) -> str:
    code = _without_imports(path)
    names = [name for found in EXPORT.findall(code) for name in re.findall(r"\w+", found)]
    body = EXPORT.sub("", code)
    return f'modules["{path}"] = (() => {{\n{body}return {{ {", ".join(names)} }};\n}})();'


def _without_imports(path: str) -> str:
    return IMPORT.sub(
        lambda m: f'const {m[1]} = modules["{_target(path, m[2])}"];\n', _source(path)
    )


def _visit(path: str, above: tuple[str, ...], ordered: list[str]) -> None:
    if path in above:
        raise ValueError(f"modules import each other in a circle: {' > '.join((*above, path))}")
    if path in ordered:
        return
    for _, address in IMPORT.findall(_source(path)):
        _visit(_target(path, address), (*above, path), ordered)
    ordered.append(path)


def _target(path: str, address: str) -> str:
    return posixpath.normpath(f"{posixpath.dirname(path)}/{address}")


def _source(path: str) -> str:
    return (resources.files(__package__) / STATIC / path).read_text(encoding="utf-8")
