"""A whole process, timed from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Took(NamedTuple):
    """What a process took: wall and CPU seconds, and its memory at most."""

    seconds: float
    cpu_seconds: float
    peak_gib: float
    output: str


def python(arguments: Sequence[str], codes: Sequence[int] = (0,)) -> Took:
    """Run Python with these arguments; raises RuntimeError unless it ends with one of `codes`.

    CPU seconds and memory include the processes that it started and waited for.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=output, stderr=errors
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
