"""What the pages have in common: where templates come from, and how files are linked.

`templates/` has the templates, `static/` what they include.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote

import jinja2

from .. import theme
from .policy import PagePolicy

FOLDERS = ("templates", "static")


class PagePicture(NamedTuple):
    """A picture inside a page: its file beside the page, its SVG element, the words under it."""

    file: str
    svg: str
    caption: str


@cache
def environment() -> jinja2.Environment:
    """The pages' templates; what they are given is escaped."""
    loaders = [jinja2.PackageLoader("experiments.report", folder) for folder in FOLDERS]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,  # their files are not looked at again for every page
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["theme"] = theme
    return made


def filled(name: str, /, **values: Any) -> str:
    """The page that a template makes of values, with its Content-Security-Policy."""
    policy = PagePolicy()
    return policy.applied(environment().get_template(name).render(policy=policy, **values))


def compile_template(name: str) -> None:
    """Have a template ready, and those it names: to compile them takes longer than to fill them."""
    made = environment()
    made.get_template(name)
    assert made.loader is not None
    source, *_ = made.loader.get_source(made, name)
    for other in re.findall(r'{% (?:include|import) "([^"]+)"', source):
        compile_template(other)


def link(folder: str, name: str) -> str:
    """A relative address of a file of a run, safe for any folder name."""
    return "./" + quote(f"{folder}/{name}")
