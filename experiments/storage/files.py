"""Files written aside and renamed: what stands under a name is always whole."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file, aside first."""
    with replacing(path) as aside:
        aside.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, with the same suffix, that takes its place on success."""
    aside = path.with_name(f".part-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_json(path: Path, tree: Any) -> None:
    """Write a tree as JSON, aside first."""
    with replacing(path) as aside:
        aside.write_text(json_text(tree), encoding="utf-8")


def json_text(tree: Any) -> str:
    """A tree as JSON for people to read; raises ValueError for nan and inf."""
    return json.dumps(tree, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
