"""`search.json`: what a search has chosen so far. Pages are made from it, without Optuna."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ..errors import ArchlabError
from ..record import Search
from ..storage import files
from ..storage.guarded.content import content_of
from ..storage.guarded.schemas import SWEEP_BYTES, json_tree, shaped

SEARCH_FILE = "search.json"


def read_search(folder: Path) -> Search | None:
    """The search of a sweep's folder; None where there is none, or none that can be read."""
    try:
        path = folder / SEARCH_FILE
        content = content_of(path, SWEEP_BYTES)
        json_tree(content, path)  # numbers are finite
        search: Search = shaped(Search, content, path)
        return search
    except (OSError, ArchlabError):
        return None


def write_search(folder: Path, search: Search) -> None:
    """Write what is known of a search."""
    files.write_json(folder / SEARCH_FILE, asdict(search))
