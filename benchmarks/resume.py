"""A finished sweep that is asked for again: nothing may be trained."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .limits import machine
from .process import Took, python
from .table import Point, Row, rounds
from .work import Size

MODEL = "model=pinv"


def resume(size: Size) -> Iterator[Row]:
    """The whole process of asking for a finished sweep again: every file of every run is hashed."""
    for runs in size.invented:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "sweep"
            make_finished(folder, runs)
            found = [_asked_again(folder, runs) for _ in range(size.rounds)]
        memory = max(took.gigabytes for took in found)
        yield Row(
            f"a finished sweep of {runs:,} runs, asked for again",
            rounds(took.cost for took in found),
            most=4 if runs >= 5_000 else None,
            note=f"nothing was trained or written; {memory:.2f} GB; "
            "runs are copies of one, large files linked",
            limit=machine(size).needs(tensorflow=False),
            point=Point("resume", runs, statistics.median(t.cpu_seconds for t in found), memory),
        )


def _asked_again(folder: Path, runs: int) -> Took:
    before = _states(folder)
    seeds = f"training.seed=range(0,{runs})"
    took = python(["run.py", "-m", MODEL, seeds, f"hydra.sweep.dir={folder}"])
    if _states(folder) != before or "nothing was missing" not in took.output:
        raise RuntimeError(f"something was done again: {took.output[-500:]}")
    return took


def make_finished(folder: Path, runs: int) -> None:
    """A whole sweep over training.seed: the first run is trained, the others are made from it.

    A closed form has no randomness, so the numbers are what they would be.
    """
    from experiments import record, report
    from experiments.config.schema import Config, check_config
    from experiments.storage import run_folder, sweep_folder

    python(["run.py", "-m", MODEL, "training.seed=0", f"hydra.sweep.dir={folder}"])
    held = sweep_folder.read_sweep(folder)
    assert held is not None
    template = folder / held.runs[0].folder
    status = json.loads((template / run_folder.STATUS).read_text(encoding="utf-8"))

    def config(seed: int) -> Config:
        return check_config(
            {**status["config"], "training": {**status["config"]["training"], "seed": seed}}
        )

    configs = [config(seed) for seed in range(runs)]
    asked = tuple(
        record.Planned("", (MODEL, f"training.seed={seed}"), one.fingerprint())
        for seed, one in enumerate(configs)
    )
    sweep = sweep_folder.add_runs(
        folder, held, record.Sweep(held.name, held.command, held.started, asked), extend=True
    )
    linked = [
        path for path in template.rglob("*") if path.is_file() and path.name != run_folder.STATUS
    ]
    for run, one in zip(sweep.runs[1:], configs[1:], strict=True):
        place = folder / run.folder
        for path in linked:
            target = place / path.relative_to(template)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
        tree = {**status, "config": one.tree(), "config_sha256": one.fingerprint()}
        (place / run_folder.STATUS).write_text(json.dumps(tree), encoding="utf-8")
    report.compare(folder)


def _states(folder: Path) -> dict[str, int]:
    """When each run's status, the list of runs and the page were last written."""
    paths = [*folder.glob("*/status.json"), *folder.glob("*.json"), *folder.glob("*.html")]
    return {str(path): path.stat().st_mtime_ns for path in paths}
