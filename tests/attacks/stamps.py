"""Folders whose status fits their files, as somebody who means harm would leave them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from experiments.storage import run_folder


def stamp(run: Path, **changed: Any) -> None:
    """Write sizes and hashes of the files as they are now into the status."""
    path = run / run_folder.STATUS
    status = json.loads(path.read_text())
    for name in status["files"]:
        if (run / name).is_file():
            size = (run / name).stat().st_size
            content = (run / name).read_bytes() if size < 10**8 else b""  # which takes too long
            digest = hashlib.sha256(content).hexdigest()
            status["files"][name] = {"bytes": size, "sha256": digest}
    path.write_text(json.dumps({**status, **changed}))


def edit(path: Path, *keys: str | int, to: Any) -> None:
    """Set one value of a JSON file; keys lead to it."""
    tree = json.loads(path.read_text())
    at = tree
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = to
    path.write_text(json.dumps(tree))
