"""Signals that end the process, as it begins to listen to them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

CODE = """
import os, signal, sys
before = getattr(signal, sys.argv[1])
signal.signal(signal.SIGHUP, before)
from experiments.terminal.signals import leave_on_signals
leave_on_signals()
try:
    os.kill(os.getpid(), signal.SIGHUP)
finally:
    print("cleaned up", flush=True)
"""


@pytest.mark.parametrize(("before", "code"), [("SIG_DFL", 129), ("SIG_IGN", 0)])
def test_a_closed_terminal_ends_the_process_but_not_under_nohup(before, code):
    done = subprocess.run(
        [sys.executable, "-c", CODE, before], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "cleaned up\n", "")
