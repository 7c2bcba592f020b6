"""A whole process, timed from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
# Every round then compiles, as the first run of a program does.
COLD = "compilation_cache=false"


@dataclass(frozen=True)
class Cost:
    """What some work takes: wall seconds, and CPU seconds of the process tree."""

    seconds: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.cpu + other.cpu)

    def times(self, factor: float) -> Cost:
        """So much of it."""
        return Cost(factor * self.seconds, factor * self.cpu)


class Took(NamedTuple):
    """What a process took: wall and CPU seconds, and its memory at most."""

    seconds: float
    cpu_seconds: float
    peak_gib: float
    output: str

    @property
    def cost(self) -> Cost:
        """Its seconds."""
        return Cost(self.seconds, self.cpu_seconds)

    @property
    def gigabytes(self) -> float:
        """Memory of its largest process."""
        return self.peak_gib * 2**30 / 1e9


def python(
    arguments: Sequence[str],
    codes: Sequence[int] = (0,),
    binary: str = sys.executable,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> Took:
    """Run Python with these arguments; raises RuntimeError unless it ends with one of `codes`.

    environment: variables that it gets besides those of this process.

    CPU seconds and memory include the processes that it started and waited for.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [binary, *arguments],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=errors,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said = []
        for file in (output, errors):
            file.seek(0)
            said.append(file.read().decode(errors="replace"))
    if process.returncode not in codes:
        words = " ".join(arguments)[:200]
        raise RuntimeError(f"`{words}` ended with {process.returncode}: {said[1][-2000:]}")
    peak = usage.ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
    return Took(seconds, usage.ru_utime + usage.ru_stime, peak, said[0])
