"""Which code and which libraries made a result."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import tomllib
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .machine import processor

ROOT = Path(__file__).parents[2]
# Says, where sources were sent to a worker without git, what they are.
DESCRIBED = "archlab.version"
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "pandas", "hydra-core")
# What can move a number, in whole packages; the rest only composes, writes, draws and words it.
NUMBERS = ("datasets", "models", "experiments/scoring")
LIBRARIES = ("tensorflow", "keras", "numpy", "scikit-learn")


@cache
def versions() -> dict[str, str]:
    """Archlab (with the commit, if run from a git checkout), its code, Python and libraries.

    And the processor, which moves last digits as a library's version does.
    """
    ours = {"archlab": _described(), "code": code(), "python": platform.python_version()}
    libraries = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):  # a worker of an engine needs no Hydra
            libraries[name] = version(name)
    return {**ours, **libraries, "processor": processor()}


def device(in_numpy: bool = False) -> str:
    """What a model was trained on: the GPU that TensorFlow has taken, or `cpu`.

    Asked after the training, for TensorFlow has to be loaded; in_numpy: whether NumPy fitted it.
    """
    tensorflow: Any = sys.modules.get("tensorflow")
    found = tensorflow.config.list_physical_devices("GPU") if tensorflow and not in_numpy else []
    if not found:
        return "cpu"
    details = tensorflow.config.experimental.get_device_details(found[0])
    return f"GPU {details.get('device_name', 'unknown')}"


def _described() -> str:
    """Archlab's version, with the commit where that is known."""
    if (ROOT / DESCRIBED).is_file():
        return (ROOT / DESCRIBED).read_text(encoding="utf-8")
    archlab = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    commit = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        described = subprocess.run(
            commit, capture_output=True, text=True, timeout=5, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return str(archlab["version"])
    return f"{archlab['version']} at {described.strip()}"


@cache
def code() -> str:
    """The first 16 digits of a SHA-256 over all that can move a number: sources and libraries."""
    digest = hashlib.sha256()
    for path in sorted(path for package in NUMBERS for path in (ROOT / package).rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(repr([(name, version(name)) for name in LIBRARIES]).encode())
    return digest.hexdigest()[:16]
