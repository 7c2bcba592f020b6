"""Runs `run.py` many times without importing TensorFlow each time: a parent that forks.

A request is a JSON object on one line of standard input: arguments (list of str), cwd; and where
they are wanted, kill_after (seconds) or kill_at (runs done), signal, again_after (seconds until a
second signal); fail_write (number of the write that fails), full (whether all later ones fail too);
die_in (how the second run ends: raise or exit). The child writes into the files out and err. The
answer is the exit code on one line, -9 for killed.
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
HEAVY = ("keras", "matplotlib.figure", "pydot", "scipy.stats", "sklearn.datasets")


def fail_writes(first, full):
    """The write numbered `first` finds the disk full, and with `full` all later ones too."""
    from experiments.storage import files

    replacing, count = files.replacing, 0

    @contextmanager
    def failing(path):
        nonlocal count
        count += 1
        if count == first or (full and count > first):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        with replacing(path) as aside:
            yield aside

    files.replacing = failing


def die_in_run(how):
    """The second run that is summarised raises, or ends the process."""
    from experiments.runner import run

    summarise, count = run.summarise, 0

    def dying(*arguments):
        nonlocal count
        count += 1
        if count == 2 and how == "raise":
            raise ValueError("it broke")
        if count == 2:
            sys.exit(5)
        return summarise(*arguments)

    run.summarise = dying


def child(request):
    """In the forked process: do what is asked, and leave without the parent's clean-up."""
    code = 70
    try:
        os.chdir(request["cwd"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has the tests ignore it
        sys.argv = [str(ROOT / "run.py"), *request["arguments"]]
        for descriptor, path in ((1, request["out"]), (2, request["err"])):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
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


def stop(process, request):
    """Send the signals that are asked for, when they are asked for."""
    if request.get("kill_after") is not None:
        time.sleep(request["kill_after"])
    elif request.get("kill_at") is not None:
        while (
            sum('"done"' in p.read_text() for p in Path(request["cwd"]).rglob("status.json"))
            < request["kill_at"]
        ):
            time.sleep(0.02)
    else:
        return
    os.kill(process, request.get("signal", signal.SIGKILL))
    if request.get("again_after") is not None:
        time.sleep(request["again_after"])
        os.kill(process, request["signal"])


def main():
    sys.path.insert(0, str(ROOT))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    for name in (*HEAVY, "experiments.runner.launch", "experiments.runner.conclusion"):
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        started = os.fork()
        if started == 0:
            child(request)
        stop(started, request)
        _, status = os.waitpid(started, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    main()
