"""What carries a sweep to other processes and machines: a file each, with its settings.

Every module of this package holds an `ENGINE`, its own `EngineSettings`; nothing lists them.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..shards.engine import EngineSettings

# By `hydra/launcher`.
CARRIERS: dict[str, type[EngineSettings]] = {
    module.name.removesuffix("_"): import_module(f"{__name__}.{module.name}").ENGINE
    for module in iter_modules(__path__)
}
