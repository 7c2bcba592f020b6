"""How much a config may hold: a small file can stand for more than any memory holds.

In YAML an anchor (`&a`) is used again by `*a`, in OmegaConf a value names others by `${...}`; ten
lines of such grow tenfold each.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from ...errors import ConfigError, Problem

FILE_BYTES = 1_000_000
CONFIG_VALUES = 10_000
CONFIG_DEPTH = 100
# What one value may cost to write out, see `bound_interpolations`.
LETTERS = 200_000
# Smaller files without anchors hold fewer values than are allowed, and are not looked into.
HARMLESS_BYTES = 10_000


def check_file(path: Path) -> None:
    """Raise ConfigError for a file of more than a config can need; what is no YAML is let pass."""
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise _grown(path, f"{size:,} bytes")
    content = path.read_bytes()
    if size <= HARMLESS_BYTES and not (b"&" in content and b"*" in content):
        return
    try:
        count = _count(content)
    except yaml.YAMLError:
        return  # Hydra says what is wrong with it
    if count is None:
        raise _grown(path, "values nested without end")
    if count > CONFIG_VALUES:
        raise _grown(path, f"{count:,} values, its anchors written out")


def _grown(path: Path, received: str) -> ConfigError:
    fix = f"leave it at {CONFIG_VALUES:,} values, {CONFIG_DEPTH} deep, in {FILE_BYTES:,} bytes"
    return ConfigError([Problem(str(path), f"is too large for a config, received {received}", fix)])


def _count(content: bytes) -> int | None:
    """How many values YAML holds once each `*a` is written out; None where they nest too deep."""
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = [(None, 0)]  # anchors, and values so far
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, 1))
            if len(opened) > CONFIG_DEPTH:
                return None
            continue
        if isinstance(event, yaml.AliasEvent):
            if any(known == event.anchor for known, _ in opened):
                return None
            anchor, size = None, sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            anchor, size = event.anchor, 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = opened.pop()
        else:
            continue
        if anchor:
            sizes[anchor] = size
        opened[-1] = (opened[-1][0], opened[-1][1] + size)
    return opened[0][1]
