"""`make audit`: known vulnerabilities of what requirements.lock pins, by pip-audit.

pip-audit has an environment of its own in the user's cache folder. Where it or its database cannot
be reached, a line says so, and nothing fails: the same commit must not be green here and red there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.environment import environment

PIP_AUDIT = "2.10.1"
LOCK = Path(__file__).parents[1] / "requirements.lock"
SECONDS = 600
NOT_AUDITED = "audit: nothing was looked up"


def main() -> int:
    """Audit the lock file; returns 1 where something is known to be vulnerable."""
    try:
        python = environment(f"pip-audit-{PIP_AUDIT}", (f"pip-audit=={PIP_AUDIT}",))
        command = [python, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes"]
        command += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        print(f"{NOT_AUDITED}: {error}")
        return 0
    return told(done.stdout, done.stderr)


def told(output: str, complaints: str) -> int:
    """Print what pip-audit found; returns the exit code.

    Args:
        output: its JSON. It says that nothing is known, with exit code 0, also of packages that it
            could not look up: those it calls skipped.
        complaints: what it wrote on standard error.
    """
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (complaints.strip().splitlines() or ["pip-audit said nothing"])[-1]
        print(f"{NOT_AUDITED}: {last[:300]}")
        return 0
    skipped = [one for one in packages if "skip_reason" in one]
    if len(skipped) == len(packages):
        print(f"{NOT_AUDITED}: the database of pip-audit cannot be reached from here")
        return 0
    found = [line for one in packages for line in _lines(one)]
    print(*found, sep="\n", end="\n" * bool(found))
    looked = f"{len(packages) - len(skipped)} of {len(packages)} packages looked up"
    print(f"audit: {looked}, {len(found)} known vulnerabilities")
    return 1 if found else 0


def _lines(package: dict[str, Any]) -> Iterator[str]:
    """A line for each vulnerability."""
    for one in package.get("vulns", ()):
        names = ", ".join([one["id"], *one.get("aliases", ())])
        fixed = ", ".join(one.get("fix_versions", ()))
        fix = f"fixed in {fixed}: try make lock" if fixed else "there is no fixed version yet"
        yield f"error: {package['name']} {package['version']}: {names}; {fix}"


if __name__ == "__main__":
    sys.exit(main())
