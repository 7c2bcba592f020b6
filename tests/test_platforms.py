"""What other systems lack or forbid, as far as Linux can show it; see docs/platforms.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path, PureWindowsPath
from types import ModuleType, SimpleNamespace

import pytest
from filelock import FileLock

from experiments import plots
from experiments.config.schema import check_section
from experiments.config.sweep_settings import SweepSettings
from experiments.errors import ConfigError
from experiments.plots.figures.lasting_dot import LastingDot
from experiments.record import Planned
from experiments.runner.shards import leftovers
from experiments.storage import files, provenance, run_folder, sweep_folder
from experiments.terminal import console, streams
from tests.conftest import ROOT
from tests.test_imports import FILES, imports

WINDOWS = SimpleNamespace(name="nt", getpid=lambda: 7)
SWEEP = {"extend": False, "fail_fast": False, "margin": 1.05, "settle": False, "max_repeats": 80}

# What a Python on Windows has not; the libraries see Linux, and need its other functions.
WITHOUT_POSIX = """
import os, runpy, signal, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "readline", "syslog"):
    sys.modules[name] = None
lacking = "fork forkpty getuid geteuid getgid getegid getpgid setsid killpg nice mkfifo fchmod"
lacking += " chown statvfs sysconf getloadavg sched_getaffinity posix_spawn register_at_fork"
for name in lacking.split():
    delattr(os, name)
for name in "SIGHUP SIGQUIT SIGUSR1 SIGUSR2 SIGALRM SIGCHLD SIGPIPE alarm pthread_sigmask".split():
    delattr(signal, name)
sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(sys.argv[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("more", [["model.depth=1"], ["model.depth=0,1", "-m"]])
def test_runs_and_sweeps_need_nothing_of_posix(tmp_path, more):
    own = ["training.epochs=2", "training.repeats=2", "hydra.run.dir=it/one", "hydra.sweep.dir=it"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX, str(ROOT / "run.py"), *own, *more],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore:only soft file lock:UserWarning"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1
    folders = [path.parent for path in (tmp_path / "it").glob("*/status.json")]
    assert [run_folder.state(folder) for folder in folders] == ["done"] * (1 + ("-m" in more))
    assert (tmp_path / "it" / "comparison.html").exists() == ("-m" in more)
    assert not list((tmp_path / "it").glob(".*"))


def test_modules_of_posix_are_imported_on_use():
    """Their files can then be imported where there are none; what asks for them looks first."""
    absent = {"fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
    for path in FILES:
        assert absent.isdisjoint(name.split(".")[0] for name, at_top in imports(path) if at_top), (
            path
        )


def test_a_worker_needs_no_folder_that_can_be_held(tmp_path, monkeypatch):
    monkeypatch.setattr(leftovers, "HOLDS", False)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with leftovers.own_folder() as place:
        leftovers.clear_leftovers()
        assert place.is_dir()
    assert not any(tmp_path.iterdir())


def test_a_file_that_somebody_reads_is_tried_for_again(tmp_path, monkeypatch):
    """Windows alone refuses to replace an open file; a full disk is told at once everywhere."""
    attempts, replace = [], Path.replace

    def refused(self, target):
        attempts.append(target)
        if len(attempts) < 3:
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(PermissionError):
        files.write_json(tmp_path / "a.json", 1)
    assert len(attempts) == 1
    monkeypatch.setattr(files, "os", WINDOWS)
    monkeypatch.setattr(files, "WAITS", (0.0, 0.0))
    attempts.clear()
    files.write_json(tmp_path / "a.json", 2)
    assert (json.loads((tmp_path / "a.json").read_text()), len(attempts)) == (2, 3)
    monkeypatch.setattr(files, "WAITS", (0.0,))
    attempts.clear()
    with pytest.raises(PermissionError):
        files.write_json(tmp_path / "a.json", 3)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_lock_that_cannot_be_removed_while_it_is_held_is_let_go(tmp_path, monkeypatch):
    lock = sweep_folder.claim(tmp_path, "python run.py -m")
    unlink = Path.unlink

    def in_use(self, missing_ok=False):
        if self.name == sweep_folder.LOCK and lock.is_locked:
            raise PermissionError(13, "in use", str(self))
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", in_use)
    sweep_folder.release(tmp_path, lock)
    assert not lock.is_locked
    assert not (tmp_path / sweep_folder.OWNER).exists()
    with FileLock(tmp_path / sweep_folder.LOCK, timeout=0):
        pass


@pytest.mark.parametrize("name", ["con", "NUL", "aux.txt", "com1", "lpt9.a.b", "ends."])
def test_a_sweep_gets_no_name_that_windows_refuses(name):
    with pytest.raises(ConfigError, match=f"^error: sweep.name: must be a name .* '{name}'; for"):
        check_section("sweep", {"name": name, **SWEEP}, SweepSettings)


@pytest.mark.parametrize(
    "name", ["console", "nulls", "com10", "a.con", "2026-11-22_20-07-34_a80142"]
)
def test_other_names_are_taken(name):
    assert check_section("sweep", {"name": name, **SWEEP}, SweepSettings).name == name


def test_the_longest_path_leaves_room_below_260_letters():
    run = Planned(folder="", overrides=("experiment=" + "a" * 60,), config_sha256="f" * 64)
    name = sweep_folder._name(9999, run, set())
    kept = [*run_folder.RESULTS, run_folder.LOG, *plots.picture_files()]
    aside = ".part-0123-3fffff-01234567.keras"
    longest = max((*kept, aside, ".hydra\\overrides.yaml"), key=len)
    path = PureWindowsPath("outputs", "sweeps", "n" * 100, name, longest)
    page = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    assert f"at most {len(str(path))} below" in page


def test_what_windows_cannot_wait_for_is_not_kept(monkeypatch):
    from experiments.plots.figures import lasting_dot

    monkeypatch.setattr(lasting_dot.os, "name", "nt")
    dot = LastingDot()
    dot.trust("dot")
    monkeypatch.undo()
    assert dot.program is None
    assert dot.png("dot", b"graph {}") is None


class Cell(StringIO):
    """Standard output as a notebook has it: its descriptor is the server's, not the cell's."""

    def fileno(self):
        return 1


def test_words_reach_the_cell_of_a_notebook(capfd):
    cell = Cell()
    console(cell).print("trained")
    assert cell.getvalue() == "trained\n"
    assert capfd.readouterr().out == ""


def test_a_console_of_windows_gets_text_not_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "os", WINDOWS)
    with (tmp_path / "out").open("w", encoding="utf-16") as stream:
        console(stream).print("x²")
        assert (tmp_path / "out").read_text(encoding="utf-16") == "x²\n"


@pytest.mark.parametrize(
    ("found", "in_numpy", "name"),
    [
        (["GPU:0", "GPU:1"], False, "GPU NVIDIA H200"),
        (["GPU:0"], True, "cpu"),
        ([], False, "cpu"),
    ],
)
def test_a_run_tells_the_device_that_trained_it(monkeypatch, found, in_numpy, name):
    tensorflow = ModuleType("tensorflow")
    details = SimpleNamespace(get_device_details=lambda gpu: {"device_name": "NVIDIA H200"})
    tensorflow.config = SimpleNamespace(list_physical_devices=lambda _: found, experimental=details)
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    assert provenance.device(in_numpy) == name


def test_the_device_moves_no_hash_and_no_comparison_of_workers():
    assert "device" not in provenance.versions()
