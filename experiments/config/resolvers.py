"""What `${...:}` in our YAML calls. Registered on import: before Hydra composes anything."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

CONF = Path(__file__).parents[2] / "conf"


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
    entries: list[Any] = []
    for preset in presets:
        try:
            tree = json.loads((Path(folder) / f"{preset}.json").read_text(encoding="utf-8"))
            seed, repeats = int(tree["seed"]), min(int(pairs), len(tree["values"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        overrides = [f"training.seed={seed}", f"training.repeats={repeats}"]
        entries.append({"experiment": [str(preset)], "overrides": overrides})
    return OmegaConf.create(entries)


def help_keys(*, _root_: DictConfig) -> str:
    """The keys of each section, a line each; and those that other choices of it bring instead."""
    sections = {str(key): value for key, value in _root_.items_ex(resolve=False)}
    lines = []
    for section, keys in sections.items():
        if section == "hydra" or not isinstance(keys, DictConfig):
            continue
        lines.append(_keys_line(section, list(keys)))
        for kind, others in _kinds(CONF / section, section).items():
            if set(others) - set(keys):
                lines.append(f"{_keys_line(section, others)}  ({kind})")
    return "\n".join(lines)


def _kinds(group: Path, section: str) -> dict[str, list[str]]:
    """The keys of each choice of a group that is not made from another one, `kind` left out."""
    import yaml

    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # OmegaConf's own takes 2 ms a file
    trees: dict[str, Any] = {
        path.stem: yaml.load(path.read_text(encoding="utf-8"), fast)  # noqa: S506
        for path in sorted(group.glob("*.yaml"))
    }
    own = {name: tree.get(section, tree) for name, tree in trees.items() if "defaults" not in tree}
    return {name: [key for key in keys if key != "kind"] for name, keys in own.items()}


def _keys_line(section: str, keys: list[Any]) -> str:
    return f"  {section}.{'  '.join(map(str, keys))}"


OmegaConf.register_new_resolver("help_keys", help_keys, replace=True)
OmegaConf.register_new_resolver("pairs_of", pairs_of, replace=True)
OmegaConf.register_new_resolver("listed", listed, replace=True)
OmegaConf.register_new_resolver("unique_name", unique_name, use_cache=True, replace=True)
