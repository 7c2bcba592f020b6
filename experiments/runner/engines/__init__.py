"""What carries a sweep to other processes and machines: a file each, with its settings.

Every module of this package holds an `ENGINE`, its subclass of `Settings`; nothing lists them.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..shards.engine import Settings

# By `hydra/launcher`.
ENGINES: dict[str, type[Settings]] = {
    module.name.removesuffix("_"): import_module(f"{__name__}.{module.name}").ENGINE
    for module in iter_modules(__path__)
}
