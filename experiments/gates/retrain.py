"""Trainings that a gate asks for besides its sweep's, here or as on another processor.

`python -m experiments.gates.retrain` trains the configs that it reads from standard input, as JSON,
and writes their errors on standard output: `emulated` starts it as other processors would be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from rich.console import Console

from models import fit
from models.fitters.compilation_cache import without_programs

from .. import terminal
from ..config.schema import Config, check_config
from ..errors import Problem, RunError
from ..scoring.summarize import measure
from ..storage.provenance import ROOT
from ..task import prepare

Errors = tuple[float | None, ...]

# What makes this processor compute as others do: as most others, which have no vectors of 512 bits;
# as one without fused multiply-add; and, for what is no x86, with a compiler that leaves operations
# in their order.
EMULATED = {
    "AVX2": {"XLA_FLAGS": "--xla_cpu_max_isa=AVX2", "OPENBLAS_CORETYPE": "Haswell"},
    "SSE4.2": {
        "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
    "unoptimised": {"XLA_FLAGS": "--xla_backend_optimization_level=0"},
}


def with_seed(config: Mapping[str, Any], seed: int, repeats: int) -> Config:
    """A run's config as its record holds it, with other seeds."""
    training = {**config["training"], "seed": seed, "repeats": repeats}
    return check_config({**config, "training": training})


def errors(configs: Sequence[Config], console: Console | None = None) -> list[Errors]:
    """The final errors of each config, one a repeat, None where one diverged; trained together."""
    prepared = [prepare(config) for config in configs]
    tasks = [task for _, task in prepared]
    total = sum(task.repeats * task.epochs for task in tasks)
    bar = terminal.progress(console, total) if console else nullcontext(lambda n: None)
    with bar as advance:
        fits = fit(tasks, advance)
    measured = [
        measure(dataset, task, fitted)
        for (dataset, task), fitted in zip(prepared, fits, strict=True)
    ]
    return [metrics.final.values for metrics in measured]


def emulated(configs: Sequence[Config], settings: Mapping[str, str]) -> list[Errors]:
    """What `errors` would be on another processor, as a process with `settings` finds them.

    Args:
        configs: what is trained.
        settings: environment variables, see EMULATED.

    Raises:
        RunError: where that process fails.
    """
    flags = f"{os.environ.get('XLA_FLAGS', '')} {settings.get('XLA_FLAGS', '')}".strip()
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    around = {**without_programs(os.environ), **settings, "XLA_FLAGS": flags, "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-m", "experiments.gates.retrain"],
        input=json.dumps([config.tree() for config in configs]),
        env={**around, "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        what = f"training as on another processor failed: {last}"
        raise RunError([Problem("gate.pairs", what, "see whether gate=check works")])
    return [tuple(found) for found in json.loads(done.stdout.splitlines()[-1])]


def main() -> None:
    """Train what stands on standard input."""
    configs = [check_config(tree) for tree in json.load(sys.stdin)]
    print(json.dumps(errors(configs)))


if __name__ == "__main__":
    main()
