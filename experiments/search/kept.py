"""`search.json`: what a search has chosen so far. Pages are made from it, without Optuna."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ..errors import ArchlabError
from ..record import Search
from ..storage import files
from ..storage.guarded.content import content_of
from ..storage.guarded.schemas import SWEEP_BYTES, shaped

SEARCH_FILE = "search.json"


def read_search(folder: Path) -> Search | None:
    """The search of a sweep's folder; None where there is none, or none that can be read."""
    try:
        path = folder / SEARCH_FILE
        search: Search = shaped(Search, content_of(path, SWEEP_BYTES), path)
        return search
    except (OSError, ArchlabError):
        return None


def write_search(folder: Path, search: Search) -> None:
    """Write what is known of a search."""
    files.write_json(folder / SEARCH_FILE, asdict(search))
