"""Where the pages' templates come from: `templates/` has them, `static/` what they include."""

from __future__ import annotations

from functools import cache

import jinja2

from .. import theme

FOLDERS = ("templates", "static")


@cache
def environment() -> jinja2.Environment:
    """The pages' templates; what they are given is escaped."""
    loaders = [jinja2.PackageLoader("experiments.report", folder) for folder in FOLDERS]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["theme"] = theme
    return made
