"""This program's training without its artefacts. Usage: python -m benchmarks.training_alone JOB...

Prints one JSON object: seconds from tasks that are prepared to all fits, compilation included;
imports are not, as they are not in the peers' seconds of training.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module


def main(jobs: list[str]) -> None:
    """Train all jobs and print the seconds."""
    from models import fit

    from .tasks import tasks

    import_module("keras")
    import_module("tensorflow")
    prepared = tasks(jobs)
    started = time.perf_counter()
    fits = fit(prepared)
    seconds = time.perf_counter() - started
    networks = sum(len(fitted.history) for fitted in fits)
    print(json.dumps({"seconds": seconds, "networks": networks}))


if __name__ == "__main__":
    main(sys.argv[1:])
