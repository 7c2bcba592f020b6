"""What `${...:}` in our YAML calls. Registered on import: before Hydra composes anything.

Configs then name environment variables and hold none of their values, see `hide_environment`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from ..errors import ArchlabError
from .hydra_private import hide_environment


def unique_name() -> str:
    """A folder name that no other run gets: the time to the second and six random digits."""
    import secrets

    return f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{secrets.token_hex(3)}"


def listed(values: Any) -> str:
    """Values as a sweep writes them, with commas."""
    return ",".join(map(str, values))


def pairs_of(folder: str, presets: Any, pairs: int) -> ListConfig:
    """For the sweeper's `beside`: each preset trained from its baseline's seed, `pairs` times.

    Args:
        folder: of the baselines.
        presets: their names.
        pairs: how many of a baseline's seeds are trained.

    Returns:
        An entry for each preset; none for a baseline that cannot be read: the check of the gate
        refuses it in words.
    """
    from ..storage.guarded.content import content_of
    from ..storage.guarded.schemas import METRICS_BYTES, json_tree

    entries: list[Any] = []
    for preset in presets:
        try:
            tree = json_tree(content_of(Path(folder) / f"{preset}.json", METRICS_BYTES))
            seed, repeats = int(tree["seed"]), min(int(pairs), len(tree["values"]))
        except (OSError, ArchlabError, ValueError, KeyError, TypeError):
            continue
        overrides = [f"training.seed={seed}", f"training.repeats={repeats}"]
        entries.append({"experiment": [str(preset)], "overrides": overrides})
    return OmegaConf.create(entries)


def help_keys(*, _root_: DictConfig) -> str:
    """Every key with its default and meaning, see `help.text`."""
    from .help.text import key_tables

    tree = OmegaConf.to_container(OmegaConf.masked_copy(_root_, _shown_in_help(_root_)))
    assert isinstance(tree, dict)
    return key_tables({str(key): value for key, value in tree.items()})


def _shown_in_help(root: DictConfig) -> list[str]:
    return [str(key) for key in root if key != "hydra"]


def help_choices() -> str:
    """Every choice of every group, see `help.text`."""
    from .help.text import choice_tables

    return choice_tables()


OmegaConf.register_new_resolver("help_choices", help_choices, replace=True)
OmegaConf.register_new_resolver("help_keys", help_keys, replace=True)
OmegaConf.register_new_resolver("pairs_of", pairs_of, replace=True)
OmegaConf.register_new_resolver("listed", listed, replace=True)
OmegaConf.register_new_resolver("unique_name", unique_name, use_cache=True, replace=True)
hide_environment()
