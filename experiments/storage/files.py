"""Files written aside and renamed: what stands under a name is always whole."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WAITS = (0.01, 0.03, 0.1, 0.3, 0.6)  # seconds between attempts


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
        _take_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _take_place(aside: Path, path: Path) -> None:
    """Rename over what is there: Windows refuses while somebody, such as a scanner, reads that."""
    for seconds in WAITS if os.name == "nt" else ():
        try:
            aside.replace(path)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    aside.replace(path)


def write_json(path: Path, tree: Any) -> None:
    """Write a tree as JSON, aside first."""
    with replacing(path) as aside:
        aside.write_text(json_text(tree), encoding="utf-8")


def json_text(tree: Any) -> str:
    """A tree as JSON for people to read; raises ValueError for nan and inf."""
    return json.dumps(tree, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
