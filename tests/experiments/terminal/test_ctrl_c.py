"""Ctrl-C at any moment of a program: one word, the exit code of an interrupt, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

PRESS = "import os, signal, sys; press = lambda: os.kill(os.getpid(), signal.SIGINT); "


def said(code):
    done = subprocess.run(
        [sys.executable, "-c", PRESS + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    return done.returncode, done.stdout, done.stderr


def test_while_a_program_loads_it_leaves_at_once():
    code = "sys.argv = ['-m']; import experiments; press(); print('went on')"
    assert said(code) == (130, "", "interrupted\n")


def test_whoever_imports_archlab_keeps_their_own_ctrl_c():
    code, _, err = said("import experiments; press()")
    assert code == -signal.SIGINT
    assert "KeyboardInterrupt" in err


def test_what_falls_after_it_is_no_failure_but_a_full_disk_is():
    code = """
from experiments import ctrl_c
from experiments.config.explain import explain
broken = ImportError("cannot load module more than once per process")
print(explain(broken, []).state)
ctrl_c.loading()
ctrl_c.working()
try:
    press()
except KeyboardInterrupt:
    print(explain(broken, []).state)
    print(explain(OSError(28, "No space left"), []).state)
"""
    code, out, _ = said(f"exec({code!r})")
    assert (code, out.splitlines()) == (0, ["failed", "interrupted", "not stored"])


def test_once_all_is_said_the_exit_code_stands():
    code = "from experiments import ctrl_c; ctrl_c.loading(); ctrl_c.ended(); press(); sys.exit(3)"
    assert said(code) == (3, "", "")


def test_where_python_drops_it_nothing_is_told():
    code = """
from experiments import ctrl_c
ctrl_c.loading()
ctrl_c.working()
class Dropped:
    def __del__(self):
        press()
Dropped()
"""
    assert said(f"exec({code!r})") == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("words", "library"),
    [
        (["run.py"], "_yaml."),
        (["run.py"], "_multiarray_umath."),
        (["-m", "experiments.verify", "x"], "_multiarray_umath."),
        (["-m", "experiments.report", "x"], "_multiarray_umath."),
    ],
)
def test_in_the_middle_of_its_imports(words, library, tmp_path):
    words = [*words, f"hydra.run.dir={tmp_path}"] if words == ["run.py"] else words
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    maps = Path(f"/proc/{process.pid}/maps")
    while library not in maps.read_text():
        assert process.poll() is None, "it never loads that"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, len(err.splitlines())) == (130, 1)
    assert err.startswith("interrupted")
