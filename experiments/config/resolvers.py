"""What `${...:}` in our YAML calls. Registered on import: before Hydra composes anything."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf


def unique_name() -> str:
    """A folder name that no other run gets: the time to the second and six random digits."""
    return f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{secrets.token_hex(3)}"


def listed(values: Any) -> str:
    """Values as a sweep writes them, with commas."""
    return ",".join(map(str, values))


def pairs_of(folder: str, presets: Any, pairs: int) -> list[dict[str, list[str]]]:
    """For the sweeper's `beside`: each preset trained from its baseline's seed, `pairs` times.

    Nothing for a baseline that cannot be read: the check of the gate refuses it in words.
    """
    entries = []
    for preset in presets:
        try:
            tree = json.loads((Path(folder) / f"{preset}.json").read_text(encoding="utf-8"))
            seed, repeats = int(tree["seed"]), min(int(pairs), len(tree["values"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        overrides = [f"training.seed={seed}", f"training.repeats={repeats}"]
        entries.append({"experiment": [str(preset)], "overrides": overrides})
    return entries


OmegaConf.register_new_resolver("pairs_of", pairs_of, replace=True)
OmegaConf.register_new_resolver("listed", listed, replace=True)
OmegaConf.register_new_resolver("unique_name", unique_name, use_cache=True, replace=True)
