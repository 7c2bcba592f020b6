"""Environments of tools that archlab's own does without, made on first use in the user's cache."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence

from experiments.storage.user_cache import user_cache

JAX = "0.10.2"
PACKAGES = (f"jax=={JAX}", f"jaxlib=={JAX}")


def python_of() -> str:
    """The Python of the JAX peer's environment; raises as `environment`."""
    return environment(f"jax-{JAX}", PACKAGES)


def environment(name: str, packages: Sequence[str]) -> str:
    """The Python of an environment that has these packages.

    Args:
        name: of its folder, with the versions.
        packages: as pip takes them.

    Raises:
        RuntimeError: if it is not there and cannot be made, with what pip says.
    """
    home = (
        user_cache()
        / "benchmarks"
        / f"{name}-python{sys.version_info.major}.{sys.version_info.minor}"
    )
    binary = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = home / "ready"
    if not ready.exists():
        try:
            venv.create(home, clear=True, with_pip=True)
            command = [str(binary), "-m", "pip", "install", "--quiet", *packages]
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
        except subprocess.CalledProcessError as error:
            said = (error.stderr or "").strip().splitlines()
            words = said[-1] if said else str(error)
            raise RuntimeError(f"{name} cannot be installed: {words}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RuntimeError(f"{name} cannot be installed: {error}") from error
        ready.touch()
    return str(binary)
