"""This program's training without its artefacts.

Usage: python -m benchmarks.training_alone FILE JOB... writes the last losses of each run's repeats
to FILE, a `.npz`, and prints one JSON object: wall and CPU seconds from tasks that are prepared to
all fits, compilation included; imports are not, as they are not in the peers' seconds of training.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import Any


def main(file: str, jobs: list[str]) -> None:
    """Train all jobs and print the seconds."""
    import numpy as np

    from models import fit

    from .tasks import tasks

    import_module("keras")
    import_module("tensorflow")
    prepared = tasks(jobs)
    started, cpu_started = time.perf_counter(), time.process_time()
    fits = fit(prepared)
    took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu_started}
    ends: dict[str, Any] = {
        side: np.array([[curves[side][-1] for curves in one.history] for one in fits])
        for side in ("loss", "val_loss")
    }
    np.savez(file, **ends)
    print(json.dumps({**took, "networks": ends["loss"].size}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
