"""A command on a terminal of its own: what it writes there, as a person's terminal gets it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.cells import cell_len

from tests.conftest import ROOT

LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\")
ESCAPES = re.compile(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(arguments, folder=ROOT, columns=80, **environment):
    """(exit code, all that was written) of `python <arguments>` on a pseudo-terminal."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env={**inherited, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environment},
        stdin=its,
        stdout=its,
        stderr=its,
    ) as process:
        os.close(its)
        parts = []
        while True:
            try:
                part = os.read(mine, 65536)
            except OSError:  # the last one who wrote has gone
                break
            if not part:
                break
            parts.append(part)
    os.close(mine)
    return process.returncode, b"".join(parts).decode().replace("\r\n", "\n")


def links(text):
    """The files that a text links to."""
    return [Path(uri.removeprefix("file://")) for uri in LINK.findall(text) if uri]


def plain_lines(text):
    """The lines of a text without colours, links and what moves the cursor."""
    return [line.rpartition("\r")[2] for line in ESCAPES.sub("", text).split("\n")]


def widest(lines):
    """Columns of the widest line."""
    return max(map(cell_len, lines))
