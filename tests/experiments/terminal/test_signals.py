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


def outcome(*words):
    done = subprocess.run(
        [sys.executable, "-c", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("before", "code"), [("SIG_DFL", 129), ("SIG_IGN", 0)])
def test_a_closed_terminal_ends_the_process_but_not_under_nohup(before, code):
    assert outcome(CODE, before) == (code, "cleaned up\n", "")


DROPPED = """
import atexit, os, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from experiments import ctrl_c
from experiments.terminal.signals import leave_on_signals
ctrl_c.loading()
ctrl_c.working()
leaving = leave_on_signals()
number = getattr(signal, sys.argv[1])
class Callback:
    def __del__(self):
        os.kill(os.getpid(), number)
        print("the handler did not run")
"""
WORKING = """
try:
    Callback()
    print("dropped", flush=True)
    if sys.argv[2] == "asked":
        leaving.if_asked()
    time.sleep(20)
finally:
    time.sleep(0.3)
    assert signal.getsignal(number) == signal.SIG_DFL, "a second one does not end it"
    print("cleaned up", flush=True)
"""
LEAVING = """
atexit.register(lambda: (time.sleep(0.2), print("the other callback ended", flush=True)))
atexit.register(os.kill, os.getpid(), number)
"""


@pytest.mark.parametrize("how", ["sent again", "asked"])
@pytest.mark.parametrize(("sent", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_that_falls_into_a_callback_is_not_lost_nor_told_of(sent, code, how):
    assert outcome(DROPPED + WORKING, sent, how) == (code, "dropped\ncleaned up\n", "")


def test_a_signal_while_python_shuts_down_ends_no_other_callback():
    assert outcome(DROPPED + LEAVING, "SIGTERM") == (0, "the other callback ended\n", "")


def test_what_else_falls_into_a_callback_is_told_as_before():
    told = DROPPED.replace("os.kill(os.getpid(), number)", "1 / 0") + "Callback()"
    code, out, err = outcome(told, "SIGTERM")
    assert (code, out) == (0, "")
    assert "ZeroDivisionError" in err
    assert outcome(DROPPED + "Callback()", "SIGINT") == (0, "", "")
