"""Where the CPU time of a run folder goes. Usage: python -m benchmarks.parts FILE ARGUMENT...

Runs `run.py ARGUMENT...` with a clock around the functions of `PARTS` and writes to FILE, JSON, CPU
seconds of each part. A function's seconds are those of its thread and of the processes that it
waits for, less those of other named functions within it. The first call of a function imports and
fills caches: it counts as much as the others do on average, and the rest of it stands by itself.
A function that is gone, or that nobody calls, is an error: the table has to be mended.
"""

from __future__ import annotations

import functools
import json
import resource
import runpy
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from .process import ROOT, python
from .table import Rounds, Row
from .work import Size

DIAGRAM = "model.png, Keras' diagram"
PARTS = {
    "checking configs, making data": (
        "experiments.config.jobs:check_jobs",
        "experiments.runner.chunk:chunk_of",
    ),
    "composing the job": ("experiments.config.jobs:Jobs.composed",),
    "Hydra's work around a job, by Hydra or for it": (
        "hydra.core.utils:run_job",
        "experiments.config.quick_job:QuickJobs.begin",
        "experiments.config.quick_job:QuickJobs.learn",
    ),
    "status, log, and all that is not below": ("experiments.runner.run:write_run",),
    "numbers of the run": ("experiments.scoring.summarize:summarise",),
    "Keras network: made, compiled, asked": (
        "models.network:shared",
        "models.network:build",
        "models.network:restore",
        "models.network:compile_for",
        "models.network:predict",
        "experiments.scoring.summarize:check_agreement",
    ),
    "Keras archive": ("experiments.storage.model_file:save_network",),
    "begun: folder and status": ("experiments.storage.run_folder:start",),
    "CSV, NPZ, JSON": ("experiments.storage.run_folder:write",),
    "hashes and final status": ("experiments.storage.run_folder:finish",),
    "fit.png, its figure": ("experiments.plots.pictures.fit:draw",),
    "loss_curves.png, its figure": ("experiments.plots.pictures.loss_curves:draw",),
    "network.png, its figure": (
        "experiments.plots.network:layers_of",
        "experiments.plots.network:numbers",
        "experiments.plots.network_drawing:draw",
    ),
    "pixels and PNG of those": ("experiments.plots.style:png",),
    "SVG of the network for the page": ("experiments.plots.network_svg:network_svg",),
    DIAGRAM: ("experiments.plots.diagram:with_dot",),
    "the page's live pictures": ("experiments.report.drawings:page_drawings",),
    "the page": ("experiments.report.run_page:render",),
    "the rest of the report": ("experiments.report:build_report",),
    "the sweep's conclusion and comparison page": ("experiments.runner.conclusion:conclude",),
}
FIRST = "first calls, above the others: imports, fonts, caches"
OURS = ("datasets", "experiments", "hydra_plugins", "models")


class Clock:
    """CPU seconds of every call, by name."""

    def __init__(self) -> None:
        self.took: defaultdict[str, list[float]] = defaultdict(list)
        self.inner = threading.local()  # seconds of named calls within the one that runs

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, clocked."""

        @functools.wraps(function)
        def clocked(*args: Any, **kwargs: Any) -> Any:
            outer, self.inner.seconds = getattr(self.inner, "seconds", 0.0), 0.0
            started = _cpu()
            try:
                return function(*args, **kwargs)
            finally:
                took = _cpu() - started
                self.took[name].append(took - self.inner.seconds)
                self.inner.seconds = outer + took

        return clocked

    def put_on(self, name: str) -> None:
        """Clock `<module>:<function>` wherever it is known; AttributeError if it is gone."""
        module, _, path = name.partition(":")
        holder: Any = import_module(module)
        *above, last = path.split(".")
        for part in above:
            holder = getattr(holder, part)
        function = getattr(holder, last)
        clocked = self.around(name, function)
        setattr(holder, last, clocked)
        for known, loaded in [*sys.modules.items()]:
            if known.split(".")[0] in OURS:
                for key, value in [*vars(loaded).items()]:
                    if value is function:
                        setattr(loaded, key, clocked)

    def steady(self, name: str) -> float:
        """CPU seconds of all calls, had the first been like the others."""
        first, *others = self.took[name]
        return sum(others) * (1 + 1 / len(others)) if others else first


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.thread_time() + children.ru_utime + children.ru_stime


def _seconds_of_lasting_dot() -> float:
    """What the `dot` took that is kept running: a process is counted when it has ended."""
    from experiments.plots import diagram

    started = _cpu()
    diagram._LASTING.close()
    return _cpu() - started


def main(file: str, arguments: list[str]) -> None:
    """Run with clocks on, and write what they say."""
    clock = Clock()
    names = [name for group in PARTS.values() for name in group]
    for name in names:
        clock.put_on(name)
    sys.argv = ["run.py", *arguments]
    try:
        runpy.run_path(str(ROOT / "run.py"), run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise
    idle = [name for name in names if not clock.took[name]]
    if idle:
        raise RuntimeError(f"nobody calls {', '.join(idle)}; mend benchmarks.parts.PARTS")
    seconds = {part: sum(map(clock.steady, PARTS[part])) for part in PARTS}
    seconds[FIRST] = sum(map(sum, clock.took.values())) - sum(seconds.values())
    seconds[DIAGRAM] += _seconds_of_lasting_dot()
    Path(file).write_text(json.dumps(seconds), encoding="utf-8")


def folder_parts(size: Size) -> Iterator[Row]:
    """What each part of a run folder costs, mean over the runs of a small sweep; CPU only."""
    wanted = size.profiled
    found = []
    for _ in range(size.rounds):
        with tempfile.TemporaryDirectory() as temporary:
            file = Path(temporary) / "parts.json"
            place = f"hydra.sweep.dir={temporary}/sweep"
            python(["-m", "benchmarks.parts", str(file), "-m", *wanted.sweep, place])
            found.append(json.loads(file.read_text(encoding="utf-8")))
    each = 1000 / wanted.runs
    note = f"CPU of a sweep of {wanted.runs} runs, over all of them; training is in other threads"
    for part in (*PARTS, FIRST):
        values = tuple(each * one[part] for one in found)
        yield Row(f"of a run folder: {part}", Rounds(values), unit="CPU ms", note=note)
    sums = tuple(each * sum(one.values()) for one in found)
    note = "functions named in `benchmarks/parts.py`; imports and start are in none"
    yield Row("of a run folder: all of these", Rounds(sums), unit="CPU ms", note=note)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
