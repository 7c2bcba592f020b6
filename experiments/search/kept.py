"""`search.json`: what a search has chosen so far. Pages are made from it, without Optuna."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from ..record import Search
from ..storage import files

SEARCH_FILE = "search.json"
_SEARCH = TypeAdapter(Search)


def read_search(folder: Path) -> Search | None:
    """The search of a sweep's folder; None where there is none, or none that can be read."""
    try:
        return _SEARCH.validate_json((folder / SEARCH_FILE).read_bytes())
    except (OSError, ValueError):
        return None


def write_search(folder: Path, search: Search) -> None:
    """Write what is known of a search."""
    files.write_json(folder / SEARCH_FILE, asdict(search))
