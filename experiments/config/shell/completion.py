"""What a shell asks at each press of the tab key, in Hydra's way: `-sc query=bash`.

Hydra's own plugin knows groups, keys and defaults. It knows neither flags, nor which values a key
allows, nor what may follow a comma.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType

from .. import CONF
from ..hydra_private import flags_parser, hydra_completes
from .values import allowed, in_lists

# What a shell would expand in the list that it gets.
EXPANDED = re.compile(r"[$`\\\s]")


def answer(arguments: Sequence[str]) -> str | None:
    """What a shell is told; None where the command line is no question of one."""
    found = flags_parser().parse_intermixed_args(arguments)
    if not found.shell_completion or not found.overrides[0].startswith("query="):
        return None
    line = os.environ.get("COMP_LINE", "")
    line = line[: int(os.environ.get("COMP_POINT") or len(line))]
    candidates: list[str] = []
    with suppress(Exception):  # nobody wants an error in the line that is being typed
        candidates = completions(line)
    between = "\n" if found.overrides[0] == "query=fish" else " "
    return between.join(one for one in candidates if not EXPANDED.search(one))


def completions(line: str) -> list[str]:
    """What the last word of a command line, up to the cursor, may become."""
    words = line.split()
    program = next((at for at, word in enumerate(words) if word.endswith(".py")), 0)
    words = words[program + 1 :] + ([] if line and not line[-1].isspace() else [""])
    before, word = words[:-1], words[-1] if words else ""
    options = {name: action for action in flags_parser()._actions for name in action.option_strings}
    if word.startswith("-"):
        return sorted(name for name in options if name.startswith(word))
    asking = options.get(before[-1]) if before else None
    if asking is not None and asking.nargs is None:  # a flag that takes a value
        return [name for name in asking.choices or () if name.startswith(word)]
    key, is_value, value = word.partition("=")
    names = allowed(key) if is_value else []
    if names:
        return [f"{key}={one}" for one in in_lists(value, names)]
    return _as_hydra_does(before, word)


def _as_hydra_does(before: Sequence[str], word: str) -> list[str]:
    """Groups, keys, files and defaults; of a group's choices several, after commas."""
    flags = flags_parser().parse_known_intermixed_args([*before])[0]
    name, overrides = flags.config_name or "config", flags.overrides
    if flags.config_dir:
        overrides = [f"hydra.searchpath=[file://{Path(flags.config_dir).resolve()}]", *overrides]
    group, is_value, value = word.partition("=")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        if is_value:
            choices = loader.get_group_options(group, ObjectType.CONFIG, name, overrides)
            if choices:
                return [f"{group}={one}" for one in in_lists(value, choices)]
        mode = ["--multirun"] if flags.multirun else []
        return hydra_completes(loader, name, " ".join([*mode, *overrides, word]))
