"""Archlab's own sources as bytes, for workers that have none."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cache

from ...storage.provenance import DESCRIBED, ROOT, versions

SENT = ("datasets", "models", "experiments")


@cache
def sources() -> tuple[str, bytes]:
    """The hash of all that a worker needs of archlab, and a zip archive of it.

    The same files make the same bytes.
    """
    buffer = io.BytesIO()
    paths = (path for package in SENT for path in (ROOT / package).rglob("*"))
    files = [one for one in paths if one.is_file() and "__pycache__" not in one.parts]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [*sorted(files), ROOT / "pyproject.toml"]:
            archive.writestr(_archived(path.relative_to(ROOT).as_posix()), path.read_bytes())
        archive.writestr(_archived(DESCRIBED), versions()["archlab"])
    found = buffer.getvalue()
    return hashlib.sha256(found).hexdigest()[:16], found


def _archived(name: str) -> zipfile.ZipInfo:
    """A file of the archive, without the time at which it was made."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
