"""Runs `run.py` many times without importing TensorFlow each time: a parent that forks.

Usage: python tests/forked.py < requests > answers. A request is a JSON object on one line:
arguments (list of str), cwd, kill_after (seconds or null), fail_write (number of the write that
fails, or null), full (whether all later writes fail too), die_in (how a run ends itself, or null).
The answer is the exit code on one line, -9 for killed.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import runpy
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEAVY = ("keras", "matplotlib.figure", "plotly", "pydot", "scipy.stats", "sklearn.datasets")


def fail_writes(first, full):
    """The write numbered `first` finds the disk full, and with `full` all later ones too."""
    from experiments import record

    replacing, count = record.replacing, 0

    @contextmanager
    def failing(path):
        nonlocal count
        count += 1
        if count == first or (full and count > first):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        with replacing(path) as aside:
            yield aside

    record.replacing = failing


def die_in_run(how):
    """The second run that is summarised raises, or ends the process."""
    from experiments import pipeline

    summarise, count = pipeline.summarise, 0

    def dying(*arguments):
        nonlocal count
        count += 1
        if count == 2 and how == "raise":
            raise ValueError("it broke")
        if count == 2:
            sys.exit(5)
        return summarise(*arguments)

    pipeline.summarise = dying


def child(request):
    """In the forked process: do what is asked, and leave without the parent's clean-up."""
    code = 70
    try:
        os.chdir(request["cwd"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = [str(ROOT / "run.py"), *request["arguments"]]
        log = os.open("child.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if request.get("fail_write"):
            fail_writes(request["fail_write"], request.get("full"))
        if request.get("die_in"):
            die_in_run(request["die_in"])
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main():
    sys.path.insert(0, str(ROOT))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    for name in (*HEAVY, "experiments.sweep"):
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        started = os.fork()
        if started == 0:
            child(request)
        if request.get("kill_after") is not None:
            time.sleep(request["kill_after"])
            os.kill(started, request.get("signal", signal.SIGKILL))
        if request.get("again_after") is not None:
            time.sleep(request["again_after"])
            os.kill(started, request["signal"])
        _, status = os.waitpid(started, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    main()
