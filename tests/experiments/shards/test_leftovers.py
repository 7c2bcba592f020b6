"""What killed workers leave in the temporary folder goes; what others hold stays."""

from __future__ import annotations

import subprocess
import sys
import tempfile

import pytest

from experiments.runner.shards.leftovers import clear_leftovers, own_folder
from tests.conftest import ROOT
from tests.experiments.shards.sweeps import until

HOLDER = """
import sys, time
from experiments.runner.shards.leftovers import own_folder
with own_folder() as place:
    (place / "run0").mkdir()
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """A process that holds a folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    process = subprocess.Popen([sys.executable, "-c", HOLDER], cwd=ROOT)
    yield process
    process.kill()
    process.wait(timeout=60)


def test_a_folder_goes_when_its_process_is_killed_and_no_sooner(worker, tmp_path):
    assert until(lambda: [*tmp_path.glob("archlab-[0-9]*-*/run0")], worker)
    (tmp_path / "archlab-notes").mkdir()
    with own_folder() as own:
        clear_leftovers()
        assert len([*tmp_path.glob(f"archlab-{worker.pid}-*")]) == 1
        assert own.is_dir()
    worker.kill()
    worker.wait(timeout=60)
    clear_leftovers()
    assert [path.name for path in tmp_path.iterdir()] == ["archlab-notes"]
