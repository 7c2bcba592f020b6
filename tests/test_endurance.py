"""A process that writes many runs stays as it was: its memory, its descriptors, its threads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

# Writes what the process holds on its standard output whenever so many runs are written.
CODE = """
import json, os, runpy, sys, threading
from pathlib import Path

sys.path.insert(0, {root!r})
sys.argv = ["run.py", *{arguments!r}]
from experiments.storage import run_folder

finish, runs = run_folder.finish, 0

def counting(*arguments):
    global runs
    finish(*arguments)
    runs += 1
    if runs % {every} == 0:
        status = Path("/proc/self/status").read_text()
        memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        descriptors = len(os.listdir("/proc/self/fd"))
        held = [runs, memory, descriptors, threading.active_count()]
        print("held", json.dumps(held), flush=True)

run_folder.finish = counting
runpy.run_path({root!r} + "/run.py", run_name="__main__")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("runs", [120, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_sweep_of_many_runs_holds_no_more_at_its_end(tmp_path, runs):
    every = runs // 6
    arguments = ["-m", "sweep.name=s", "model=pinv,svd", "dataset=linear,sine"]
    arguments.append(f"dataset.seed=range(0,{runs // 4})")
    code = CODE.format(root=str(ROOT), arguments=arguments, every=every)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("held ")]
    seen = [json.loads(line.removeprefix("held ")) for line in told]
    assert [one[0] for one in seen] == [every * part for part in range(1, 7)]
    print(seen)
    # The first runs load libraries and make figures, which are kept.
    (first, memory, descriptors, threads), last = seen[1], seen[-1]
    assert (last[1] - memory) / (last[0] - first) < 0.5, "MB a run"
    assert last[2] <= descriptors + 2
    assert last[3] <= threads + 2
